import { type ByteSet, hasByte } from '../columns/byte-set.ts';
import { type DigitsColumn, flatten, isSet } from '../columns/column.ts';
import {
  everyWord,
  lettersWithout,
  type ShapeSlot,
  slotTest,
  type TextShape,
} from '../columns/text-shape.ts';
import { columnTest, type TextTest } from '../kernels/column-test.ts';
import { rowsWhereTrue } from '../kernels/rows.ts';
import { ASCII_KINDS, WORD } from './characters.ts';
import { type Phrase, parsePhrase } from './phrase.ts';
import { phraseTest } from './phrase-test.ts';

/** Rows that contain a phrase, or may contain it when the answer is not `certain`; null stands for all rows. */
export interface ShapeRows {
  readonly rows: Uint32Array | null;
  readonly certain: boolean;
}

/**
 * Finds the rows of a shaped text that contain a phrase, by its slots. Where slots are bounded by
 * characters that belong to no term, a term lies in one slot or one piece; so a phrase of one term is
 * decided there, and for a longer one its words tell which rows are worth putting together. Null when
 * the shape or the phrase does not allow it.
 */
export function shapeRows(
  phrase: Phrase,
  whole: TextTest,
): (shape: TextShape, length: number) => ShapeRows | null {
  const words = phrase.filter((term) => term.kind === 'word');
  const [longest] = words.toSorted((a, b) => b.text.length - a.text.length);
  if (longest === undefined || (phrase.length > 1 && longest.wild)) return () => null;
  const certain = phrase.length === 1;
  const single = certain ? whole : testOfWord(longest.text);
  if (single === null) return () => null;
  const rowsOf = slotRows(single, longest.text);
  const marks = marksBetween(phrase);
  const staysInside = marks === null ? null : insideSlots(marks);
  const rowsOfAll = slotRows(whole, `${String.fromCharCode(...(marks ?? []))}${longest.text}`);
  return (shape, length) => {
    if (!hasBoundedSlots(shape)) return null;
    if (staysInside?.(shape)) return { rows: rowsOfSlots(shape.slots, rowsOfAll, length), certain: true };
    if (shape.pieces.some((piece) => piece.length > 0 && single.bytes(piece, 0, piece.length)))
      return { rows: null, certain };
    return { rows: rowsOfSlots(shape.slots, rowsOf, length), certain };
  };
}

/** The marks of a phrase, such as the dots of an address, where one is between each two of its terms; else null. */
function marksBetween(phrase: Phrase): readonly number[] | null {
  if (phrase.length < 2) return null;
  const markAt = (at: number): number => {
    const term = phrase[at]!;
    return term.kind === 'mark' && term.text < '\x80' ? term.text.charCodeAt(0) : -1;
  };
  for (let at = 1; at < phrase.length; at++) if (markAt(at - 1) < 0 && markAt(at) < 0) return null;
  return phrase.flatMap((_, at) => (markAt(at) < 0 ? [] : [markAt(at)]));
}

/**
 * Whether a phrase with these marks between its terms cannot reach from one slot into the next or into a
 * piece: no piece has one, and no slot begins or ends with one.
 */
function insideSlots(marks: readonly number[]): (shape: TextShape) => boolean {
  const noEdge = slotTest(
    (bytes, start, end) =>
      end === start || !(marks.includes(bytes[start]!) || marks.includes(bytes[end - 1]!)),
  );
  const known = new WeakMap<readonly Uint8Array[], boolean>();
  return ({ pieces, slots }) => {
    let free = known.get(pieces);
    if (free === undefined) {
      free = !pieces.some((piece) => marks.some((mark) => piece.includes(mark)));
      known.set(pieces, free);
    }
    return free && slots.every((slot) => lettersWithout(slot, marks) || noEdge(slot));
  };
}

function testOfWord(word: string): TextTest | null {
  const phrase = parsePhrase(word, true);
  return phrase === null ? null : phraseTest(phrase);
}

