import {
  type Column,
  columnOf,
  constantColumn,
  type DictionaryColumn,
  type FlatColumn,
  flatten,
  isSet,
  type NumberColumn,
  newBitmap,
  setBit,
  type TextColumn,
  valuesOf,
} from './column.ts';

/** The rows of all columns, one column after the other. Keeps the layout where all columns share one. */
export function concatColumns(columns: readonly Column[]): FlatColumn {
  const flat = columns.map(flatten).filter((column) => column.length > 0);
  const [first] = flat;
  if (first === undefined) return constantColumn(null, 0);
  if (flat.length === 1) return first;
  const length = flat.reduce((rows, column) => rows + column.length, 0);
  if (
    flat.every(
      (column) => column.kind === 'constant' && column.value === (first as { value?: unknown }).value,
    )
  ) {
    return constantColumn(first.kind === 'constant' ? first.value : null, length);
  }
  if (flat.every((column) => column.kind === 'text')) return concatText(flat, length);
  if (flat.every((column) => column.kind === 'number' && column.type === (first as NumberColumn).type)) {
    return concatNumbers(flat as NumberColumn[], length);
  }
  if (
    flat.every((column) => column.kind === 'dictionary' && column.words === (first as DictionaryColumn).words)
  ) {
    return concatCodes(flat as DictionaryColumn[], length);
  }
  const type = flat.some((column) => column.kind === 'number' && column.type === 'double')
    ? 'double'
    : undefined;
  return columnOf(flat.flatMap(valuesOf), type);
}

function concatText(columns: readonly TextColumn[], length: number): TextColumn {
  const shared = columns[0]!.data;
  const together = columns.every((column) => column.data === shared);
  const data = together
    ? shared
    : new Uint8Array(columns.reduce((size, column) => size + column.data.length, 0));
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  const validity = columns.some((column) => column.validity !== null) ? newBitmap(length) : null;
  let row = 0;
  let base = 0;
  for (const column of columns) {
    if (!together) data.set(column.data, base);
    for (let from = 0; from < column.length; from++, row++) {
      starts[row] = column.starts[from]! + base;
      ends[row] = column.ends[from]! + base;
      if (validity !== null && isSet(column.validity, from)) setBit(validity, row);
    }
    if (!together) base += column.data.length;
  }
  return { kind: 'text', length, data, starts, ends, validity };
}

function concatNumbers(columns: readonly NumberColumn[], length: number): NumberColumn {
  const values = new Float64Array(length);
  const validity = columns.some((column) => column.validity !== null) ? newBitmap(length) : null;
  let row = 0;
  for (const column of columns) {
    values.set(column.values, row);
    for (let from = 0; validity !== null && from < column.length; from++) {
      if (isSet(column.validity, from)) setBit(validity, row + from);
    }
    row += column.length;
  }
  return { kind: 'number', type: columns[0]!.type, length, values, validity };
}

function concatCodes(columns: readonly DictionaryColumn[], length: number): DictionaryColumn {
  const codes = new Uint32Array(length);
  let row = 0;
  for (const column of columns) {
    codes.set(column.codes, row);
    row += column.length;
  }
  return { kind: 'dictionary', length, codes, words: columns[0]!.words };
}
