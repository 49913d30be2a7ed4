// What the store does with each message on its way into a segment: cut it by a shape (constant
// pieces with slots between), and turn each slot into a whole number or the code of a word.
// The twins are store/shape.ts and store/collect-text.ts.
import { allDigits, eightDigits } from './numbers';

const NO_SHAPE: u8 = 255;

// @ts-ignore: decorator
@inline
function startsAt(at: usize, end: usize, piece: usize, length: usize): bool {
  if (at + length > end) return false;
  for (let byte: usize = 0; byte < length; byte++) if (load<u8>(at + byte) != load<u8>(piece + byte)) return false;
  return true;
}

/** The first place of a piece in [at, end), or 0. */
// @ts-ignore: decorator
@inline
function find(at: usize, end: usize, piece: usize, length: usize): usize {
  const first = i8x16.splat(load<i8>(piece));
  while (at < end) {
    let bits = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), first));
    if (at + 16 > end) bits &= ((<u32>1) << <u32>(end - at)) - 1;
    while (bits != 0) {
      const place = at + ctz<u32>(bits);
      if (length == 1 || startsAt(place, end, piece, length)) return place;
      bits &= bits - 1;
    }
    at += 16;
  }
  return 0;
}

/**
 * Cuts each row whose `shapeOf` is 255 by the `slots + 1` pieces (address and length each) at
 * `pieces`. A row that has the shape gets `shapeOf` = `number` and its slots' starts and ends at
 * `cuts`, row after row. Returns how many rows have it.
 */
export function cutShape(rows: u32, rowStarts: usize, rowEnds: usize, pieces: usize, slots: u32, cuts: usize, shapeOf: usize, number: u32): u32 {
  const headPiece = <usize>load<u32>(pieces);
  const headLength = <usize>load<u32>(pieces, 4);
  const tailPiece = <usize>load<u32>(pieces + (<usize>slots << 3));
  const tailLength = <usize>load<u32>(pieces + (<usize>slots << 3), 4);
  const between = slots - 1;
  // The last slot must not hold the single byte that would have ended it.
  const lastBetween: usize = between == 0 ? 0 : pieces + (<usize>between << 3);
  const closed = lastBetween != 0 && load<u32>(lastBetween, 4) == 1;
  let found: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    if (load<u8>(shapeOf + row) != NO_SHAPE) continue;
    let at = <usize>load<u32>(rowStarts + (<usize>row << 2));
    const end = <usize>load<u32>(rowEnds + (<usize>row << 2));
    if (!startsAt(at, end, headPiece, headLength)) continue;
    // JSON that happens to have as many spaces as a line is no line: it has a shape of its own.
    if (headLength == 0 && at < end && load<u8>(at) == 123) continue;
    at += headLength;
    if (end < at + tailLength) continue;
    const slotsEnd = end - tailLength;
    if (!startsAt(slotsEnd, end, tailPiece, tailLength)) continue;
    let out = cuts + <usize>(row * slots) * 8;
    let left = between;
    let piece = pieces + 8;
    while (left != 0) {
      const length = <usize>load<u32>(piece, 4);
      const place = find(at, slotsEnd, <usize>load<u32>(piece), length);
      if (place == 0) break;
      store<u32>(out, <u32>at);
      store<u32>(out, <u32>place, 4);
      at = place + length;
      out += 8;
      piece += 8;
      left--;
    }
    if (left != 0) continue;
    if (closed && find(at, slotsEnd, <usize>load<u32>(lastBetween), 1) != 0) continue;
    store<u32>(out, <u32>at);
    store<u32>(out, <u32>slotsEnd, 4);
    store<u8>(shapeOf + row, <u8>number);
    found++;
  }
  return found;
}

