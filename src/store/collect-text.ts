import { Runs } from './collect-runs.ts';
import { WordHeap } from './word-heap.ts';

/** A row without a value. */
export const NOTHING = -1;
/** The greatest whole number that is kept as a number. */
const GREATEST = 0x7fffffff;
/** With this many words and more than half of the rows distinct, looking for repeats ends. */
const ENOUGH_WORDS = 1 << 16;
const NO_ROWS = new Int32Array(0);

/**
 * One text column while a segment is collected, one 32-bit number (its form) a row: a canonical whole
 * number stands for itself, -1 for null, and `-1 - code` for a word of the heap.
 */
export class TextCollector {
  length = 0;
  words = new WordHeap();
  #rows: Int32Array = NO_ROWS;
  /** The forms as long as only whole stretches of rows were set. */
  #runs: Runs<number> | null = new Runs();

  /** The form of each row. */
  get rows(): Int32Array {
    if (this.#runs !== null) this.#spread(this.#runs);
    return this.#rows;
  }

  set rows(rows: Int32Array) {
    this.#runs = null;
    this.#rows = rows;
  }

  /** The forms as runs, where they are kept so. */
  get runs(): Runs<number> | null {
    return this.#runs;
  }

  #spread(runs: Runs<number>): void {
    this.rows = new Int32Array(Math.max(1024, this.length));
    for (const { from, to, value } of runs) this.#rows.fill(value, from, to);
  }

  /** Makes room for `length` rows; new ones are null. */
  grow(length: number): void {
    if (this.#runs !== null) this.#runs.extend(length, NOTHING);
    else {
      if (length > this.#rows.length) {
        const grown = new Int32Array(Math.max(length, this.#rows.length * 2));
        grown.set(this.#rows.subarray(0, this.length));
        this.#rows = grown;
      }
      if (length > this.length) this.#rows.fill(NOTHING, this.length, length);
    }
    this.length = Math.max(this.length, length);
    if (this.words.count > ENOUGH_WORDS && this.words.distinct && this.words.count * 2 > this.length) {
      this.words.keepAll();
    }
  }

  /** Makes room as `grow` does where there is enough of it, but leaves rows from `from` on to be set by others. */
  claim(from: number, length: number): void {
    if (from > this.length) this.rows.fill(NOTHING, this.length, from);
    this.length = Math.max(this.length, length);
  }

  /** Sets a row to the text `[start, end)`. */
  set(row: number, bytes: Uint8Array, start: number, end: number): void {
    this.rows[row] = this.#formOf(bytes, start, end);
  }

  /** Sets rows from `from` up to the last one to the text `bytes`. */
  fill(from: number, bytes: Uint8Array): void {
    const form = this.#formOf(bytes, 0, bytes.length);
    if (this.#runs === null) {
      this.#rows.fill(form, from, this.length);
      return;
    }
    this.#runs.truncate(from);
    this.#runs.extend(this.length, form);
  }

  #formOf(bytes: Uint8Array, start: number, end: number): number {
    const number = wholeNumber(bytes, start, end);
    return number >= 0 ? number : -1 - this.words.add(bytes, start, end);
  }

  /** The row's text appended to `out` at `at`; the position behind it. `out` must have room (`sizeOf`). */
  write(row: number, out: Uint8Array, at: number): number {
    const value = this.rows[row]!;
    if (value >= 0) return writeNumber(value, out, at);
    const code = -1 - value;
    const start = this.words.ends[code - 1]!;
    const end = this.words.ends[code]!;
    out.set(this.words.data.subarray(start, end), at);
    return at + end - start;
  }

  /** Bytes of the row's text. */
  sizeOf(row: number): number {
    const value = this.rows[row]!;
    if (value >= 0) return digitsOf(value);
    return value === NOTHING ? 0 : this.words.ends[-1 - value]! - this.words.ends[-2 - value]!;
  }
}

/** The whole number that the bytes spell in canonical form, when it fits 31 bits; else -1. */
function wholeNumber(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > 10) return -1;
  const first = bytes[start]! - 48;
  if (first === 0) return length === 1 ? 0 : -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= GREATEST ? value : -1;
}

/** Decimal digits of a whole number below 2^31. */
export function digitsOf(value: number): number {
  if (value < 100000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : value < 10000 ? 4 : 5;
  if (value < 10000000) return value < 1000000 ? 6 : 7;
  return value < 100000000 ? 8 : value < 1000000000 ? 9 : 10;
}

/** Writes a whole number in decimal; the position behind it. */
export function writeNumber(value: number, out: Uint8Array, at: number): number {
  const end = at + digitsOf(value);
  let rest = value;
  for (let to = end - 1; to >= at; to--) {
    const less = (rest / 10) | 0;
    out[to] = 48 + rest - less * 10;
    rest = less;
  }
  return end;
}
