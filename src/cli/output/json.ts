import type { Batch } from '../../engine/columns/batch.ts';
import { flatten, valueAt } from '../../engine/columns/column.ts';
import type { Value } from '../../engine/columns/value.ts';

/** A cell as JSON. JSON has no NaN and no infinities: they are written as the texts that the language prints. */
function jsonCell(value: Value): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  return JSON.stringify(value);
}

/** One JSON object per row, in column order, without line ends. */
export function jsonRows(batch: Batch): string[] {
  const keys = batch.schema.names.map((name) => `${JSON.stringify(name)}:`);
  const columns = batch.columns.map(flatten);
  const rows: string[] = [];
  for (let row = 0; row < batch.length; row++) {
    let text = '{';
    for (let position = 0; position < columns.length; position++) {
      if (position > 0) text += ',';
      text += keys[position]! + jsonCell(valueAt(columns[position]!, row));
    }
    rows.push(`${text}}`);
  }
  return rows;
}
