import {
  type FlatColumn,
  isNullAt,
  isSet,
  newBitmap,
  setBit,
  type TextColumn,
} from '../engine/columns/column.ts';
import type { BlockReader } from './block-reader.ts';
import { digitsOf, writeNumber } from './collect-text.ts';

/** Rows that are written together, column by column, while their bytes are near. */
const CHUNK = 512;
const encoder = new TextEncoder();

/** A part of a message: the same bytes in every row, or a slot. */
type Part =
  | { readonly bytes: Uint8Array }
  | { readonly slot: FlatColumn; readonly exceptions: readonly Uint8Array[] };

/** From the start of a slot to the end of a later one, in messages of one shape. */
export interface SlotSpan {
  readonly shape: number;
  readonly slot: number;
  readonly last: number;
}

/**
 * The messages of `rows` of a block (all when null), put together from pieces and slots; or only a
 * span of them, null in rows of another shape.
 */
export function rebuildMessages(
  block: BlockReader,
  rows: Uint32Array | null,
  span: SlotSpan | null = null,
): Pick<TextColumn, 'data' | 'starts' | 'ends' | 'validity'> {
  const length = rows?.length ?? block.length;
  const sizes = messageSizes(block, span);
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  let size = 0;
  for (let index = 0; index < length; index++) {
    starts[index] = size;
    size += sizes[rows === null ? index : rows[index]!]!;
    ends[index] = size;
  }
  const data = new Uint8Array(size);
  const written = newBitmap(length);
  let missing = length;
  const cursor = new Uint32Array(CHUNK);
  forEachShape(block, span, (parts, hasRow) => {
    for (let from = 0; from < length; from += CHUNK) {
      const to = Math.min(length, from + CHUNK);
      cursor.set(starts.subarray(from, to));
      for (const part of parts) {
        for (let index = from; index < to; index++) {
          const row = rows === null ? index : rows[index]!;
          if (hasRow !== null && !hasRow(row)) continue;
          cursor[index - from] = writePart(part, row, data, cursor[index - from]!);
        }
      }
      for (let index = from; index < to; index++) {
        if (hasRow !== null && !hasRow(rows === null ? index : rows[index]!)) continue;
        setBit(written, index);
        missing--;
      }
    }
  });
  const other = block.otherRaw();
  if (missing > 0 && span === null) {
    for (let index = 0; index < length; index++) {
      const row = rows === null ? index : rows[index]!;
      if (isSet(written, index) || isNullAt(other, row)) continue;
      writePart({ slot: other, exceptions: [] }, row, data, starts[index]!);
      setBit(written, index);
      missing--;
    }
  }
  return { data, starts, ends, validity: missing === 0 ? null : written };
}

/** The byte length of each message of a block, or of a span of it; 0 where there is none. */
export function messageSizes(block: BlockReader, span: SlotSpan | null = null): Uint32Array {
  const sizes = new Uint32Array(block.length);
  forEachShape(block, span, (parts, hasRow) => {
    let fixed = 0;
    for (const part of parts) {
      if ('bytes' in part) fixed += part.bytes.length;
      else addSizes(part.slot, part.exceptions, sizes);
    }
    for (let row = 0; row < block.length; row++) if (hasRow === null || hasRow(row)) sizes[row]! += fixed;
  });
  if (span === null) addSizes(block.otherRaw(), [], sizes);
  return sizes;
}

/** Calls `visit` with the parts of each shape in the block and a test for its rows (null: all rows). */
function forEachShape(
  block: BlockReader,
  span: SlotSpan | null,
  visit: (parts: readonly Part[], hasRow: ((row: number) => boolean) | null) => void,
): void {
  const { index } = block.segment;
  index.shapes.forEach((shape, number) => {
    const rows = index.shapeRows[block.block]![number]!;
    if (rows === 0 || (span !== null && span.shape !== number)) return;
    const slots = shape.slots.map((_, slot) => block.slot(number, slot));
    const parts: Part[] = [];
    shape.pieces.forEach((piece, position) => {
      // Piece p stands before slot p.
      if (span !== null && (position < span.slot || position > span.last)) return;
      const bytes = new Uint8Array(Buffer.from(piece, 'base64'));
      if (bytes.length > 0 && position !== span?.slot) parts.push({ bytes });
      const slot = slots[position];
      if (slot !== undefined) parts.push(partOf(slot));
    });
    const [first] = slots;
    const partly = rows < block.length && first !== undefined;
    visit(parts, partly ? (row) => !isNullAt(first, row) : null);
  });
}

function partOf(slot: FlatColumn): Part {
  if (slot.kind === 'constant') return { bytes: encoder.encode(String(slot.value)) };
  const exceptions = slot.kind === 'digits' ? slot.exceptions.map((text) => encoder.encode(text)) : [];
  return { slot, exceptions };
}

function addSizes(slot: FlatColumn, exceptions: readonly Uint8Array[], sizes: Uint32Array): void {
  switch (slot.kind) {
    case 'text':
      for (let row = 0; row < sizes.length; row++) sizes[row]! += slot.ends[row]! - slot.starts[row]!;
      return;
    case 'dictionary':
      for (let row = 0; row < sizes.length; row++) {
        const code = slot.codes[row]!;
        if (code !== 0) sizes[row]! += slot.words.end(code) - slot.words.start(code);
      }
      return;
    case 'digits':
      for (let row = 0; row < sizes.length; row++) {
        if (!isSet(slot.validity, row)) continue;
        const value = slot.values[row]!;
        sizes[row]! += value >= 0 ? digitsOf(value) : exceptions[-value - 1]!.length;
      }
      return;
    case 'constant':
      if (slot.value === null) return;
      for (let row = 0; row < sizes.length; row++) sizes[row]! += encoder.encode(String(slot.value)).length;
      return;
    default:
      throw new TypeError(`a ${slot.kind} column is no slot`);
  }
}

function writePart(part: Part, row: number, out: Uint8Array, at: number): number {
  if ('bytes' in part) return copy(part.bytes, 0, part.bytes.length, out, at);
  const { slot } = part;
  switch (slot.kind) {
    case 'text':
      return copy(slot.data, slot.starts[row]!, slot.ends[row]!, out, at);
    case 'dictionary': {
      const code = slot.codes[row]!;
      return copy(slot.words.data, slot.words.start(code), slot.words.end(code), out, at);
    }
    case 'digits': {
      const value = slot.values[row]!;
      if (value >= 0) return writeNumber(value, out, at);
      const text = part.exceptions[-value - 1]!;
      return copy(text, 0, text.length, out, at);
    }
    case 'constant': {
      const text = encoder.encode(String(slot.value));
      return copy(text, 0, text.length, out, at);
    }
    default:
      throw new TypeError(`a ${slot.kind} column is no slot`);
  }
}

function copy(from: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  const length = end - start;
  if (length > 48) {
    out.set(from.subarray(start, end), at);
    return at + length;
  }
  for (let offset = 0; offset < length; offset++) out[at + offset] = from[start + offset]!;
  return at + length;
}
