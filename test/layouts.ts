import { type Batch, newBatch } from '../src/engine/columns/batch.ts';
import { type Column, flatten, newBitmap, setBit, valuesOf } from '../src/engine/columns/column.ts';
import { Words } from '../src/engine/columns/words.ts';

/** Layouts that a column of text may come in; a query must not be able to tell. */
export const LAYOUTS = ['as it is', 'dictionary', 'digits', 'values', 'selected'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** The same rows with their text columns in another layout, where it can hold them. */
export function inLayout(batch: Batch, layout: Layout): Batch {
  if (layout === 'as it is') return batch;
  const columns = batch.columns.map((column) =>
    layout === 'selected' ? selected(column) : relaid(column, layout),
  );
  return newBatch(batch.schema, columns, batch.length);
}

function relaid(column: Column, layout: 'dictionary' | 'digits' | 'values'): Column {
  if (flatten(column).kind !== 'text') return column;
  const values = valuesOf(column);
  const { length } = column;
  if (layout === 'values') return { kind: 'values', length, values };
  const texts = values.map((value) => (typeof value === 'string' ? value : null));
  return layout === 'dictionary' ? dictionaryColumn(texts) : digitsColumn(texts);
}

function dictionaryColumn(texts: readonly (string | null)[]): Column {
  const words = new Words();
  // A word that no row uses must not matter.
  words.internText('not used');
  const codes = Uint32Array.from(texts, (text) => (text === null ? 0 : words.internText(text)));
  return { kind: 'dictionary', length: texts.length, codes, words };
}

function digitsColumn(texts: readonly (string | null)[]): Column {
  const exceptions: string[] = [];
  const validity = newBitmap(texts.length);
  const values = Float64Array.from(texts, (text, row) => {
    if (text === null) return 0;
    setBit(validity, row);
    if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
    exceptions.push(text);
    return -exceptions.length;
  });
  return { kind: 'digits', length: texts.length, values, exceptions, validity };
}

/** The column as the second half of a longer one. */
function selected(column: Column): Column {
  const base = flatten(column);
  if (base.kind === 'constant') return base;
  const rows = Uint32Array.from({ length: base.length }, (_, row) => base.length - 1 - row);
  const reversed = flatten({ kind: 'selected', length: base.length, base, rows });
  return { kind: 'selected', length: base.length, base: reversed, rows };
}
