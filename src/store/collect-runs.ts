/** One value per row in as many entries as it changes: what metadata needs, which a whole file shares. */
export class Runs<T> {
  /** Where runs end; the first begins at row 0. */
  readonly #ends: number[] = [];
  readonly #values: T[] = [];

  get length(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** Appends rows up to `to`, if there are not as many. */
  extend(to: number, value: T): void {
    if (to <= this.length) return;
    if (this.#ends.length > 0 && Object.is(this.#values.at(-1), value))
      this.#ends[this.#ends.length - 1] = to;
    else {
      this.#ends.push(to);
      this.#values.push(value);
    }
  }

  /** Makes rows from `from` on end at `from`. */
  truncate(from: number): void {
    while (this.#ends.length > 0 && this.#startOf(this.#ends.length - 1) >= from) {
      this.#ends.pop();
      this.#values.pop();
    }
    if (this.length > from) this.#ends[this.#ends.length - 1] = from;
  }

  /** Each run, in order. */
  *[Symbol.iterator](): Generator<{ readonly from: number; readonly to: number; readonly value: T }> {
    for (let run = 0; run < this.#ends.length; run++) {
      yield { from: this.#startOf(run), to: this.#ends[run]!, value: this.#values[run]! };
    }
  }

  /** The run in which all of `[from, to)` lies, as its value in an array; null when there is none. */
  only(from: number, to: number): readonly [T] | null {
    for (const run of this) if (from >= run.from && from < run.to) return to <= run.to ? [run.value] : null;
    return null;
  }

  #startOf(run: number): number {
    return run === 0 ? 0 : this.#ends[run - 1]!;
  }
}
