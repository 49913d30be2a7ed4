import {
  type Bitmap,
  type FlatColumn,
  isNullAt,
  isSet,
  type NumericArray,
  textAt,
  textColumn,
  valueAt,
} from '../engine/columns/column.ts';
import type { Value } from '../engine/columns/value.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import type { TextCollector } from './collect-text.ts';
import { NO_SHAPE } from './cuts.ts';
import type { MessageMemory, MessageRows } from './field-collector.ts';
import type { Alias } from './segment-index.ts';

/** Aliases of a column, and the rows of the batch that must be stored nevertheless. */
export interface Aliased {
  readonly aliases: readonly Alias[];
  readonly rows: 'none' | 'all' | readonly number[];
}

const STORE_ALL: Aliased = { aliases: [], rows: 'all' };
/** An alias must hold in all but one in this many rows. */
const TOLERANCE = 32;
/** Rows on which candidates are tried before they are checked in full. */
const TRIED = 24;
const SCALES = [1000, 1];

const encoder = new TextEncoder();

/**
 * Finds out which rows of a column need not be stored because they say what the message says: a text
 * equal to a slot or to all from one slot to another, a number equal to a slot's (or a thousand times it, as a time in ms is), the
 * message's length. `before` is what held for the batch before: it is tried first.
 */
export function aliasFor(
  column: FlatColumn,
  from: number,
  messages: MessageRows,
  before: readonly Alias[],
): Aliased {
  if (column.kind === 'values' && column.values.every(isTextOrNull)) {
    return aliasFor(textColumn(column.values as (string | null)[]), from, messages, before);
  }
  if (column.kind === 'boolean' || column.kind === 'values') return STORE_ALL;
  if (column.kind === 'constant' && column.value === null) return { aliases: [], rows: 'none' };
  const numeric =
    column.kind === 'number' || (column.kind === 'constant' && typeof column.value === 'number');
  if (numeric && isSize(column, messages)) return { aliases: [{ kind: 'size' }], rows: 'none' };
  if (column.kind === 'number' && column.type === 'double') return STORE_ALL;
  const aliases: Alias[] = [];
  const stored: number[] = [];
  const aliased = new Uint8Array(messages.shapes.length);
  messages.shapes.forEach((_, shape) => {
    const rows = messages.rows[shape]!;
    if (rows.length === 0) return;
    const found = numeric
      ? numberAlias(column, from, rows, shape, messages, before)
      : textAlias(column, from, rows, shape, messages, before);
    if (found === null) return;
    aliases.push(found.alias);
    aliased[shape] = 1;
    for (const row of found.odd) stored.push(row);
  });
  const others = numeric ? null : otherRows(column, from, messages);
  if (others !== null) aliases.push({ kind: 'other' });
  if (aliases.length === 0) return STORE_ALL;
  const covered = messages.rows.reduce(
    (sum, rows, shape) => sum + (aliased[shape] === 1 ? rows.length : 0),
    others ?? 0,
  );
  for (let row = 0; covered < column.length && row < column.length; row++) {
    const shape = messages.shapeOf[from + row]!;
    if (shape === NO_SHAPE ? others === null : aliased[shape] === 0) stored.push(row);
  }
  return { aliases, rows: stored.length === 0 ? 'none' : stored };
}

/** How many messages without a shape there are when the column is the whole message in all of them; else null. */
function otherRows(column: FlatColumn, from: number, { raw, shapeOf, rows }: MessageRows): number | null {
  if (column.kind !== 'text') return null;
  if (rows.reduce((sum, some) => sum + some.length, 0) === column.length) return null;
  let count = 0;
  for (let row = 0; row < column.length; row++) {
    if (shapeOf[from + row] !== NO_SHAPE) continue;
    count++;
    if (isNullAt(raw, row) || isNullAt(column, row)) return null;
    const { data, starts, ends } = column;
    const there = data === raw.data && starts[row] === raw.starts[row] && ends[row] === raw.ends[row];
    if (!there && !same(raw.data, raw.starts[row]!, raw.ends[row]!, data, starts[row]!, ends[row]!))
      return null;
  }
  return count === 0 ? null : count;
}

