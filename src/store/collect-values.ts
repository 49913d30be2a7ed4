import { type Bitmap, newBitmap, setBit } from '../engine/columns/column.ts';

/** Numbers of one column while a segment is collected; rows that were never set are null. */
export class NumberCollector {
  values = new Float64Array(1024);
  present: Bitmap = newBitmap(1024);
  /** True once a `double` column came in. */
  double = false;

  set(row: number, value: number): void {
    if (row >= this.values.length) this.#grow(row + 1);
    this.values[row] = value;
    setBit(this.present, row);
  }

  /** Sets rows `[from, to)` to one number. */
  fill(from: number, to: number, value: number): void {
    if (to > this.values.length) this.#grow(to);
    this.values.fill(value, from, to);
    for (let row = from; row < to; row++) {
      if ((row & 7) === 0 && row + 8 <= to) {
        const bytes = (to - row) >> 3;
        this.present.fill(0xff, row >> 3, (row >> 3) + bytes);
        row += bytes * 8 - 1;
      } else setBit(this.present, row);
    }
  }

  /** Whether the row was set. */
  has(row: number): boolean {
    return row < this.values.length && ((this.present[row >> 3]! >> (row & 7)) & 1) === 1;
  }

  /** Whether every row of `[from, to)` was set. */
  hasAll(from: number, to: number): boolean {
    if (to > this.values.length) return false;
    let row = from;
    for (; row < to && (row & 7) !== 0; row++) if (!this.has(row)) return false;
    for (; row + 8 <= to; row += 8) if (this.present[row >> 3] !== 0xff) return false;
    for (; row < to; row++) if (!this.has(row)) return false;
    return true;
  }

  /**
   * What the numbers of the first `rows` rows are: whether all are whole and exact, then whether all
   * of those are multiples of 1000, and their range. A range without values is `[0, 0]`.
   */
  survey(rows: number): { whole: boolean; seconds: boolean; min: number; max: number } {
    const { values } = this;
    const all = this.hasAll(0, rows);
    let seconds = true;
    // NaN, which equals no value, until there is one.
    let min = NaN;
    let max = NaN;
    for (let row = 0; row < rows; row++) {
      if (!all && !this.has(row)) continue;
      const value = values[row]!;
      if (value !== 0 && (value === min || value === max)) continue;
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) return { whole: false, seconds, min, max };
      if (seconds && value % 1000 !== 0) seconds = false;
      if (!(value >= min)) min = value;
      if (!(value <= max)) max = value;
    }
    return Number.isNaN(min) ? { whole: true, seconds, min: 0, max: 0 } : { whole: true, seconds, min, max };
  }

  #grow(length: number): void {
    const capacity = Math.max(length, this.values.length * 4);
    const values = new Float64Array(capacity);
    values.set(this.values);
    this.values = values;
    const present = newBitmap(capacity);
    present.set(this.present);
    this.present = present;
  }
}

/** Booleans of one column while a segment is collected: 0 for null, 1 for false, 2 for true. */
export class BooleanCollector {
  values = new Uint8Array(1024);

  set(row: number, value: boolean): void {
    if (row >= this.values.length) {
      const grown = new Uint8Array(Math.max(row + 1, this.values.length * 2));
      grown.set(this.values);
      this.values = grown;
    }
    this.values[row] = value ? 2 : 1;
  }

  at(row: number): number {
    return this.values[row] ?? 0;
  }
}
