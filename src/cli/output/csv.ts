import type { Batch, Schema } from '../../engine/columns/batch.ts';
import { flatten, valueAt } from '../../engine/columns/column.ts';
import { textOf, type Value } from '../../engine/columns/value.ts';

/** How CSV is written. `guardFormulas` puts `'` before text that a spreadsheet would run as a formula. */
export interface CsvOptions {
  readonly guardFormulas: boolean;
}

/** A cell by RFC 4180: quoted where it must be; null is nothing, the empty text is `""`. */
export function csvCell(value: Value, options: CsvOptions): string {
  if (value === null) return '';
  let text = textOf(value);
  if (options.guardFormulas && typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvHeader(schema: Schema, options: CsvOptions): string {
  return schema.names.map((name) => csvCell(name, options)).join(',');
}

/** One line per row, without line ends. */
export function csvRows(batch: Batch, options: CsvOptions): string[] {
  const columns = batch.columns.map(flatten);
  return Array.from({ length: batch.length }, (_, row) =>
    columns.map((column) => csvCell(valueAt(column, row), options)).join(','),
  );
}