function isTextOrNull(value: Value): boolean {
  return value === null || typeof value === 'string';
}

function isSize(column: FlatColumn, { raw }: MessageRows): boolean {
  const { starts, ends, length } = raw;
  if (column.kind === 'number' && column.validity === null && raw.validity === null) {
    const { values } = column;
    for (let row = 0; row < length; row++) if (values[row] !== ends[row]! - starts[row]!) return false;
    return true;
  }
  for (let row = 0; row < length; row++) {
    if (isNullAt(raw, row) || valueAt(column, row) !== ends[row]! - starts[row]!) return false;
  }
  return true;
}

interface Found {
  readonly alias: Alias;
  /** Rows in which the alias does not hold. */
  readonly odd: readonly number[];
}

function numberAlias(
  column: FlatColumn,
  from: number,
  rows: Uint32Array,
  shape: number,
  { shapes, memory }: MessageRows,
  before: readonly Alias[],
): Found | null {
  const { slots } = shapes[shape]!;
  const test = (slot: number, scale: number, likely: boolean): Found | null => {
    const values = slots[slot]!.rows;
    const plain = column.kind === 'number' && column.validity === null ? column.values : null;
    const holds = (row: number): boolean => {
      const value = values[from + row]!;
      return value >= 0 && (plain === null ? valueAt(column, row) : plain[row]) === value * scale;
    };
    const products = plain === null ? null : { plain, values, from, scale };
    const odd = check(
      column,
      rows,
      holds,
      products && (() => otherProducts(rows, shape, products, memory)),
      likely,
    );
    return odd === null ? null : { alias: { kind: 'number', shape, slot, scale }, odd };
  };
  const known = before.find((alias) => alias.kind === 'number' && alias.shape === shape);
  const again = known?.kind === 'number' ? test(known.slot, known.scale, true) : null;
  if (again !== null) return again;
  for (let slot = 0; slot < slots.length; slot++) {
    for (const scale of SCALES) {
      const found = test(slot, scale, false);
      if (found !== null) return found;
    }
  }
  return null;
}

function textAlias(
  column: FlatColumn,
  from: number,
  rows: Uint32Array,
  shape: number,
  messages: MessageRows,
  before: readonly Alias[],
): Found | null {
  const { slots } = messages.shapes[shape]!;
  const test = (slot: number, last: number, likely: boolean): Found | null => {
    const holds = textTest(column, from, shape, slot, last, messages);
    const spans = spanTest(column, shape, slot, last, messages);
    const odd = check(
      column,
      rows,
      holds,
      spans && (() => otherSpans(rows, shape, spans, messages.memory)),
      likely,
    );
    return odd === null ? null : { alias: { kind: 'text', shape, slot, last }, odd };
  };
  const known = before.find((alias) => alias.kind === 'text' && alias.shape === shape);
  const again = known?.kind === 'text' ? test(known.slot, known.last, true) : null;
  if (again !== null) return again;
  const span = spanOf(column, rows[0]!, slots.length, messages, shape);
  const reached = span === null ? null : test(...span, true);
  if (reached !== null) return reached;
  for (let slot = 0; slot < slots.length; slot++) {
    const found = test(slot, slot, false);
    if (found !== null) return found;
  }
  return null;
}

/** The slots from whose start to whose end the column's text reaches in one row; null when there are none. */
function spanOf(
  column: FlatColumn,
  row: number,
  slots: number,
  { raw, cuts }: MessageRows,
  shape: number,
): readonly [number, number] | null {
  if (column.kind === 'number') return null;
  const text = textAt(column, row);
  if (text === null) return null;
  const bytes = encoder.encode(text);
  const { places, base } = cuts[shape]!;
  const at = row * slots * 2;
  for (let slot = 0; slot < slots; slot++) {
    const start = places[at + slot * 2]! - base;
    for (let last = slot; last < slots; last++) {
      const end = places[at + last * 2 + 1]! - base;
      if (end - start === bytes.length && same(raw.data, start, end, bytes, 0, bytes.length))
        return [slot, last];
      if (end - start >= bytes.length) break;
    }
  }
  return null;
}

