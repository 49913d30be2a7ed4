import { choice, field, list, optional, sequence, symbol, word } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, concatBatches, keepBatch, selectRows } from '../columns/batch.ts';
import { defineOperator } from '../define.ts';
import { narrowTo } from '../kernels/narrow.ts';
import { sortedRows } from '../kernels/sort.ts';

/** With a limit behind it, rows are thinned out whenever this many more than needed are held. */
const SLACK = 16_384;

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
  reads: (args) => (args.keys ?? []).map((key) => key.field.name),
  writes: () => [],
  order: 'makes',
  split: 'both-sides',
  start(args, context) {
    const { rowsWanted } = context;
    const keys = (args.keys ?? []).map((key) => ({
      name: key.field.name,
      descending: key.direction === null ? key.sign?.ascending !== true : key.direction.ascending !== true,
    }));
    const sorted = (table: Batch): Batch => {
      const columns = keys.map(({ name, descending }) => ({ column: columnNamed(table, name), descending }));
      return selectRows(table, sortedRows(columns, table.length, rowsWanted ?? table.length));
    };
    const keyNames = new Set(keys.map(({ name }) => name.toLowerCase()));
    const narrowed = narrowTo((name) => context.needed(name) || keyNames.has(name.toLowerCase()));
    let held: Batch[] = [];
    let rows = 0;
    return {
      push(batch) {
        held.push(keepBatch(narrowed(batch)));
        rows += batch.length;
        if (rowsWanted === null || rows < rowsWanted + SLACK) return;
        held = [keepBatch(sorted(concatBatches(held)))];
        rows = held[0]!.length;
      },
      finish(out) {
        const table = sorted(concatBatches(held));
        if (table.length > 0) out.push(table);
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
