import { type Batch, columnNamed } from '../columns/batch.ts';
import { allRows } from '../kernels/rows.ts';
import { sortedRows } from '../kernels/sort.ts';

/** Rows by ascending time. Messages come newest first, also where times are equal, so ties are turned around. */
export function rowsInTimeOrder(table: Batch): Uint32Array {
  if (table.schema.find('_messageTime') < 0) return allRows(table.length);
  return sortedRows(
    [{ column: columnNamed(table, '_messageTime'), descending: true }],
    table.length,
  ).reverse();
}
