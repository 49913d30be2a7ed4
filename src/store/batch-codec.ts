import { type Batch, newBatch, Schema } from '../engine/columns/batch.ts';
import {
  type Bitmap,
  type CodeArray,
  type Column,
  constantColumn,
  type DictionaryColumn,
  type FlatColumn,
  flatten,
  isSet,
  type NumericArray,
  type TextColumn,
} from '../engine/columns/column.ts';
import type { Value } from '../engine/columns/value.ts';
import { Words } from '../engine/columns/words.ts';

/** A batch as bytes and back, for the write-ahead log: a JSON head, then the columns' arrays, each aligned to 8 bytes. */

/**
 * `region`: a text column with the bytes between its rows, as they lay. `stretches`: one whose rows lie
 * inside the rows of the region column before it, as extracted fields lie in their messages.
 */
type StoredKind = FlatColumn['kind'] | 'region' | 'stretches';

interface ColumnHead {
  readonly name: string;
  readonly kind: StoredKind;
  /** Length in bytes of each of the column's arrays. */
  readonly parts: readonly number[];
  readonly array?: ArrayName;
  readonly type?: 'long' | 'double';
  readonly nullable?: boolean;
  readonly value?: StoredValue;
  readonly values?: readonly StoredValue[];
  readonly exceptions?: readonly string[];
}

interface BatchHead {
  readonly rows: number;
  readonly columns: readonly ColumnHead[];
}

const ARRAYS = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f64: Float64Array,
};
type ArrayName = keyof typeof ARRAYS;

/** JSON has no NaN and no infinities: they stand in an array of one text. */
type StoredValue = Value | readonly [string];

function storedValue(value: Value): StoredValue {
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return [String(value)];
  return Object.is(value, -0) ? ['-0'] : value;
}

function valueOfStored(stored: StoredValue): Value {
  return Array.isArray(stored) ? Number(stored[0]) : (stored as Value);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The next multiple of 8. */
export const aligned = (length: number): number => (length + 7) & ~7;

function bytesOf(array: NumericArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function arrayName(array: NumericArray): ArrayName {
  for (const [name, type] of Object.entries(ARRAYS)) if (array instanceof type) return name as ArrayName;
  throw new TypeError('an array of an unknown type');
}

/** A batch taken apart, ready to be written as one run of bytes. */
export interface BatchParts {
  /** Bytes of all of it. */
  readonly size: number;
  readonly head: Uint8Array;
  readonly arrays: readonly Uint8Array[];
}

/** Takes a batch apart; arrays are views of the batch's own where possible. */
export function partsOf(batch: Batch): BatchParts {
  const arrays: Uint8Array[] = [];
  let region: TextColumn | null = null;
  const columns = batch.columns.map((column, position) => {
    const name = batch.schema.names[position]!;
    const flat = flatten(column);
    if (flat.kind === 'text') {
      const inside = region === null ? null : encodeStretches(name, flat, region, arrays);
      if (inside !== null) return inside;
      const whole = region === null ? encodeRegion(name, flat, arrays) : null;
      if (whole !== null) {
        region = flat;
        return whole;
      }
    }
    return encodeColumn(name, flat, arrays);
  });
  const head = encoder.encode(JSON.stringify({ rows: batch.length, columns } satisfies BatchHead));
  const size = arrays.reduce((bytes, array) => bytes + aligned(array.length), aligned(8 + head.length));
  return { size, head, arrays };
}

/** Writes the parts into `bytes`, which are `size`: 4 bytes of head length, 4 of nothing, the head, the arrays. */
export function writeParts({ head, arrays }: BatchParts, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, head.length, true);
  view.setUint32(4, 0, true);
  let at = putAligned(bytes, 8, head);
  for (const array of arrays) at = putAligned(bytes, at, array);
}

/** Puts `array` at `at` with zeros up to the next multiple of 8, whose place it returns. */
export function putAligned(bytes: Uint8Array, at: number, array: Uint8Array): number {
  bytes.set(array, at);
  const end = at + array.length;
  const next = aligned(end);
  bytes.fill(0, end, next);
  return next;
}

/** The batch as one run of bytes. */
export function encodeBatch(batch: Batch): Uint8Array {
  const parts = partsOf(batch);
  const bytes = new Uint8Array(parts.size);
  writeParts(parts, bytes);
  return bytes;
}

/** A text whose rows lie close together: the bytes from the first to the last in one piece. Null when they do not. */
function encodeRegion(name: string, column: TextColumn, parts: Uint8Array[]): ColumnHead | null {
  const { data, starts, ends, length, validity } = column;
  let from = data.length;
  let to = 0;
  let size = 0;
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    size += end - start;
    if (start < from) from = start;
    if (end > to) to = end;
  }
  if (to < from || to - from > size * 2 + 1024) return null;
  const ownStarts = new Uint32Array(length);
  const ownEnds = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    ownStarts[row] = starts[row]! - from;
    ownEnds[row] = ends[row]! - from;
  }
  const arrays = [bytesOf(ownStarts), bytesOf(ownEnds), data.subarray(from, to)];
  if (validity !== null) arrays.push(validity);
  parts.push(...arrays);
  const lengths = arrays.map((part) => part.length);
  return { name, kind: 'region', parts: lengths, nullable: validity !== null };
}

