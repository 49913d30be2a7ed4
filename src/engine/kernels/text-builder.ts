import { newBitmap, setBit, type TextColumn } from '../columns/column.ts';

/**
 * Builds one text column over given data: rows are spans of it where they can be, else bytes of
 * their own. Rows that are not set are null. The last setting of a row counts.
 */
export class TextBuilder {
  readonly #data: Uint8Array;
  readonly #length: number;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #validity: Uint8Array;
  /** Rows whose bytes lie in the arena; null until there is one. */
  #inArena: Uint8Array | null = null;
  #arena = new Uint8Array(0);
  #used = 0;

  constructor(data: Uint8Array, length: number) {
    this.#data = data;
    this.#length = length;
    this.#starts = new Uint32Array(length);
    this.#ends = new Uint32Array(length);
    this.#validity = newBitmap(length);
  }

  /** The row's text is `[start, end)` of the data. */
  span(row: number, start: number, end: number): void {
    this.#starts[row] = start;
    this.#ends[row] = end;
    setBit(this.#validity, row);
    if (this.#inArena !== null) this.#inArena[row] = 0;
  }

  /** The row's text is a copy of `bytes`. */
  bytes(row: number, bytes: Uint8Array): void {
    const end = this.#used + bytes.length;
    if (end > this.#arena.length) {
      const wider = new Uint8Array(Math.max(end, this.#arena.length * 2, 4096));
      wider.set(this.#arena.subarray(0, this.#used));
      this.#arena = wider;
    }
    this.#arena.set(bytes, this.#used);
    this.span(row, this.#used, end);
    this.#inArena ??= new Uint8Array(this.#length);
    this.#inArena[row] = 1;
    this.#used = end;
  }

  /** The row is null after all. */
  clear(row: number): void {
    this.#validity[row >> 3]! &= ~(1 << (row & 7));
  }

  has(row: number): boolean {
    return ((this.#validity[row >> 3]! >> (row & 7)) & 1) === 1;
  }

  /** The column. Without bytes of its own it shares the data; otherwise all used spans are copied together. */
  build(): TextColumn {
    const data = this.#inArena === null ? this.#data : this.#joined(this.#inArena);
    return {
      kind: 'text',
      length: this.#length,
      data,
      starts: this.#starts,
      ends: this.#ends,
      validity: this.#validity,
    };
  }

  #joined(inArena: Uint8Array): Uint8Array {
    let size = this.#used;
    for (let row = 0; row < this.#length; row++) {
      if (inArena[row] === 0 && this.has(row)) size += this.#ends[row]! - this.#starts[row]!;
    }
    const data = new Uint8Array(size);
    data.set(this.#arena.subarray(0, this.#used));
    let at = this.#used;
    for (let row = 0; row < this.#length; row++) {
      if (inArena[row] === 1 || !this.has(row)) continue;
      const start = this.#starts[row]!;
      const end = this.#ends[row]!;
      // Short spans are quicker byte by byte than through a view.
      this.#starts[row] = at;
      for (let from = start; from < end; from++) data[at++] = this.#data[from]!;
      this.#ends[row] = at;
    }
    return data;
  }
}
