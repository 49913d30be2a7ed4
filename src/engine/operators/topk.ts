import { by, field, list, number, symbol } from '../../grammar/syntax.ts';
import { columnNamed, selectRows, withColumn } from '../columns/batch.ts';
import { type Column, columnOf, flatten, valuesOf } from '../columns/column.ts';
import { numberOf } from '../columns/value.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { sortedRows } from '../kernels/sort.ts';
import { checkWhole } from './amounts.ts';
import { groupsOf } from './running.ts';

/** `topk(n, f1[, f2]) [by g1[, g2]]`. */
export const topk = defineOperator({
  name: 'topk',
  summary: 'Keeps the rows with the greatest values in each group and numbers them.',
  description:
    '`topk(3, bytes) by host` sorts by `bytes` in descending order and keeps three rows per `host`, with all their ' +
    'columns. Further fields in the parentheses break ties. `_rank` counts from 1 in each group; rows that tie get ' +
    'consecutive ranks in the order they came. Text that holds a number compares as a number; null ranks last. ' +
    'Groups come in the order of their first row. Works on messages too: `topk(1, updated) by id` is the latest ' +
    'message of each `id`.',
  syntax: {
    open: symbol('('),
    count: number(),
    comma: symbol(','),
    fields: list(field()),
    close: symbol(')'),
    by: by(),
  },
  reads: ({ fields, by: keys }) => [...fields, ...(keys?.fields ?? [])].map(({ name }) => name),
  writes: () => ['_rank'],
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  check: ({ count }) => checkWhole(count, 'the first argument of `topk`', 1, Infinity),
  start({ count, fields, by: groupBy }) {
    const names = groupBy?.fields.map(({ name }) => name) ?? [];
    return wholeTable((table) => {
      const keys = fields.map(({ name }) => ({
        column: comparable(columnNamed(table, name)),
        descending: true,
      }));
      const sorted = sortedRows(keys, table.length);
      const groups = new GroupTable(names.length);
      const groupOf = groupsOf(table, names, groups);
      const { rows, ranks } = ranked(sorted, groupOf, groups.count, count.count);
      return withColumn(selectRows(table, rows), '_rank', numberColumn(ranks, rows.length, null));
    });
  },
  examples: [
    {
      query:
        '* | parse "h=* c=*" as h, c | count by h, c | sort by h asc | topk(1, c) by h | fields h, c, _rank',
      input: 'h=n1 c=5\nh=n2 c=9\nh=n1 c=70',
      expect: 'h,c,_rank\nn1,70,1\nn2,9,1',
    },
  ],
});

/** Text that holds a number is compared as that number. */
function comparable(column: Column): Column {
  const flat = flatten(column);
  if (flat.kind === 'number') return flat;
  return columnOf(valuesOf(flat).map((value) => numberOf(value) ?? value));
}

function ranked(
  sorted: Uint32Array,
  groupOf: Uint32Array,
  groupCount: number,
  most: number,
): { readonly rows: Uint32Array; readonly ranks: Float64Array } {
  const ofGroup: number[][] = Array.from({ length: groupCount }, () => []);
  for (const row of sorted) {
    const rows = ofGroup[groupOf[row]!]!;
    if (rows.length < most) rows.push(row);
  }
  return {
    rows: Uint32Array.from(ofGroup.flat()),
    ranks: Float64Array.from(ofGroup.flatMap((rows) => rows.map((_, rank) => rank + 1))),
  };
}
