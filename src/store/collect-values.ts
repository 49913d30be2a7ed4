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
