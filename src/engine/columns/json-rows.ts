import type { Batch } from './batch.ts';
import { type Column, type DictionaryColumn, flatten, valueAt } from './column.ts';
import type { Value } from './value.ts';

/** Rows `[from, to)` of a batch, one JSON object each, in column order, without line ends. */
export function jsonRows(batch: Batch, from = 0, to = batch.length): string[] {
  const keys = batch.schema.names.map((name) => `${JSON.stringify(name)}:`);
  const cells = batch.columns.map((column) => cellsOf(column, to - from));
  const rows: string[] = [];
  for (let row = from; row < to; row++) {
    let text = '{';
    for (let position = 0; position < cells.length; position++) {
      if (position > 0) text += ',';
      text += keys[position]! + cells[position]!(row);
    }
    rows.push(`${text}}`);
  }
  return rows;
}

/** The JSON text of a cell by its row, for a column of which `wanted` rows are asked for. */
function cellsOf(column: Column, wanted: number): (row: number) => string {
  const flat = flatten(column);
  if (flat.kind === 'dictionary') return cellsOfWords(flat, wanted);
  return (row) => jsonCell(valueAt(flat, row));
}

/** Words that occur in several rows are written once. */
function cellsOfWords({ codes, words }: DictionaryColumn, wanted: number): (row: number) => string {
  if (words.count > wanted) return (row) => jsonCell(words.text(codes[row]!));
  const known: (string | undefined)[] = new Array(words.count + 1);
  return (row) => {
    const code = codes[row]!;
    known[code] ??= jsonCell(words.text(code));
    return known[code];
  };
}

/** A cell as JSON. JSON has no NaN and no infinities: they are written as the texts that the language prints. */
function jsonCell(value: Value): string {
  if (typeof value !== 'number') return JSON.stringify(value);
  return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
}