/**
 * The rows in which a candidate does not hold, all of them among the `suspects` (null: any row); null
 * when they are too many, or one is null and would read as a value.
 */
function check(
  column: FlatColumn,
  rows: Uint32Array,
  holds: (row: number) => boolean,
  suspects: (() => Iterable<number>) | null,
  likely: boolean,
): number[] | null {
  const odd: number[] = [];
  const most = Math.floor(rows.length / TOLERANCE);
  const tried = likely && suspects !== null ? 0 : Math.min(TRIED, rows.length);
  // Rows spread over the batch first: a wrong candidate falls early.
  let misses = 0;
  for (let index = 0; index < tried; index++) {
    if (!holds(rows[Math.floor((index * rows.length) / tried)]!)) misses++;
    if (misses > (rows.length > TRIED ? tried / 4 : most)) return null;
  }
  for (const row of suspects?.() ?? rows) {
    if (holds(row)) continue;
    if (odd.length >= most || isNullAt(column, row)) return null;
    odd.push(row);
  }
  return odd;
}

/** A column of numbers that may be those of a slot times `scale`. */
interface Products {
  readonly plain: NumericArray;
  readonly values: Int32Array;
  readonly from: number;
  readonly scale: number;
}

/** The rows whose number is not the slot's. */
function otherProducts(
  rows: Uint32Array,
  shape: number,
  { plain, values, from, scale }: Products,
  memory: MessageMemory | null,
): Iterable<number> {
  if (memory?.kernels.holds(plain) && memory.kernels.holds(values) && plain instanceof Float64Array) {
    const { kernels, shapeOf } = memory;
    const found = kernelRows(kernels, shapeOf.length, (others) =>
      kernels.exports.otherNumbers(
        shapeOf.length,
        plain.byteOffset,
        shapeOf.byteOffset,
        shape,
        values.byteOffset + from * 4,
        scale,
        others,
      ),
    );
    if (found !== null) return found;
  }
  const others: number[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    const value = values[from + row]!;
    if (value < 0 || plain[row] !== value * scale) others.push(row);
  }
  return others;
}

/** What a kernel writes to an array of at most `most` row numbers; null when memory is full. Valid until something is put there. */
function kernelRows(
  kernels: KernelMemory,
  most: number,
  find: (others: number) => number,
): Uint32Array | null {
  const mark = kernels.mark();
  const others = kernels.uint32(most);
  const found = kernels.holds(others) ? others.subarray(0, find(others.byteOffset)) : null;
  kernels.rewind(mark);
  return found;
}

