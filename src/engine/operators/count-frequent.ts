import type { FieldReference } from '../../grammar/ast.ts';
import { choice, field, list, sequence, symbol } from '../../grammar/syntax.ts';
import { newBatch, Schema, selectRows } from '../columns/batch.ts';
import { grown } from '../columns/grow.ts';
import { defineOperator } from '../define.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { sortedRows } from '../kernels/sort.ts';
import { groupsOf } from './running.ts';

/** More groups than this are not returned. */
const MOST_GROUPS = 10_000;

/** `count_frequent f1, f2`. */
export const countFrequent = defineOperator({
  name: 'count_frequent',
  summary: 'Counts rows by fields and returns the most frequent combinations first.',
  description:
    'Gives the fields and `_approxcount`, in descending order, at most 10,000 rows. It has no `by` and no `as`, and ' +
    'stands alone. The count is exact here. Null is a key of its own. Parentheses around the fields may be written.',
  syntax: {
    fields: choice({
      parenthesised: sequence({ open: symbol('('), fields: list(field()), close: symbol(')') }),
      bare: list(field()),
    }),
  },
  reads: ({ fields }) => namesOf(fields),
  writes: ({ fields }) => [...namesOf(fields), '_approxcount'],
  fields: 'replaces',
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  start({ fields }) {
    const names = namesOf(fields);
    const groups = new GroupTable(names.length);
    let counts = new Float64Array(64);
    return {
      push(batch) {
        const groupOf = groupsOf(batch, names, groups);
        counts = grown(counts, groups.count);
        for (let row = 0; row < batch.length; row++) counts[groupOf[row]!]!++;
      },
      finish(out) {
        const length = groups.count;
        if (length === 0) return;
        const column = numberColumn(counts.slice(0, length), length, null);
        const table = newBatch(new Schema([...names, '_approxcount']), [...groups.columns(), column], length);
        out.push(selectRows(table, sortedRows([{ column, descending: true }], length, MOST_GROUPS)));
      },
    };
  },
  examples: [
    {
      query: '* | parse "host=*" as host | count_frequent host',
      input: 'host=a\nhost=b\nhost=a',
      expect: 'host,_approxcount\na,2\nb,1',
    },
  ],
});

type Fields = Partial<{
  readonly parenthesised: { readonly fields: readonly FieldReference[] };
  readonly bare: readonly FieldReference[];
}>;

function namesOf(read: Fields): readonly string[] {
  return (read.bare ?? read.parenthesised?.fields ?? []).map(({ name }) => name);
}
