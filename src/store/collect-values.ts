import { type Bitmap, newBitmap, setBit } from '../engine/columns/column.ts';
import { Runs } from './collect-runs.ts';

const NO_NUMBERS = new Float64Array(0);
const NO_BITS = new Uint8Array(0);

/** Numbers of one column while a segment is collected; rows that were never set are null. */
export class NumberCollector {
  #values = NO_NUMBERS;
  #present: Bitmap = NO_BITS;
  /** The numbers as long as only whole stretches of rows were set, one after the other. */
  #runs: Runs<number | undefined> | null = new Runs();
  /** True once a `double` column came in. */
  double = false;

  get values(): Float64Array {
    if (this.#runs !== null) this.#spread(this.#runs);
    return this.#values;
  }

  /** The numbers as runs, where they are kept so; undefined for null. */
  get runs(): Runs<number | undefined> | null {
    return this.#runs;
  }

  set(row: number, value: number): void {
    if (this.#runs !== null) this.#spread(this.#runs);
    if (row >= this.#values.length) this.#grow(row + 1);
    this.#values[row] = value;
    setBit(this.#present, row);
  }

  /** Sets rows `[from, to)` to one number. */
  fill(from: number, to: number, value: number): void {
    if (this.#runs !== null && from >= this.#runs.length) {
      this.#runs.extend(from, undefined);
      this.#runs.extend(to, value);
      return;
    }
    if (this.#runs !== null) this.#spread(this.#runs);
    if (to > this.#values.length) this.#grow(to);
    this.#fillSpread(from, to, value);
  }

  #spread(runs: Runs<number | undefined>): void {
    this.#runs = null;
    this.#grow(Math.max(1024, runs.length));
    for (const { from, to, value } of runs) {
      if (value !== undefined) this.#fillSpread(from, to, value);
    }
  }

  #fillSpread(from: number, to: number, value: number): void {
    this.#values.fill(value, from, to);
    let row = from;
    for (; row < to && (row & 7) !== 0; row++) setBit(this.#present, row);
    this.#present.fill(0xff, row >> 3, to >> 3);
    for (row = Math.max(row, to & ~7); row < to; row++) setBit(this.#present, row);
  }

  /** Whether the row was set. */
  has(row: number): boolean {
    if (this.#runs !== null) this.#spread(this.#runs);
    return row < this.#values.length && ((this.#present[row >> 3]! >> (row & 7)) & 1) === 1;
  }

  /** Whether every row of `[from, to)` was set. */
  hasAll(from: number, to: number): boolean {
    if (to > this.values.length) return false;
    let row = from;
    for (; row < to && (row & 7) !== 0; row++) if (!this.has(row)) return false;
    for (; row + 8 <= to; row += 8) if (this.#present[row >> 3] !== 0xff) return false;
    for (; row < to; row++) if (!this.has(row)) return false;
    return true;
  }

  /**
   * What the numbers of the first `rows` rows are: whether all are whole and exact, then whether all
   * of those are multiples of 1000, and their range. A range without values is `[0, 0]`.
   */
  survey(rows: number): { whole: boolean; seconds: boolean; min: number; max: number } {
    const survey = new NumberSurvey();
    if (this.#runs !== null) {
      for (const { from, value } of this.#runs) {
        if (from >= rows || !survey.whole) break;
        if (value !== undefined) survey.add(value);
      }
      return survey.result();
    }
    const values = this.#values;
    const all = this.hasAll(0, rows);
    for (let row = 0; row < rows && survey.whole; row++) {
      if (all || this.has(row)) survey.add(values[row]!);
    }
    return survey.result();
  }

  #grow(length: number): void {
    const capacity = Math.max(length, this.#values.length * 4);
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
    const present = newBitmap(capacity);
    present.set(this.#present);
    this.#present = present;
  }
}

class NumberSurvey {
  whole = true;
  #seconds = true;
  // NaN, which equals no value, until there is one.
  #min = NaN;
  #max = NaN;

  add(value: number): void {
    if (value !== 0 && (value === this.#min || value === this.#max)) return;
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.whole = false;
      return;
    }
    if (this.#seconds && value % 1000 !== 0) this.#seconds = false;
    if (!(value >= this.#min)) this.#min = value;
    if (!(value <= this.#max)) this.#max = value;
  }

  result(): { whole: boolean; seconds: boolean; min: number; max: number } {
    const any = !Number.isNaN(this.#min);
    return { whole: this.whole, seconds: this.#seconds, min: any ? this.#min : 0, max: any ? this.#max : 0 };
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
