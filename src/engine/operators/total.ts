import { columnNamed, withColumn } from '../columns/batch.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { aliasOr, asAndBy, byNames, fieldMaybeInParentheses, theField } from './clauses.ts';
import { groupsOf, withNumbersOnly } from './running.ts';

/** `total field [as name] [by f1, f2]`. */
export const total = defineOperator({
  name: 'total',
  summary: 'Adds the sum of a field over all rows to every row.',
  description:
    'With `by` every row gets the sum of its key. It is the grand total, not a running one (see `accum`). The new ' +
    'field is `_total` unless named with `as`. A row whose value is null or no number is left out.',
  syntax: { field: fieldMaybeInParentheses(), options: asAndBy() },
  reads: ({ field, options }) => [theField(field).name, ...byNames(options.by)],
  writes: ({ options }) => [aliasOr(options.as, '_total')],
  order: 'keeps',
  split: 'coordinator',
  changesRowCount: true,
  start({ field, options }, context) {
    const { name } = theField(field);
    const by = byNames(options.by);
    return wholeTable((table) => {
      const kept = withNumbersOnly(table, name, 'total', context);
      const { values } = denseNumbersOf(columnNamed(kept, name));
      const groups = new GroupTable(by.length);
      const groupOf = groupsOf(kept, by, groups);
      const sums = new Float64Array(groups.count);
      for (let row = 0; row < kept.length; row++) sums[groupOf[row]!]! += values[row]!;
      const totals = new Float64Array(kept.length);
      for (let row = 0; row < kept.length; row++) totals[row] = sums[groupOf[row]!]!;
      return withColumn(kept, aliasOr(options.as, '_total'), numberColumn(totals, kept.length, null));
    });
  },
  examples: [
    {
      query: '* | parse "host=*" as host | count by host | total _count as all | sort by host asc',
      input: 'host=a\nhost=b\nhost=a',
      expect: 'host,_count,all\na,2,3\nb,1,3',
    },
  ],
});
