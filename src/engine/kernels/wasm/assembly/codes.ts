// Loops over rows of dictionary codes, group numbers and whole numbers. `width` is the bytes of a
// code or number: 1, 2 or 4.

import { sameTail } from './intern';
import { sumOfBytes } from './lanes';

// @ts-ignore: decorator
@inline
function valueAt(at: usize, width: u32): u32 {
  return width == 1 ? <u32>load<u8>(at) : width == 2 ? <u32>load<u16>(at) : load<u32>(at);
}

/**
 * `ids[row] = table[codes[row]] - 1` from row `from` on. Stops at the first row whose code has no
 * entry yet (0) and returns it; `rows` when all have one.
 */
export function idsOfCodes(rows: u32, from: u32, width: u32, codes: usize, table: usize, ids: usize): u32 {
  if (width == 1) return idsOf<u8>(rows, from, codes, table, ids);
  return width == 2 ? idsOf<u16>(rows, from, codes, table, ids) : idsOf<u32>(rows, from, codes, table, ids);
}

// @ts-ignore: decorator
@inline
function idsOf<T>(rows: u32, from: u32, codes: usize, table: usize, ids: usize): u32 {
  for (let row = from; row < rows; row++) {
    const code = <usize>load<T>(codes + <usize>row * sizeof<T>());
    const id = load<u32>(table + (code << 2));
    if (id == 0) return row;
    store<u32>(ids + (<usize>row << 2), id - 1);
  }
  return rows;
}

/** `out[row] = answers[codes[row]]`, bytes, from row `from` on; stops as `idsOfCodes` at an answer of 255. */
export function answersOfCodes(rows: u32, from: u32, width: u32, codes: usize, answers: usize, out: usize): u32 {
  if (width == 1) return answersOf<u8>(rows, from, codes, answers, out);
  return width == 2 ? answersOf<u16>(rows, from, codes, answers, out) : answersOf<u32>(rows, from, codes, answers, out);
}

// @ts-ignore: decorator
@inline
function answersOf<T>(rows: u32, from: u32, codes: usize, answers: usize, out: usize): u32 {
  for (let row = from; row < rows; row++) {
    const answer = load<u8>(answers + <usize>load<T>(codes + <usize>row * sizeof<T>()));
    if (answer == 255) return row;
    store<u8>(out + <usize>row, answer);
  }
  return rows;
}

/** The rows whose byte is 1, ascending, to `out`; returns how many. */
export function rowsOfOnes(rows: u32, values: usize, out: usize): u32 {
  const ones = i8x16.splat(1);
  let at = out;
  let row: u32 = 0;
  for (; row + 16 <= rows; row += 16) {
    let found = i8x16.bitmask(i8x16.eq(v128.load(values + <usize>row), ones));
    while (found != 0) {
      store<u32>(at, row + ctz(found));
      at += 4;
      found &= found - 1;
    }
  }
  for (; row < rows; row++) {
    if (load<u8>(values + <usize>row) != 1) continue;
    store<u32>(at, row);
    at += 4;
  }
  return <u32>((at - out) >> 2);
}

