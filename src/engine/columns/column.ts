import { selectShaped, type TextShape } from './text-shape.ts';
import type { Value, ValueType } from './value.ts';
import { textOf } from './value.ts';
import { NULL_CODE, type Words } from './words.ts';

/** Arrow's validity layout: bit `row & 7` of byte `row >> 3` is 1 where the row has a value. */
export type Bitmap = Uint8Array;

export type NumericArray =
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;
export type CodeArray = Uint32Array | Uint16Array | Uint8Array;

/** UTF-8 text: row `r` is `data[starts[r], ends[r])`. Rows may share, overlap or skip bytes of `data`. */
export interface TextColumn {
  readonly kind: 'text';
  readonly length: number;
  readonly data: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly validity: Bitmap | null;
  /** What every row is made of, where the source knows; then the arrays are made when first looked at. */
  readonly shape?: TextShape;
}

/** Text by dictionary code; code 0 is null. Several columns and batches may share one `Words`. */
export interface DictionaryColumn {
  readonly kind: 'dictionary';
  readonly length: number;
  readonly codes: CodeArray;
  readonly words: Words;
}

/** Numbers. `long` values are whole and exact up to 2^53. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly type: 'long' | 'double';
  readonly length: number;
  readonly values: NumericArray;
  readonly validity: Bitmap | null;
}

/**
 * Text that is mostly whole numbers in canonical form (no sign on zero, no leading zeros), kept as
 * numbers: a value `v >= 0` stands for the text `String(v)`, and `v < 0` for `exceptions[-v - 1]`.
 * To a query it is text like any other.
 */
export interface DigitsColumn {
  readonly kind: 'digits';
  readonly length: number;
  readonly values: NumericArray;
  readonly exceptions: readonly string[];
  readonly validity: Bitmap | null;
}

/** Booleans, one byte a row: FALSE, TRUE or UNKNOWN (null). */
export interface BooleanColumn {
  readonly kind: 'boolean';
  readonly length: number;
  readonly values: Uint8Array;
}
export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;

/** The same value in every row. */
export interface ConstantColumn {
  readonly kind: 'constant';
  readonly length: number;
  readonly value: Value;
}

/** The general form: any value in any row. */
export interface ValuesColumn {
  readonly kind: 'values';
  readonly length: number;
  readonly values: readonly Value[];
}

/** A selection over another column: row `r` is row `rows[r]` of `base`, which is never itself selected. */
export interface SelectedColumn {
  readonly kind: 'selected';
  readonly length: number;
  readonly base: FlatColumn;
  readonly rows: Uint32Array;
}

export type FlatColumn =
  | TextColumn
  | DictionaryColumn
  | NumberColumn
  | DigitsColumn
  | BooleanColumn
  | ConstantColumn
  | ValuesColumn;

/**
 * One field of a batch. A column is immutable. Its arrays may belong to whoever made the batch and
 * may be reused after `push` returns: a stage that keeps rows keeps copies (`keepColumn`).
 */
export type Column = FlatColumn | SelectedColumn;

const decoder = new TextDecoder();

/** Whether `row` has a value by this bitmap; no bitmap means that every row has. */
export function isSet(bitmap: Bitmap | null, row: number): boolean {
  return bitmap === null || ((bitmap[row >> 3]! >> (row & 7)) & 1) === 1;
}

/** A bitmap of `length` rows, all clear. */
export function newBitmap(length: number): Bitmap {
  return new Uint8Array((length + 7) >> 3);
}

export function setBit(bitmap: Bitmap, row: number): void {
  bitmap[row >> 3]! |= 1 << (row & 7);
}

/** The value of one row: the general, slow way in. Kernels switch on `kind` and read the arrays. */
export function valueAt(column: Column, row: number): Value {
  switch (column.kind) {
    case 'text':
      return isSet(column.validity, row)
        ? decoder.decode(column.data.subarray(column.starts[row]!, column.ends[row]!))
        : null;
    case 'dictionary':
      return column.words.text(column.codes[row]!);
    case 'number':
      return isSet(column.validity, row) ? column.values[row]! : null;
    case 'digits': {
      if (!isSet(column.validity, row)) return null;
      const value = column.values[row]!;
      return value >= 0 ? String(value) : column.exceptions[-value - 1]!;
    }
    case 'boolean': {
      const value = column.values[row]!;
      return value === UNKNOWN ? null : value === TRUE;
    }
    case 'constant':
      return column.value;
    case 'values':
      return column.values[row]!;
    case 'selected':
      return valueAt(column.base, column.rows[row]!);
  }
}

/** The text form of one row (numbers and booleans printed), or null. */
export function textAt(column: Column, row: number): string | null {
  const value = valueAt(column, row);
  return value === null ? null : textOf(value);
}