// The words of a slot: table of 32-byte places (first 16 bytes, code, length, offset of the rest in
// the heap), its mask, number of words, heap, bytes used and free for use, ends, room in ends, and
// whether equal words are looked for.
const TABLE: usize = 0;
const MASK: usize = 4;
const COUNT: usize = 8;
const HEAP: usize = 12;
const USED: usize = 16;
const HEAP_ROOM: usize = 20;
const ENDS: usize = 24;
const ENDS_ROOM: usize = 28;
const DISTINCT: usize = 32;

// @ts-ignore: decorator
@inline
function lowBytes(start: usize, kept: u32): u64 {
  return load<u64>(start) & (kept >= 8 ? ~(<u64>0) : ((<u64>1) << (<u64>kept << 3)) - 1);
}

// @ts-ignore: decorator
@inline
function highBytes(start: usize, kept: u32): u64 {
  return kept <= 8 ? 0 : load<u64>(start, 8) & (kept == 16 ? ~(<u64>0) : ((<u64>1) << (<u64>(kept - 8) << 3)) - 1);
}

// @ts-ignore: decorator
@inline
function hash(low: u64, high: u64, length: u32): u64 {
  let mixed = (low ^ (high * 0x9e3779b97f4a7c15) ^ <u64>length) * 0xd6e8feb86659fd93;
  return mixed ^ (mixed >> 32);
}

// @ts-ignore: decorator
@inline
function tailHash(at: usize, end: usize): u64 {
  // Up to 32 bytes, the last 16 say all that the first 16 do not.
  let mixed: u64 = 0;
  if (end - at <= 16) {
    mixed = (load<u64>(end - 16) * 0x9e3779b97f4a7c15) ^ (load<u64>(end - 8) * 0xc2b2ae3d27d4eb4f);
    return mixed ^ (mixed >> 32);
  }
  for (; at < end; at++) mixed = (mixed ^ <u64>load<u8>(at)) * 0x100000001b3;
  return mixed ^ (mixed >> 29);
}

/** Whether two texts whose first 16 bytes are equal go on alike: `a` and `b` point behind those, `length` is that of the rest. */
// @ts-ignore: decorator
@inline
function sameTail(a: usize, b: usize, length: usize): bool {
  if (length <= 16) {
    const back: usize = <usize>16 - length;
    return load<u64>(a - back) == load<u64>(b - back) && load<u64>(a - back, 8) == load<u64>(b - back, 8);
  }
  for (let at: usize = 0; at < length; at++) if (load<u8>(a + at) != load<u8>(b + at)) return false;
  return true;
}

/** The canonical whole number below 2^31 that the bytes spell, or -1. */
// @ts-ignore: decorator
@inline
function wholeNumber(start: usize, length: u32): i32 {
  if (length - 1 > 9) return -1;
  const first = <u32>load<u8>(start);
  if (first - 48 > 9 || (first == 48 && length != 1)) return -1;
  if (length <= 8) return allDigits(start, length) ? <i32>eightDigits(start, length) : -1;
  const head = length - 8;
  if (!allDigits(start, head) || !allDigits(start + head, 8)) return -1;
  const value = eightDigits(start, head) * 100000000 + eightDigits(start + head, 8);
  return value > 0x7fffffff ? -1 : <i32>value;
}

/**
 * Turns one slot of the rows whose `shapeOf` is `number` into numbers at `out`: a whole number
 * itself, or -1 - code of its word. `cuts` is the slot's place in the first row, `stride` the bytes
 * from row to row. Returns how many rows were done: fewer than `rows` when the words need more room.
 */
