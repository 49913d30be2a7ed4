import { type Batch, newBatch, Schema } from '../../src/engine/columns/batch.ts';
import { columnOf } from '../../src/engine/columns/column.ts';
import type { Value } from '../../src/engine/columns/value.ts';

/** A result of rows that are written out. */
export function batchOfRows(names: readonly string[], rows: readonly (readonly Value[])[]): Batch {
  const columns = names.map((_, position) => columnOf(rows.map((row) => row[position] ?? null)));
  return newBatch(new Schema(names), columns, rows.length);
}
