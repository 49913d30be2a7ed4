/** Keeps the last `size` numbers of every group. `add` returns them, oldest first. */
export class Windows {
  readonly #size: number;
  readonly #ofGroup: number[][] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** Adds a number to its group and returns the numbers now in the window. */
  add(group: number, value: number): readonly number[] {
    this.#ofGroup[group] ??= [];
    const values = this.#ofGroup[group];
    values.push(value);
    if (values.length > this.#size) values.shift();
    return values;
  }
}

/** The mean of some numbers; NaN for none. */
export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** The population standard deviation of some numbers around their mean. */
export function deviationOf(values: readonly number[], mean: number): number {
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / values.length);
}
