import { choice, field, list, optional, sequence, symbol, word } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { narrowTo } from '../kernels/narrow.ts';
import { SortedTable } from '../kernels/sorted-table.ts';

/** `sort by x, +y, z asc`: descending unless told otherwise; stable. */
export const sort = defineOperator({
  name: 'sort',
  aliases: ['order'],
  summary: 'Orders the rows by one or more fields, descending unless told otherwise.',
  description: [
    '`sort by a, +b, c asc`: each key is descending; `+` or `asc` makes it ascending. The sort is stable.',
    'Text sorts by code point with letter case, also text that holds digits: cast it (`num(x)`) to sort by number.',
    'Null is lowest; ascending, numbers come before text. Without a key: by the only output of the aggregate before it, else `_count`.',
  ].join('\n'),
  syntax: {
    by: optional(word('by')),
    keys: optional(
      list(
        sequence({
          sign: optional(choice({ ascending: symbol('+'), descending: symbol('-') })),
          field: field(),
          direction: optional(
            choice({ ascending: word('asc', 'ascending'), descending: word('desc', 'descending') }),
          ),
        }),
      ),
    ),
  },
  // Ties between messages go by their time.
  reads: (args) => [...(args.keys ?? []).map((key) => key.field.name), '_messageTime'],
  writes: () => [],
  order: 'makes',
  breaksTies: true,
  split: 'both-sides',
  start(args, context) {
    const keys = (args.keys ?? []).map((key) => ({
      name: key.field.name,
      descending: key.direction === null ? key.sign?.ascending !== true : key.direction.ascending !== true,
    }));
    const ties = context.ordered ? 'stable' : 'newest';
    const read = new Set(keys.map(({ name }) => name.toLowerCase()));
    if (ties === 'newest') read.add('_messagetime');
    const narrowed = narrowTo((name) => context.needed(name) || read.has(name.toLowerCase()));
    const table = new SortedTable({ keys, ties, limit: context.rowsWanted });
    return {
      push(batch) {
        table.push(narrowed(batch));
      },
      finish(out) {
        const sorted = table.finish();
        if (sorted.length > 0) out.push(sorted);
      },
    };
  },
  examples: [
    {
      query: '* | parse "u=*" as u | count by u | sort by u | fields u',
      input: 'u=b\nu=A\nu=a',
      expect: 'u\nb\na\nA',
    },
    {
      query: '* | parse "u=* n=*" as u, n | sum(n) as n by u | sort by n, +u | limit 2',
      input: 'u=b n=5\nu=a n=5\nu=c n=1',
      expect: 'u,n\na,5\nb,5',
    },
  ],
});