/** A text whose rows are stretches of the region's rows: 16 bits of offset and of length each. Null when they are not. */
function encodeStretches(
  name: string,
  column: TextColumn,
  region: TextColumn,
  parts: Uint8Array[],
): ColumnHead | null {
  const { starts, ends, length, validity } = column;
  if (column.data !== region.data) return null;
  const places = new Uint16Array(length * 2);
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    const offset = start - region.starts[row]!;
    if (start === end || (validity !== null && !isSet(validity, row))) continue;
    if (offset < 0 || end > region.ends[row]! || offset > 0xffff || end - start > 0xffff) return null;
    places[row] = offset;
    places[length + row] = end - start;
  }
  const arrays = [bytesOf(places)];
  if (validity !== null) arrays.push(validity);
  parts.push(...arrays);
  return {
    name,
    kind: 'stretches',
    parts: arrays.map((part) => part.length),
    nullable: validity !== null,
  };
}

function encodeColumn(name: string, column: FlatColumn, parts: Uint8Array[]): ColumnHead {
  const first = parts.length;
  const validityPart = (validity: Bitmap | null): boolean => {
    if (validity !== null) parts.push(validity);
    return validity !== null;
  };
  const lengths = (): number[] => parts.slice(first).map((part) => part.length);
  switch (column.kind) {
    case 'text': {
      const { sizes, data } = compactText(column);
      parts.push(bytesOf(sizes), data);
      const nullable = validityPart(column.validity);
      return { name, kind: 'text', parts: lengths(), nullable };
    }
    case 'dictionary': {
      const { codes, sizes, data } = compactWords(column);
      parts.push(bytesOf(codes), bytesOf(sizes), data);
      return { name, kind: 'dictionary', parts: lengths(), array: arrayName(codes) };
    }
    case 'number': {
      parts.push(bytesOf(column.values));
      const nullable = validityPart(column.validity);
      return {
        name,
        kind: 'number',
        parts: lengths(),
        array: arrayName(column.values),
        type: column.type,
        nullable,
      };
    }
    case 'digits': {
      parts.push(bytesOf(column.values));
      const nullable = validityPart(column.validity);
      return {
        name,
        kind: 'digits',
        parts: lengths(),
        array: arrayName(column.values),
        exceptions: column.exceptions,
        nullable,
      };
    }
    case 'boolean':
      parts.push(column.values);
      return { name, kind: 'boolean', parts: lengths() };
    case 'constant':
      return { name, kind: 'constant', parts: [], value: storedValue(column.value) };
    case 'values':
      return { name, kind: 'values', parts: [], values: column.values.map(storedValue) };
  }
}

function compactText(column: TextColumn): { sizes: Uint32Array; data: Uint8Array } {
  const sizes = new Uint32Array(column.length);
  let total = 0;
  for (let row = 0; row < column.length; row++) {
    sizes[row] = column.ends[row]! - column.starts[row]!;
    total += sizes[row]!;
  }
  const data = new Uint8Array(total);
  let at = 0;
  for (let row = 0; row < column.length; row++) {
    data.set(column.data.subarray(column.starts[row]!, column.ends[row]!), at);
    at += sizes[row]!;
  }
  return { sizes, data };
}

/** Only the words that the rows use, numbered anew in order of first use. */
function compactWords(column: DictionaryColumn): { codes: CodeArray; sizes: Uint32Array; data: Uint8Array } {
  const renumbered = new Uint32Array(column.words.count + 1);
  const used: number[] = [];
  const codes = new Uint32Array(column.length);
  let total = 0;
  for (let row = 0; row < column.length; row++) {
    const code = column.codes[row]!;
    if (code === 0) continue;
    if (renumbered[code] === 0) {
      used.push(code);
      renumbered[code] = used.length;
      total += column.words.end(code) - column.words.start(code);
    }
    codes[row] = renumbered[code]!;
  }
  const sizes = new Uint32Array(used.length);
  const data = new Uint8Array(total);
  let at = 0;
  used.forEach((code, word) => {
    const bytes = column.words.bytes(code);
    data.set(bytes, at);
    sizes[word] = bytes.length;
    at += bytes.length;
  });
  const narrow =
    used.length < 256 ? Uint8Array.from(codes) : used.length < 65536 ? Uint16Array.from(codes) : codes;
  return { codes: narrow, sizes, data };
}