/** Whether one row is null, without decoding it. */
export function isNullAt(column: Column, row: number): boolean {
  switch (column.kind) {
    case 'text':
    case 'number':
    case 'digits':
      return !isSet(column.validity, row);
    case 'dictionary':
      return column.codes[row] === NULL_CODE;
    case 'boolean':
      return column.values[row] === UNKNOWN;
    case 'constant':
      return column.value === null;
    case 'values':
      return column.values[row] === null;
    case 'selected':
      return isNullAt(column.base, column.rows[row]!);
  }
}

/** What the column holds, as far as its layout tells. */
export function columnType(column: Column): ValueType {
  switch (column.kind) {
    case 'text':
    case 'dictionary':
    case 'digits':
      return 'string';
    case 'number':
      return column.type;
    case 'boolean':
      return 'boolean';
    case 'constant':
      return valueType(column.value);
    case 'values': {
      let type: ValueType = 'null';
      for (const value of column.values) {
        const next = valueType(value);
        if (next === 'null' || next === type) continue;
        if (type === 'null') type = next;
        else if (isNumeric(type) && isNumeric(next)) type = 'double';
        else return 'mixed';
      }
      return type;
    }
    case 'selected':
      return columnType(column.base);
  }
}

function isNumeric(type: ValueType): boolean {
  return type === 'long' || type === 'double';
}

/** The type of one value; whole numbers are `long`. */
function valueType(value: Value): ValueType {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return Number.isInteger(value) ? 'long' : 'double';
}

export function constantColumn(value: Value, length: number): ConstantColumn {
  return { kind: 'constant', length, value };
}

/** A column of any values, in the narrowest form that fits them: numbers, booleans or `values`. */
export function columnOf(values: readonly Value[], numberType?: 'long' | 'double'): FlatColumn {
  const length = values.length;
  let numbers = 0;
  let booleans = 0;
  let nulls = 0;
  let whole = true;
  for (const value of values) {
    if (value === null) nulls++;
    else if (typeof value === 'number') {
      numbers++;
      if (!Number.isInteger(value)) whole = false;
    } else if (typeof value === 'boolean') booleans++;
  }
  if (nulls === length) return constantColumn(null, length);
  if (numbers + nulls === length) {
    const array = new Float64Array(length);
    const validity = nulls === 0 ? null : newBitmap(length);
    values.forEach((value, row) => {
      if (value === null) return;
      array[row] = value as number;
      if (validity !== null) setBit(validity, row);
    });
    return {
      kind: 'number',
      type: numberType ?? (whole ? 'long' : 'double'),
      length,
      values: array,
      validity,
    };
  }
  if (booleans + nulls === length) {
    const array = new Uint8Array(length);
    values.forEach((value, row) => {
      array[row] = value === null ? UNKNOWN : value ? TRUE : FALSE;
    });
    return { kind: 'boolean', length, values: array };
  }
  return { kind: 'values', length, values };
}

/** A column of rows `rows` of `column`. The selection is kept, not copied: it must not change later. */
export function selectColumn(column: Column, rows: Uint32Array): Column {
  if (column.kind === 'constant') return constantColumn(column.value, rows.length);
  if (column.kind === 'text' && column.shape !== undefined) return selectShaped(column.shape, rows);
  if (column.kind !== 'selected') return { kind: 'selected', length: rows.length, base: column, rows };
  const composed = new Uint32Array(rows.length);
  for (let row = 0; row < rows.length; row++) composed[row] = column.rows[rows[row]!]!;
  return { kind: 'selected', length: rows.length, base: column.base, rows: composed };
}

const flattened = new WeakMap<SelectedColumn, FlatColumn>();

/** The column without a selection over it; gathered once per column, then remembered. */
export function flatten(column: Column): FlatColumn {
  if (column.kind !== 'selected') return column;
  const known = flattened.get(column);
  if (known !== undefined) return known;
  const flat = gather(column.base, column.rows);
  flattened.set(column, flat);
  return flat;
}

function gather(base: FlatColumn, rows: Uint32Array): FlatColumn {
  const length = rows.length;
  switch (base.kind) {
    case 'text': {
      const starts = new Uint32Array(length);
      const ends = new Uint32Array(length);
      for (let row = 0; row < length; row++) {
        starts[row] = base.starts[rows[row]!]!;
        ends[row] = base.ends[rows[row]!]!;
      }
      return {
        kind: 'text',
        length,
        data: base.data,
        starts,
        ends,
        validity: gatherBitmap(base.validity, rows),
      };
    }
    case 'dictionary':
      return { kind: 'dictionary', length, codes: gatherNumbers(base.codes, rows), words: base.words };
    case 'number':
      return {
        kind: 'number',
        type: base.type,
        length,
        values: gatherNumbers(base.values, rows),
        validity: gatherBitmap(base.validity, rows),
      };
    case 'digits':
      return {
        kind: 'digits',
        length,
        values: gatherNumbers(base.values, rows),
        exceptions: base.exceptions,
        validity: gatherBitmap(base.validity, rows),
      };
    case 'boolean':
      return { kind: 'boolean', length, values: gatherNumbers(base.values, rows) };
    case 'constant':
      return constantColumn(base.value, length);
    case 'values':
      return { kind: 'values', length, values: Array.from(rows, (row) => base.values[row]!) };
  }
}