/** The rows of one slot that pass, null for all. Slots in which nothing can pass are not read. */
function slotRows(test: TextTest, word: string): (slot: ShapeSlot) => Uint32Array | null {
  const onRows = columnTest(test, false);
  const noWordPasses = everyWord((bytes, start, end) => !test.bytes(bytes, start, end));
  const needed = bytesNeeded(word);
  const needsLetter = /[^0-9*?]/.test(word);
  // A word of digits alone is found in a number when it is that number.
  const number = /^(?:0|[1-9]\d{0,14})$/.test(word) ? Number(word) : null;
  return (slot) => {
    if (slot.digitsOnly && needsLetter) return NO_ROWS;
    if (slot.letters !== null && lacksOneOf(slot.letters, needed)) return NO_ROWS;
    const { words } = slot;
    if (words !== null && noWordPasses(words)) return NO_ROWS;
    const column = flatten(slot.column);
    if (column.kind === 'digits' && !column.exceptions.some(test.text)) {
      if (needsLetter) return NO_ROWS;
      if (number !== null) return rowsEqual(column, number);
    }
    return rowsWhereTrue(onRows(column));
  };
}

/** Whether texts of these bytes cannot have the word. Beyond ASCII, other characters may fold to its letters. */
function lacksOneOf(letters: ByteSet, needed: readonly (readonly number[])[]): boolean {
  if (letters.subarray(16).some((bits) => bits !== 0)) return false;
  return needed.some((cases) => !cases.some((byte) => hasByte(letters, byte)));
}

/** For each ASCII character that a text with the word must have, the bytes that it may be. */
function bytesNeeded(word: string): (readonly number[])[] {
  const plain = [...word].filter((char) => char < '\x80' && char !== '*' && char !== '?');
  return plain.map((char) => [char.toLowerCase().charCodeAt(0), char.toUpperCase().charCodeAt(0)]);
}

function rowsEqual({ values, validity, length }: DigitsColumn, number: number): Uint32Array {
  const rows = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++)
    if (values[row] === number && isSet(validity, row)) rows[count++] = row;
  return rows.subarray(0, count);
}

const NO_ROWS = new Uint32Array(0);

/** The rows in which any slot passes. */
function rowsOfSlots(
  slots: readonly ShapeSlot[],
  rowsOf: (slot: ShapeSlot) => Uint32Array | null,
  length: number,
): Uint32Array | null {
  const found: Uint32Array[] = [];
  for (const slot of slots) {
    const rows = rowsOf(slot);
    if (rows === null) return null;
    if (rows.length > 0) found.push(rows);
  }
  const [first = NO_ROWS, ...others] = found;
  return others.length === 0 ? first : rowsOfAny(found, length);
}

/** The rows that are in one of these, in order. */
function rowsOfAny(found: readonly Uint32Array[], length: number): Uint32Array {
  const marks = new Uint8Array(length);
  let count = 0;
  for (const rows of found) {
    for (const row of rows) {
      if (marks[row] === 0) count++;
      marks[row] = 1;
    }
  }
  const all = new Uint32Array(count);
  let at = 0;
  for (let row = 0; at < count; row++) if (marks[row] === 1) all[at++] = row;
  return all;
}

const bounded = new WeakMap<readonly Uint8Array[], boolean>();

/** Whether every slot has a character that is part of no term (or the end of the text) on both sides. */
function hasBoundedSlots({ pieces }: TextShape): boolean {
  let answer = bounded.get(pieces);
  if (answer === undefined) {
    answer = pieces.every((piece, position) => {
      if (piece.length === 0) return position === 0 || position === pieces.length - 1;
      const isStart = position === 0 || isBoundary(piece[0]!);
      return isStart && (position === pieces.length - 1 || isBoundary(piece[piece.length - 1]!));
    });
    bounded.set(pieces, answer);
  }
  return answer;
}

function isBoundary(byte: number): boolean {
  return byte < 128 && ASCII_KINDS[byte] !== WORD;
}
