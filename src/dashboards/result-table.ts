import type { Batch } from '../engine/columns/batch.ts';
import { columnType, valuesOf } from '../engine/columns/column.ts';
import type { Value, ValueType } from '../engine/columns/value.ts';

/** A result as rows: what charts are drawn from. */
export interface ResultTable {
  readonly columns: readonly { readonly name: string; readonly type: ValueType }[];
  readonly rows: readonly (readonly Value[])[];
}

/** The rows of a batch, decoded. */
export function tableOf(batch: Batch): ResultTable {
  const columns = batch.columns.map(valuesOf);
  return {
    columns: columnsOf(batch),
    rows: Array.from({ length: batch.length }, (_, row) => columns.map((values) => values[row] ?? null)),
  };
}

/** The names and types of its columns. */
export function columnsOf({ schema, columns }: Batch): ResultTable['columns'] {
  return schema.names.map((name, position) => ({ name, type: columnType(columns[position]!) }));
}