/** One loop per element width: a single loop over all kinds of arrays is several times slower in V8. */
function gatherNumbers<A extends NumericArray>(from: A, rows: Uint32Array): A {
  const to = new (from.constructor as new (length: number) => A)(rows.length);
  switch (from.BYTES_PER_ELEMENT) {
    case 1:
      gatherBytes(viewOf(Uint8Array, from), rows, viewOf(Uint8Array, to));
      break;
    case 2:
      gatherShorts(viewOf(Uint16Array, from), rows, viewOf(Uint16Array, to));
      break;
    case 4:
      gatherWords(viewOf(Uint32Array, from), rows, viewOf(Uint32Array, to));
      break;
    default:
      gatherDoubles(from as Float64Array, rows, to as Float64Array);
  }
  return to;
}

/** The elements' bits, whatever they stand for. */
function viewOf<V>(
  View: new (buffer: ArrayBufferLike, offset: number, length: number) => V,
  { buffer, byteOffset, length }: NumericArray,
): V {
  return new View(buffer, byteOffset, length);
}

function gatherBytes(from: Uint8Array, rows: Uint32Array, to: Uint8Array): void {
  for (let row = 0; row < rows.length; row++) to[row] = from[rows[row]!]!;
}

function gatherShorts(from: Uint16Array, rows: Uint32Array, to: Uint16Array): void {
  for (let row = 0; row < rows.length; row++) to[row] = from[rows[row]!]!;
}

function gatherWords(from: Uint32Array, rows: Uint32Array, to: Uint32Array): void {
  for (let row = 0; row < rows.length; row++) to[row] = from[rows[row]!]!;
}

function gatherDoubles(from: Float64Array, rows: Uint32Array, to: Float64Array): void {
  for (let row = 0; row < rows.length; row++) to[row] = from[rows[row]!]!;
}

function gatherBitmap(from: Bitmap | null, rows: Uint32Array): Bitmap | null {
  if (from === null) return null;
  const to = newBitmap(rows.length);
  for (let row = 0; row < rows.length; row++) if (isSet(from, rows[row]!)) setBit(to, row);
  return to;
}

/** The column with arrays of its own, safe to keep after `push` returns. */
export function keepColumn(column: Column): FlatColumn {
  const flat = flatten(column);
  switch (flat.kind) {
    case 'text':
      return keepText(flat);
    case 'dictionary':
      return { ...flat, codes: flat.codes.slice() };
    case 'number':
    case 'digits':
      return { ...flat, values: flat.values.slice(), validity: flat.validity?.slice() ?? null };
    case 'boolean':
      return { ...flat, values: flat.values.slice() };
    case 'constant':
    case 'values':
      return flat;
  }
}

/** The text with its bytes and positions in arrays of their own that hold little else. */
export function keepText(column: TextColumn): TextColumn {
  const { starts, ends, length, data } = column;
  let size = 0;
  let from = data.length;
  let to = 0;
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    if (start === end) continue;
    size += end - start;
    if (start < from) from = start;
    if (end > to) to = end;
  }
  const validity = column.validity?.slice() ?? null;
  const keptStarts = new Uint32Array(length);
  const keptEnds = new Uint32Array(length);
  // Rows that lie close together are copied in one go, with what lies between them.
  if (size > 0 && to - from <= size * 2 + 1024) {
    for (let row = 0; row < length; row++) {
      if (starts[row] === ends[row]) continue;
      keptStarts[row] = starts[row]! - from;
      keptEnds[row] = ends[row]! - from;
    }
    return { kind: 'text', length, data: data.slice(from, to), starts: keptStarts, ends: keptEnds, validity };
  }
  const kept = new Uint8Array(size);
  let at = 0;
  for (let row = 0; row < length; row++) {
    keptStarts[row] = at;
    for (let byte = starts[row]!; byte < ends[row]!; byte++) kept[at++] = data[byte]!;
    keptEnds[row] = at;
  }
  return { kind: 'text', length, data: kept, starts: keptStarts, ends: keptEnds, validity };
}

/** All values of a column, decoded: for sinks and tests, not for kernels. */
export function valuesOf(column: Column): Value[] {
  const flat = flatten(column);
  return Array.from({ length: column.length }, (_, row) => valueAt(flat, row));
}

/** A text column over its own bytes; null rows are null. */
export function textColumn(texts: readonly (string | null)[]): TextColumn {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => (text === null ? null : encoder.encode(text)));
  const data = new Uint8Array(parts.reduce((size, part) => size + (part?.length ?? 0), 0));
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  const validity = parts.includes(null) ? newBitmap(texts.length) : null;
  let at = 0;
  parts.forEach((part, row) => {
    starts[row] = at;
    if (part !== null) {
      data.set(part, at);
      at += part.length;
      if (validity !== null) setBit(validity, row);
    }
    ends[row] = at;
  });
  return { kind: 'text', length: texts.length, data, starts, ends, validity };
}