/** The batch that `encodeBatch` wrote at the start of `bytes`; its arrays are views of `bytes` where they are aligned. Throws when the bytes make no batch. */
export function decodeBatch(bytes: Uint8Array): Batch {
  const headLength = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const head = JSON.parse(decoder.decode(bytes.subarray(8, 8 + headLength))) as BatchHead;
  let at = aligned(8 + headLength);
  let region: TextColumn | null = null;
  const columns = head.columns.map((column): Column => {
    const parts = column.parts.map((length) => {
      const part = bytes.subarray(at, at + length);
      if (part.length < length) throw new RangeError('a column ends after its frame');
      at += aligned(length);
      return part;
    });
    const decoded = decodeColumn(column, parts, head.rows, region);
    if (column.kind === 'region' && decoded.kind === 'text') region = decoded;
    return decoded;
  });
  return newBatch(new Schema(head.columns.map((column) => column.name)), columns, head.rows);
}

function arrayOf(name: ArrayName, part: Uint8Array): NumericArray {
  const type = ARRAYS[name];
  const own = part.byteOffset % type.BYTES_PER_ELEMENT === 0 ? part : part.slice();
  return new type(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / type.BYTES_PER_ELEMENT);
}

function decodeColumn(
  head: ColumnHead,
  parts: readonly Uint8Array[],
  length: number,
  region: TextColumn | null,
): Column {
  switch (head.kind) {
    case 'region':
      return {
        kind: 'text',
        length,
        data: parts[2]!,
        starts: arrayOf('u32', parts[0]!) as Uint32Array,
        ends: arrayOf('u32', parts[1]!) as Uint32Array,
        validity: head.nullable ? parts[3]! : null,
      };
    case 'stretches':
      if (region === null) throw new TypeError('a field without the message that it lies in');
      return decodeStretches(arrayOf('u16', parts[0]!), head.nullable ? parts[1]! : null, length, region);
    case 'text': {
      const { starts, ends } = placesOf(arrayOf('u32', parts[0]!) as Uint32Array);
      return {
        kind: 'text',
        length,
        data: parts[1]!,
        starts,
        ends,
        validity: head.nullable ? parts[2]! : null,
      };
    }
    case 'dictionary': {
      const { starts, ends } = placesOf(arrayOf('u32', parts[1]!) as Uint32Array);
      const words = new Words();
      for (let word = 0; word < starts.length; word++) words.intern(parts[2]!, starts[word]!, ends[word]!);
      return { kind: 'dictionary', length, codes: arrayOf(head.array!, parts[0]!) as CodeArray, words };
    }
    case 'number':
      return {
        kind: 'number',
        type: head.type!,
        length,
        values: arrayOf(head.array!, parts[0]!),
        validity: head.nullable ? parts[1]! : null,
      };
    case 'digits':
      return {
        kind: 'digits',
        length,
        values: arrayOf(head.array!, parts[0]!),
        exceptions: head.exceptions!,
        validity: head.nullable ? parts[1]! : null,
      };
    case 'boolean':
      return { kind: 'boolean', length, values: parts[0]! };
    case 'constant':
      return constantColumn(valueOfStored(head.value!), length);
    case 'values':
      return { kind: 'values', length, values: head.values!.map(valueOfStored) };
    case undefined:
      throw new TypeError('a column without a kind');
  }
}

function decodeStretches(
  places: NumericArray,
  validity: Bitmap | null,
  length: number,
  region: TextColumn,
): TextColumn {
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const start = region.starts[row]! + places[row]!;
    starts[row] = start;
    ends[row] = start + places[length + row]!;
  }
  return { kind: 'text', length, data: region.data, starts, ends, validity };
}

function placesOf(sizes: Uint32Array): { starts: Uint32Array; ends: Uint32Array } {
  const starts = new Uint32Array(sizes.length);
  const ends = new Uint32Array(sizes.length);
  let at = 0;
  for (let row = 0; row < sizes.length; row++) {
    starts[row] = at;
    at += sizes[row]!;
    ends[row] = at;
  }
  return { starts, ends };
}
