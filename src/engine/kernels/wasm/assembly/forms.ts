// The forms in which the store collects a text column, one 32-bit number a row: a whole number is
// itself, -1 is null, and -1 - code stands for a word. The twin is store/forms.ts.

import { sumOfWords } from './lanes';

const NUMBERS: usize = 0;
const NOTHING: usize = 4;
const LEAST: usize = 8;
const GREATEST: usize = 12;

/** How many of the forms are numbers and how many nothing, and the range of the numbers, as four 32-bit numbers at `out`. */
export function surveyForms(forms: usize, rows: u32, out: usize): void {
  const none = i32x4.splat(-1);
  let numbers = i32x4.splat(0);
  let nothing = i32x4.splat(0);
  // Words are negative: as unsigned numbers they are above all numbers, as signed ones below.
  let least = i32x4.splat(0x7fffffff);
  let greatest = i32x4.splat(-1);
  const end = forms + (<usize>rows << 2);
  let at = forms;
  for (; at + 16 <= end; at += 16) {
    const some = v128.load(at);
    numbers = i32x4.sub(numbers, i32x4.gt_s(some, none));
    nothing = i32x4.sub(nothing, i32x4.eq(some, none));
    least = i32x4.min_u(least, some);
    greatest = i32x4.max_s(greatest, some);
  }
  let numberCount = sumOfWords(numbers);
  let nothingCount = sumOfWords(nothing);
  let min = least4(least);
  let max = greatest4(greatest);
  for (; at < end; at += 4) {
    const form = load<i32>(at);
    numberCount += form >= 0 ? 1 : 0;
    nothingCount += form == -1 ? 1 : 0;
    if (<u32>form < min) min = <u32>form;
    if (form > max) max = form;
  }
  store<u32>(out, numberCount, NUMBERS);
  store<u32>(out, nothingCount, NOTHING);
  store<u32>(out, min, LEAST);
  store<i32>(out, max, GREATEST);
}

// @ts-ignore: decorator
@inline
function least4(lanes: v128): u32 {
  return min<u32>(
    min<u32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    min<u32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

// @ts-ignore: decorator
@inline
function greatest4(lanes: v128): i32 {
  return max<i32>(
    max<i32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    max<i32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

/**
 * Writes forms as the values of a column: of numbers `number - base`, of words (`words` is not 0) the
 * code, of all others 0; `width` bytes each (1, 2 or 4, in which they fit) at `values`, room for 15
 * more behind them. Bits of those that have a value go to `validity`. At `out`: how many have none,
 * and the range of the numbers or codes (least above greatest when there are none).
 */
export function encodeForms(forms: usize, rows: u32, words: u32, base: i32, width: u32, values: usize, validity: usize, out: usize): void {
  // The code of a word is its complement, and what is no word has none above 0.
  const flip = i32x4.splat(words != 0 ? -1 : 0);
  const below = i32x4.splat(words != 0 ? 0 : -1);
  const bases = i32x4.splat(base);
  let least = i32x4.splat(0x7fffffff);
  let greatest = i32x4.splat(-1);
  let there: u32 = 0;
  let to = values;
  for (let row: u32 = 0; row < rows; row += 16) {
    const left = rows - row;
    const at = forms + (<usize>row << 2);
    const a = v128.xor(v128.load(at), flip);
    const b = v128.xor(v128.load(at, 16), flip);
    const c = v128.xor(v128.load(at, 32), flip);
    const d = v128.xor(v128.load(at, 48), flip);
    // Lanes behind the last row hold what was there before.
    const hasA = v128.and(i32x4.gt_s(a, below), lanes(left, 0));
    const hasB = v128.and(i32x4.gt_s(b, below), lanes(left, 4));
    const hasC = v128.and(i32x4.gt_s(c, below), lanes(left, 8));
    const hasD = v128.and(i32x4.gt_s(d, below), lanes(left, 12));
    const bits = i32x4.bitmask(hasA) | (i32x4.bitmask(hasB) << 4) | (i32x4.bitmask(hasC) << 8) | (i32x4.bitmask(hasD) << 12);
    store<u16>(validity + (row >> 3), <u16>bits);
    there += popcnt<u32>(bits);
    greatest = i32x4.max_s(greatest, i32x4.max_s(i32x4.max_s(kept(a, hasA), kept(b, hasB)), i32x4.max_s(kept(c, hasC), kept(d, hasD))));
    least = i32x4.min_u(least, i32x4.min_u(i32x4.min_u(kept(a, hasA), kept(b, hasB)), i32x4.min_u(kept(c, hasC), kept(d, hasD))));
    const e = v128.and(i32x4.sub(a, bases), hasA);
    const f = v128.and(i32x4.sub(b, bases), hasB);
    const g = v128.and(i32x4.sub(c, bases), hasC);
    const h = v128.and(i32x4.sub(d, bases), hasD);
    if (width == 4) {
      v128.store(to, e);
      v128.store(to, f, 16);
      v128.store(to, g, 32);
      v128.store(to, h, 48);
      to += 64;
    } else {
      // They fit: narrowing, which saturates, changes none.
      const low = i16x8.narrow_i32x4_u(e, f);
      const high = i16x8.narrow_i32x4_u(g, h);
      if (width == 2) {
        v128.store(to, low);
        v128.store(to, high, 16);
        to += 32;
      } else {
        v128.store(to, i8x16.narrow_i16x8_u(low, high));
        to += 16;
      }
    }
  }
  store<u32>(out, rows - there);
  store<u32>(out, least4(least), 4);
  store<i32>(out, greatest4(greatest), 8);
}

/** All ones in the lanes `from` to `from + 3` that lie before `count`. */
// @ts-ignore: decorator
@inline
function lanes(count: u32, from: u32): v128 {
  return i32x4.gt_s(i32x4.splat(<i32>min<u32>(count, 16)), i32x4.add(i32x4.splat(<i32>from), i32x4(0, 1, 2, 3)));
}

/** Lanes that are not there are -1: below all as signed numbers, above all as unsigned ones. */
// @ts-ignore: decorator
@inline
function kept(values: v128, there: v128): v128 {
  return v128.or(values, v128.not(there));
}
