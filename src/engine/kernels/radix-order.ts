/** Bits that one pass sorts by. */
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const WORD = 2 ** 32;

/**
 * The places of the first `count` numbers in ascending order, equal ones as they stand. The numbers are
 * whole and not negative. Passes over digits take time in proportion to the numbers, and no comparisons.
 */
export function ascendingPlaces(numbers: Float64Array, count: number): Uint32Array {
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  // The bits in which any two numbers differ: other digits need no pass.
  let lowBits = 0;
  let highBits = 0;
  let places = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const number = numbers[at]!;
    high[at] = number / WORD;
    low[at] = number;
    lowBits |= low[at]! ^ low[0]!;
    highBits |= high[at]! ^ high[0]!;
    places[at] = at;
  }
  let spare = new Uint32Array(count);
  for (const [words, bits] of [[low, lowBits] as const, [high, highBits] as const]) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (((bits >>> shift) & (DIGITS - 1)) === 0) continue;
      moveByDigit(words, shift, places, spare);
      [places, spare] = [spare, places];
    }
  }
  return places;
}

/** Puts places in the order of one digit of their words; places of equal digits stay in order. */
function moveByDigit(words: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): void {
  const next = new Uint32Array(DIGITS + 1);
  for (let at = 0; at < words.length; at++) next[((words[at]! >>> shift) & (DIGITS - 1)) + 1]!++;
  for (let digit = 1; digit < DIGITS; digit++) next[digit]! += next[digit - 1]!;
  for (let at = 0; at < from.length; at++) {
    const place = from[at]!;
    to[next[(words[place]! >>> shift) & (DIGITS - 1)]!++] = place;
  }
}
