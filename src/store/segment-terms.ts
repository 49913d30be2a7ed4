import type { BufferPlace } from './segment-index.ts';
import type { ReadCounter, SegmentReader } from './segment-reader.ts';
import { filterHas, termHash } from './term-set.ts';

const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,9})$/;

const filters = new WeakMap<SegmentReader, Map<BufferPlace, Uint8Array>>();

/**
 * Whether some message of a block has `term` (lower case) as a whole word, as far as filters and
 * ranges know; no is certain.
 */
export function blockHasTerm(
  segment: SegmentReader,
  block: number,
  term: string,
  counter: ReadCounter,
): boolean {
  const { terms } = segment.index;
  if (terms === null) return true;
  const hash = termHash(term);
  return (
    filterHas(filterAt(segment, terms.segment, counter), hash) ||
    filterHas(filterAt(segment, terms.blocks[block]!, counter), hash) ||
    blockHasNumber(segment, block, term)
  );
}

/** A filter of a segment, read once. */
function filterAt(segment: SegmentReader, place: BufferPlace, counter: ReadCounter): Uint8Array {
  const known = filters.get(segment) ?? new Map<BufferPlace, Uint8Array>();
  filters.set(segment, known);
  let filter = known.get(place);
  if (filter === undefined) {
    filter = segment.buffer(place, counter);
    known.set(place, filter);
  }
  return filter;
}

/** Whether a slot of numbers may hold the number that the term spells. */
function blockHasNumber(segment: SegmentReader, block: number, term: string): boolean {
  if (!WHOLE_NUMBER.test(term)) return false;
  const number = Number(term);
  const { columns, shapes, otherRaw } = segment.index;
  const mayHold = (position: number): boolean => {
    const column = columns[position]!;
    if (column.kind !== 'int') return false;
    const { nulls, min, max } = column.blocks[block]!;
    return nulls < segment.index.blocks[block]! && min <= number && number <= max;
  };
  if (otherRaw >= 0 && mayHold(otherRaw)) return true;
  return shapes.some(({ slots }) => slots.some((slot) => slot.some(mayHold)));
}
