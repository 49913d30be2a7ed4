/** How many numbers are remembered; a power of two. */
const PLACES = 1 << 12;

/**
 * What was last worked out for a number, in a table where each number has one place: a newcomer takes
 * the place of the number before it. For columns whose values repeat but are too large for an array.
 */
export class RecentNumbers {
  readonly #numbers = new Float64Array(PLACES).fill(NaN);
  readonly #answers = new Uint32Array(PLACES);

  /** The answer for `number`, a whole number; `work` is called when it is not remembered. */
  get(number: number, work: (number: number) => number): number {
    const place = placeOf(number);
    if (this.#numbers[place] !== number) {
      this.#answers[place] = work(number);
      this.#numbers[place] = number;
    }
    return this.#answers[place]!;
  }
}

function placeOf(number: number): number {
  const high = (number / 0x1_0000_0000) | 0;
  const mixed = Math.imul(number ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return mixed >>> 20;
}