// @ts-ignore: decorator
@inline
function increment(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Codes below this many, of a byte each, are compared 16 rows at a time. */
const FEW_CODES: u32 = 8;

/**
 * Counts the rows of each code below `words` in four tables of `words` 32-bit counters, all 0, one after the
 * other: rows of one code that follow each other would wait for each other's counter.
 */
export function countCodes(rows: u32, width: u32, codes: usize, words: u32, tables: usize): void {
  if (width == 1 && words <= FEW_CODES) {
    for (let code: u32 = 0; code < words; code++) {
      store<u32>(tables + (<usize>code << 2), rowsOfByte(rows, codes, code));
    }
  } else if (width == 1) countCodesOf<u8>(rows, codes, words, tables);
  else if (width == 2) countCodesOf<u16>(rows, codes, words, tables);
  else countCodesOf<u32>(rows, codes, words, tables);
}

/** How many of the bytes are `code`. */
function rowsOfByte(rows: u32, codes: usize, code: u32): u32 {
  const wanted = i8x16.splat(<i8>code);
  let count: u32 = 0;
  let row: u32 = 0;
  while (row + 16 <= rows) {
    // A lane of 8 bits holds the count of so many steps.
    const rest = (rows - row) >> 4;
    const end = row + ((rest < 255 ? rest : 255) << 4);
    let found = i8x16.splat(0);
    for (; row < end; row += 16) found = i8x16.sub(found, i8x16.eq(v128.load(codes + <usize>row), wanted));
    count += sumOfBytes(found);
  }
  for (; row < rows; row++) count += <u32>(<u32>load<u8>(codes + <usize>row) == code);
  return count;
}

// @ts-ignore: decorator
@inline
function countCodesOf<T>(rows: u32, codes: usize, words: u32, tables: usize): void {
  const stride = <usize>words << 2;
  let row: u32 = 0;
  for (; row + 4 <= rows; row += 4) {
    const at = codes + <usize>row * sizeof<T>();
    increment(tables + (<usize>load<T>(at) << 2));
    increment(tables + stride + (<usize>load<T>(at, sizeof<T>()) << 2));
    increment(tables + stride * 2 + (<usize>load<T>(at, 2 * sizeof<T>()) << 2));
    increment(tables + stride * 3 + (<usize>load<T>(at, 3 * sizeof<T>()) << 2));
  }
  for (; row < rows; row++) increment(tables + (<usize>load<T>(codes + <usize>row * sizeof<T>()) << 2));
}

/** Adds the numbers of the rows (all, or those in the bitmap) to the sums of their groups; adding 0 to -0 makes it 0. */
export function sumGroups(rows: u32, ids: usize, values: usize, validity: usize, sums: usize): void {
  for (let row: u32 = 0; row < rows; row++) {
    if (validity != 0 && !isSet(validity, row)) continue;
    const sum = sums + (<usize>load<u32>(ids + (<usize>row << 2)) << 3);
    store<f64>(sum, load<f64>(sum) + (load<f64>(values + (<usize>row << 3)) + 0));
  }
}

// @ts-ignore: decorator
@inline
function isSet(bitmap: usize, row: u32): bool {
  return ((<u32>load<u8>(bitmap + <usize>(row >> 3)) >> (row & 7)) & 1) != 0;
}

/** `out[row] = values[row] + base` as 32-bit numbers. */
export function widenInts(rows: u32, width: u32, values: usize, base: u32, out: usize): void {
  const added = i32x4.splat(base);
  let row: u32 = 0;
  for (; row + 4 <= rows; row += 4) {
    const at = values + <usize>(row * width);
    let four: v128;
    if (width == 1) four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
    else if (width == 2) four = v128.load16x4_u(at);
    else four = v128.load(at);
    v128.store(out + (<usize>row << 2), i32x4.add(four, added));
  }
  for (; row < rows; row++) {
    const at = values + <usize>(row * width);
    store<u32>(out + (<usize>row << 2), valueAt(at, width) + base);
  }
}

/** `out[row] = values[row] * scale` as doubles, unsigned numbers of `width` bytes, plus `base`. */
export function scaleInts(rows: u32, width: u32, values: usize, base: f64, scale: f64, out: usize): void {
  const bases = f64x2.splat(base);
  const scales = f64x2.splat(scale);
  let row: u32 = 0;
  for (; row + 2 <= rows; row += 2) {
    const at = values + <usize>(row * width);
    let two: v128;
    if (width == 1) two = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
    else if (width == 2) two = i32x4.extend_low_i16x8_u(v128.load32_zero(at));
    else two = v128.load64_zero(at);
    v128.store(out + (<usize>row << 3), f64x2.add(bases, f64x2.mul(scales, f64x2.convert_low_i32x4_u(two))));
  }
  for (; row < rows; row++) {
    const at = values + <usize>(row * width);
    store<f64>(out + (<usize>row << 3), base + scale * <f64>valueAt(at, width));
  }
}

/**
 * Whole numbers as doubles, and the bitmap of the rows in which they are not negative (and, unless
 * `given` is 0, that are in that bitmap). Returns how many rows of `given` are negative.
 */
export function digitNumbers(rows: u32, values: usize, given: usize, out: usize, validity: usize): u32 {
  let negative: u32 = 0;
  for (let row: u32 = 0; row < rows; row += 8) {
    const at = values + (<usize>row << 2);
    const low = v128.load(at);
    const high = v128.load(at, 16);
    const to = out + (<usize>row << 3);
    const rest = rows - row;
    const inside = rest >= 8 ? 0xff : (1 << rest) - 1;
    const below = (i32x4.bitmask(low) | (i32x4.bitmask(high) << 4)) & inside;
    const present = given == 0 ? inside : <i32>load<u8>(given + <usize>(row >> 3)) & inside;
    v128.store(to, f64x2.convert_low_i32x4_s(low));
    if (rest > 2) v128.store(to, f64x2.convert_low_i32x4_s(i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), 16);
    if (rest > 4) v128.store(to, f64x2.convert_low_i32x4_s(high), 32);
    if (rest > 6) v128.store(to, f64x2.convert_low_i32x4_s(i8x16.shuffle(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), 48);
    negative += popcnt(present & below);
    store<u8>(validity + <usize>(row >> 3), <u8>(present & ~below));
  }
  return negative;
}

/** `out[row] = floor((values[row] - origin) / width) * width + origin`; returns how many rows differ from the one before. */
export function sliceStarts(rows: u32, values: usize, origin: f64, width: f64, out: usize): u32 {
  const origins = f64x2.splat(origin);
  const widths = f64x2.splat(width);
  let row: u32 = 0;
  for (; row + 2 <= rows; row += 2) {
    const at = <usize>row << 3;
    const slices = f64x2.floor(f64x2.div(f64x2.sub(v128.load(values + at), origins), widths));
    v128.store(out + at, f64x2.add(f64x2.mul(slices, widths), origins));
  }
  if (row < rows) {
    const at = <usize>row << 3;
    store<f64>(out + at, Math.floor((load<f64>(values + at) - origin) / width) * width + origin);
  }
  let differ = i64x2.splat(0);
  for (row = 1; row + 2 <= rows; row += 2) {
    const at = out + (<usize>row << 3);
    differ = i64x2.sub(differ, f64x2.ne(v128.load(at), v128.load(at - 8)));
  }
  let changes = <u32>(i64x2.extract_lane(differ, 0) + i64x2.extract_lane(differ, 1));
  for (; row < rows; row++) {
    const at = out + (<usize>row << 3);
    changes += <u32>(load<f64>(at) != load<f64>(at - 8));
  }
  return changes;
}

/** Bytes of a slot in a table of numbers: the number's bits, and its id + 1 (0: the slot is free). */
const NUMBER_SLOT: usize = 16;

// @ts-ignore: decorator
@inline
function slotOfNumber(bits: u64, mask: u32): u32 {
  return <u32>((bits ^ (bits >> 29)) * 0x9e3779b97f4a7c15 >> 40) & mask;
}

/** `ids[row]` of the number `values[row]` by a table of `mask` + 1 slots, from row `from` on; stops as `idsOfCodes` at a number that it has not. */
export function idsOfNumbers(rows: u32, from: u32, values: usize, table: usize, mask: u32, ids: usize): u32 {
  for (let row = from; row < rows; row++) {
    const bits = load<u64>(values + (<usize>row << 3));
    let slot = slotOfNumber(bits, mask);
    for (;;) {
      const at = table + <usize>slot * NUMBER_SLOT;
      const id = load<u32>(at, 8);
      if (id == 0) return row;
      if (load<u64>(at) == bits) {
        store<u32>(ids + (<usize>row << 2), id - 1);
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return rows;
}

/** Puts a number into a table of `idsOfNumbers` that has it not and is not full. */
export function putNumber(number: f64, id: u32, table: usize, mask: u32): void {
  const bits = reinterpret<u64>(number);
  let slot = slotOfNumber(bits, mask);
  while (load<u32>(table + <usize>slot * NUMBER_SLOT, 8) != 0) slot = (slot + 1) & mask;
  store<u64>(table + <usize>slot * NUMBER_SLOT, bits);
  store<u32>(table + <usize>slot * NUMBER_SLOT, id + 1, 8);
}

/** `left[row] = table[left[row] * width + right[row]] - 1` from row `from` on; stops as `idsOfCodes`. */
export function idsOfPairs(rows: u32, from: u32, left: usize, right: usize, width: u32, table: usize): u32 {
  for (let row = from; row < rows; row++) {
    const at = left + (<usize>row << 2);
    const pair = load<u32>(at) * width + load<u32>(right + (<usize>row << 2));
    const id = load<u32>(table + (<usize>pair << 2));
    if (id == 0) return row;
    store<u32>(at, id - 1);
  }
  return rows;
}

/** `out[row] = 1` where `codes[row]` is `code`, else 0. */
export function onesOfCode(rows: u32, width: u32, codes: usize, code: u32, out: usize): void {
  let row: u32 = 0;
  if (width == 1) {
    const wanted = i8x16.splat(<i8>code);
    for (; row + 16 <= rows; row += 16) {
      const equal = i8x16.eq(v128.load(codes + <usize>row), wanted);
      v128.store(out + <usize>row, v128.and(equal, i8x16.splat(1)));
    }
  } else if (width == 2) {
    const wanted = i16x8.splat(<i16>code);
    for (; row + 16 <= rows; row += 16) {
      const at = codes + (<usize>row << 1);
      const equal = i8x16.narrow_i16x8_s(i16x8.eq(v128.load(at), wanted), i16x8.eq(v128.load(at, 16), wanted));
      v128.store(out + <usize>row, v128.and(equal, i8x16.splat(1)));
    }
  }
  for (; row < rows; row++) {
    const at = codes + <usize>(row * width);
    store<u8>(out + <usize>row, <u8>(valueAt(at, width) == code));
  }
}

/** The first text that is equal to `[start, start + length)`; `rows` when none is. */
export function findText(rows: u32, starts: usize, ends: usize, start: usize, length: u32): u32 {
  for (let row: u32 = 0; row < rows; row++) {
    const from = <usize>load<u32>(starts + (<usize>row << 2));
    if (load<u32>(ends + (<usize>row << 2)) - <u32>from != length) continue;
    if (sameTail(from, start, <usize>length)) return row;
  }
  return rows;
}