export function collectSlot(rows: u32, from: u32, cuts: usize, stride: u32, shapeOf: usize, number: u32, out: usize, words: usize): u32 {
  const table = <usize>load<u32>(words, TABLE);
  const mask = load<u32>(words, MASK);
  const heap = <usize>load<u32>(words, HEAP);
  const ends = <usize>load<u32>(words, ENDS);
  const distinct = load<u32>(words, DISTINCT) != 0;
  // The last word and its code: words often repeat from row to row.
  let lastLow: u64 = 0;
  let lastHigh: u64 = 0;
  let lastLength: u32 = 0;
  let lastStart: usize = 0;
  let lastCode: u32 = 0;
  for (let row = from; row < rows; row++) {
    if (load<u8>(shapeOf + row) != <u8>number) continue;
    const cut = cuts + <usize>(row * stride);
    const start = <usize>load<u32>(cut);
    const length = load<u32>(cut, 4) - <u32>start;
    const whole = wholeNumber(start, length);
    if (whole >= 0) {
      store<i32>(out + (<usize>row << 2), whole);
      continue;
    }
    const kept = min<u32>(length, 16);
    const low = lowBytes(start, kept);
    const high = highBytes(start, kept);
    let code: u32 = 0;
    let place: usize = 0;
    if (
      distinct && lastCode != 0 && low == lastLow && high == lastHigh && length == lastLength &&
      (length <= 16 || sameTail(lastStart + 16, start + 16, <usize>(length - 16)))
    ) code = lastCode;
    else if (distinct) {
      let mixed = hash(low, high, length);
      if (length > 16) mixed ^= tailHash(start + 16, start + length);
      let slot = <u32>mixed & mask;
      while (true) {
        place = table + (<usize>slot << 5);
        code = load<u32>(place, 16);
        if (code == 0) break;
        if (
          load<u64>(place) == low &&
          load<u64>(place, 8) == high &&
          load<u32>(place, 20) == length &&
          (length <= 16 || sameTail(heap + <usize>load<u32>(place, 24), start + 16, <usize>(length - 16)))
        ) break;
        slot = (slot + 1) & mask;
      }
    }
    if (code == 0) {
      const count = load<u32>(words, COUNT);
      const used = load<u32>(words, USED);
      if (used + length > load<u32>(words, HEAP_ROOM) || count + 2 > load<u32>(words, ENDS_ROOM)) return row;
      if (distinct && (count + 1) * 2 > mask + 1) return row;
      memory.copy(heap + used, start, length);
      code = count + 1;
      store<u32>(words, code, COUNT);
      store<u32>(words, used + length, USED);
      store<u32>(ends + (<usize>code << 2), used + length);
      if (distinct) put(place, low, high, code, length, used + 16);
    }
    store<i32>(out + (<usize>row << 2), -1 - <i32>code);
    lastLow = low;
    lastHigh = high;
    lastLength = length;
    lastStart = start;
    lastCode = code;
  }
  return rows;
}

// @ts-ignore: decorator
@inline
function put(place: usize, low: u64, high: u64, code: u32, length: u32, rest: u32): void {
  store<u64>(place, low);
  store<u64>(place, high, 8);
  store<u32>(place, code, 16);
  store<u32>(place, length, 20);
  store<u32>(place, rest, 24);
}

/** Fills an empty table with all words of the heap. */
export function rehashWords(words: usize): void {
  const table = <usize>load<u32>(words, TABLE);
  const mask = load<u32>(words, MASK);
  const heap = <usize>load<u32>(words, HEAP);
  const ends = <usize>load<u32>(words, ENDS);
  const count = load<u32>(words, COUNT);
  for (let code: u32 = 1; code <= count; code++) {
    const offset = load<u32>(ends + (<usize>(code - 1) << 2));
    const length = load<u32>(ends + (<usize>code << 2)) - offset;
    const start = heap + offset;
    const kept = min<u32>(length, 16);
    const low = lowBytes(start, kept);
    const high = highBytes(start, kept);
    let mixed = hash(low, high, length);
    if (length > 16) mixed ^= tailHash(start + 16, start + length);
    let slot = <u32>mixed & mask;
    while (load<u32>(table + (<usize>slot << 5), 16) != 0) slot = (slot + 1) & mask;
    put(table + (<usize>slot << 5), low, high, code, length, offset + 16);
  }
}