/** A text column whose rows are stretches of the messages' own bytes, and a slot's stretches beside them. */
interface Spans {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly validity: Bitmap | null;
  readonly places: Uint32Array;
  /** Where the first row's start and end are in `places`. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly base: number;
}

function spanTest(
  column: FlatColumn,
  shape: number,
  slot: number,
  last: number,
  { raw, cuts }: MessageRows,
): Spans | null {
  if (column.kind !== 'text' || column.data !== raw.data) return null;
  const { starts, ends, validity } = column;
  const { places, slots, base } = cuts[shape]!;
  return { starts, ends, validity, places, start: slot * 2, end: last * 2 + 1, step: slots * 2, base };
}

/** The rows whose stretch is not the slots': few, as a rule. They may hold the same text nevertheless. */
function otherSpans(
  rows: Uint32Array,
  shape: number,
  spans: Spans,
  memory: MessageMemory | null,
): Iterable<number> {
  return (memory === null ? null : kernelSpans(shape, spans, memory)) ?? plainSpans(rows, spans);
}

function kernelSpans(shape: number, spans: Spans, { kernels, shapeOf }: MessageMemory): Uint32Array | null {
  const { starts, ends, validity, places, start, end, step, base } = spans;
  const there = [starts, ends, places].every((array) => kernels.holds(array));
  if (!there || base !== 0) return null;
  const mark = kernels.mark();
  const bits = validity === null ? 0 : (kernels.copyOf(validity)?.byteOffset ?? null);
  const found =
    bits === null
      ? null
      : kernelRows(kernels, shapeOf.length, (others) =>
          kernels.exports.otherSpans(
            shapeOf.length,
            starts.byteOffset,
            ends.byteOffset,
            bits,
            shapeOf.byteOffset,
            shape,
            places.byteOffset + start * 4,
            (end - 1 - start) * 4,
            step * 4,
            others,
          ),
        );
  kernels.rewind(mark);
  return found;
}

function plainSpans(rows: Uint32Array, spans: Spans): number[] {
  const { starts, ends, validity, places, start, end, step, base } = spans;
  const others: number[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    const place = row * step;
    if (
      starts[row]! + base !== places[place + start]! ||
      ends[row]! + base !== places[place + end]! ||
      (validity !== null && !isSet(validity, row))
    ) {
      others.push(row);
    }
  }
  return others;
}

function textTest(
  column: FlatColumn,
  from: number,
  shape: number,
  slot: number,
  last: number,
  { raw, shapes, cuts }: MessageRows,
): (row: number) => boolean {
  const { places, slots, base } = cuts[shape]!;
  const start = (row: number): number => places[(row * slots + slot) * 2]! - base;
  const end = (row: number): number => places[(row * slots + last) * 2 + 1]! - base;
  const collector = shapes[shape]!.slots[slot]!;
  const single = slot === last && collector.words.distinct;
  const { data } = raw;
  switch (column.kind) {
    case 'text': {
      const { starts, ends } = column;
      return (row) =>
        !isNullAt(column, row) && same(data, start(row), end(row), column.data, starts[row]!, ends[row]!);
    }
    case 'dictionary': {
      const { words } = column;
      const plain = (row: number): boolean => {
        const code = column.codes[row]!;
        return code !== 0 && same(data, start(row), end(row), words.data, words.start(code), words.end(code));
      };
      return single
        ? remembered(collector, from, words.count + 1, (row) => column.codes[row]!, plain)
        : plain;
    }
    case 'digits': {
      const exceptions = column.exceptions.map((text) => encoder.encode(text));
      return (row) => {
        if (isNullAt(column, row)) return false;
        const value = column.values[row]!;
        const stored = collector.rows[from + row]!;
        if (slot === last && value >= 0 && value <= 0x7fffffff) return stored === value;
        const text = value >= 0 ? encoder.encode(String(value)) : exceptions[-value - 1]!;
        return same(data, start(row), end(row), text, 0, text.length);
      };
    }
    default: {
      const text = encoder.encode(textAt(column, 0) ?? '');
      const plain = (row: number): boolean => same(data, start(row), end(row), text, 0, text.length);
      return single ? remembered(collector, from, 1, () => 0, plain) : plain;
    }
  }
}

/** As `test`, but once a code was found equal to a slot's stored form, equal pairs are recognised by number. */
function remembered(
  collector: TextCollector,
  from: number,
  codes: number,
  codeAt: (row: number) => number,
  test: (row: number) => boolean,
): (row: number) => boolean {
  const forms = new Int32Array(codes);
  const known = new Uint8Array(codes);
  return (row) => {
    const code = codeAt(row);
    const form = collector.rows[from + row]!;
    if (known[code] === 1) return forms[code] === form;
    const equal = test(row);
    if (equal) {
      forms[code] = form;
      known[code] = 1;
    }
    return equal;
  };
}

function same(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = aEnd - aStart;
  if (bEnd - bStart !== length) return false;
  for (let at = 0; at < length; at++) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}
