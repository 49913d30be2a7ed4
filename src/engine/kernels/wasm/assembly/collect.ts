// What the store does with each message on its way into a segment: cut it by a shape (constant
// pieces with slots between), and turn each slot into a whole number or the code of a word.
// The twins are store/shape.ts and store/collect-text.ts.
import { CODE, hash, highBytes, KEPT, keysOf, lowBytes, sameTail, tailHash } from './intern';
import { allDigits, eightDigits } from './numbers';
import { bits64 } from './split';

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

/** The byte that each of `count` pieces is, or -1. */
function commonByte(pieces: usize, count: u32): i32 {
  if (count == 0) return -1;
  const byte = <i32>load<u8>(<usize>load<u32>(pieces));
  for (let piece: u32 = 0; piece < count; piece++) {
    const at = pieces + (<usize>piece << 3);
    if (load<u32>(at, 4) != 1 || <i32>load<u8>(<usize>load<u32>(at)) != byte) return -1;
  }
  return byte;
}

/** Cuts [at, end) where the byte `delimiter` is, when it is there exactly `between` times. */
// @ts-ignore: decorator
@inline
function cutAt(at: usize, end: usize, delimiter: i32, between: u32, out: usize): bool {
  const mark = i8x16.splat(<i8>delimiter);
  let left = between;
  let start = at;
  for (let block = at; block < end; block += 64) {
    let bits = bits64(block, mark);
    if (block + 64 > end) bits &= ((<u64>1) << <u64>(end - block)) - 1;
    const count = <u32>popcnt<u64>(bits);
    if (count > left) return false;
    left -= count;
    while (bits != 0) {
      const place = block + <usize>ctz<u64>(bits);
      bits &= bits - 1;
      store<u32>(out, <u32>start);
      store<u32>(out, <u32>place, 4);
      start = place + 1;
      out += 8;
    }
  }
  store<u32>(out, <u32>start);
  store<u32>(out, <u32>end, 4);
  return left == 0;
}

/**
 * Cuts each row whose `shapeOf` is 255 by the `slots + 1` pieces (address and length each) at
 * `pieces`. A row that has the shape gets `shapeOf` = `number` and its slots' starts and ends at
 * `cuts`, row after row. Writes the rows that have it to `list` and returns how many there are.
 */
export function cutShape(rows: u32, rowStarts: usize, rowEnds: usize, pieces: usize, slots: u32, cuts: usize, shapeOf: usize, number: u32, list: usize): u32 {
  const headPiece = <usize>load<u32>(pieces);
  const headLength = <usize>load<u32>(pieces, 4);
  const tailPiece = <usize>load<u32>(pieces + (<usize>slots << 3));
  const tailLength = <usize>load<u32>(pieces + (<usize>slots << 3), 4);
  const between = slots - 1;
  // The last slot must not hold the single byte that would have ended it.
  const lastBetween: usize = between == 0 ? 0 : pieces + (<usize>between << 3);
  const closed = lastBetween != 0 && load<u32>(lastBetween, 4) == 1;
  let found: u32 = 0;
  const delimiter = commonByte(pieces + 8, between);
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
    if (delimiter >= 0) {
      if (!cutAt(at, slotsEnd, delimiter, between, out)) continue;
      store<u8>(shapeOf + row, <u8>number);
      store<u32>(list + (<usize>found << 2), row);
      found++;
      continue;
    }
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
    store<u32>(list + (<usize>found << 2), row);
    found++;
  }
  return found;
}

// The words of a slot: a table like that of intern.ts (`mask + 1` slots of code and tag, then keys by
// code), its mask, number of words, heap, bytes used and free for use, ends, room in ends, and whether
// equal words are looked for.
const TABLE: usize = 0;
const MASK: usize = 4;
const COUNT: usize = 8;
const HEAP: usize = 12;
const USED: usize = 16;
const HEAP_ROOM: usize = 20;
const ENDS: usize = 24;
const ENDS_ROOM: usize = 28;
const DISTINCT: usize = 32;

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

// Rows whose words are looked for together, once there are too many words for the nearest caches:
// their places are then loaded one after the other, without waiting for each to be compared. Per
// word: its key, its hash, where it lies and how long it is, the row and its place in the list.
const TOGETHER: u32 = 256;
const MANY_WORDS: u32 = 1024;
const WORD_KEY: usize = 0;
const WORD_HASH: usize = 16;
const WORD_START: usize = 24;
const WORD_LENGTH: usize = 28;
const WORD_ROW: usize = 32;
const WORD_AT: usize = 36;
const WORD_BYTES: usize = 40;
const found = memory.data(256 * 40);
const missed = memory.data(256 * 4);

/**
 * Turns one slot of the rows that `list` holds, from the `from`-th on, into numbers at `out`: a whole
 * number itself, or -1 - code of its word. `cuts` is the slot's place in row 0, `stride` the bytes from
 * row to row. Returns how many rows of the list were done: fewer than `count` when the words need more room.
 */
export function collectSlot(count: u32, from: u32, list: usize, cuts: usize, stride: u32, out: usize, words: usize): u32 {
  if (load<u32>(words, DISTINCT) == 0) return appendSlot(count, from, list, cuts, stride, out, words);
  let at = from;
  while (at < count) {
    const to = min<u32>(count, at + TOGETHER);
    const done = load<u32>(words, COUNT) < MANY_WORDS
      ? collectFew(to, at, list, cuts, stride, out, words)
      : collectMany(to, at, list, cuts, stride, out, words);
    if (done < to) return done;
    at = to;
  }
  return count;
}

/** As collectSlot, where equal words are not looked for. */
function appendSlot(count: u32, from: u32, list: usize, cuts: usize, stride: u32, out: usize, words: usize): u32 {
  for (let at = from; at < count; at++) {
    const row = load<u32>(list + (<usize>at << 2));
    const cut = cuts + <usize>(row * stride);
    const start = <usize>load<u32>(cut);
    const length = load<u32>(cut, 4) - <u32>start;
    let form = wholeNumber(start, length);
    if (form < 0) {
      const code = append(start, length, words);
      if (code == 0) return at;
      form = -1 - <i32>code;
    }
    store<i32>(out + (<usize>row << 2), form);
  }
  return count;
}

function collectFew(count: u32, from: u32, list: usize, cuts: usize, stride: u32, out: usize, words: usize): u32 {
  // The last word and its code: words often repeat from row to row.
  let lastLow: u64 = 0;
  let lastHigh: u64 = 0;
  let lastStart: usize = 0;
  let lastLength: u32 = 0;
  let lastCode: u32 = 0;
  for (let at = from; at < count; at++) {
    const row = load<u32>(list + (<usize>at << 2));
    const cut = cuts + <usize>(row * stride);
    const start = <usize>load<u32>(cut);
    const length = load<u32>(cut, 4) - <u32>start;
    const whole = wholeNumber(start, length);
    if (whole >= 0) {
      store<i32>(out + (<usize>row << 2), whole);
      continue;
    }
    const kept = min<u32>(length, KEPT);
    const low = lowBytes(start, kept);
    const high = highBytes(start, length, kept);
    if (
      lastCode == 0 || low != lastLow || high != lastHigh ||
      (length > KEPT && (length != lastLength || !sameTail(lastStart + KEPT, start + KEPT, <usize>(length - KEPT))))
    ) {
      lastCode = codeOf(start, length, low, high, hashOf(start, length, low, high), words);
      if (lastCode == 0) return at;
      lastLow = low;
      lastHigh = high;
      lastStart = start;
      lastLength = length;
    }
    store<i32>(out + (<usize>row << 2), -1 - <i32>lastCode);
  }
  return count;
}

/** As collectFew, for at most TOGETHER rows. */
function collectMany(count: u32, from: u32, list: usize, cuts: usize, stride: u32, out: usize, words: usize): u32 {
  let end = found;
  for (let at = from; at < count; at++) {
    const row = load<u32>(list + (<usize>at << 2));
    const cut = cuts + <usize>(row * stride);
    const start = <usize>load<u32>(cut);
    const length = load<u32>(cut, 4) - <u32>start;
    const whole = wholeNumber(start, length);
    if (whole >= 0) {
      store<i32>(out + (<usize>row << 2), whole);
      continue;
    }
    const kept = min<u32>(length, KEPT);
    const low = lowBytes(start, kept);
    const high = highBytes(start, length, kept);
    store<u64>(end, low, WORD_KEY);
    store<u64>(end, high, WORD_KEY + 8);
    store<u64>(end, hashOf(start, length, low, high), WORD_HASH);
    store<u32>(end, <u32>start, WORD_START);
    store<u32>(end, length, WORD_LENGTH);
    store<u32>(end, row, WORD_ROW);
    store<u32>(end, at, WORD_AT);
    end += WORD_BYTES;
  }
  // Most words are in the first place that is looked at.
  const table = <usize>load<u32>(words, TABLE);
  const mask = load<u32>(words, MASK);
  const keys = keysOf(table, mask);
  const heap = <usize>load<u32>(words, HEAP);
  const ends = <usize>load<u32>(words, ENDS);
  let misses: usize = 0;
  for (let word = found; word < end; word += WORD_BYTES) {
    const code = load<u32>(table + (<usize>(<u32>load<u64>(word, WORD_HASH) & mask) << 2)) & CODE;
    const key = keys + (<usize>code << 4);
    const length = load<u32>(word, WORD_LENGTH);
    let same: u32 = code != 0 && v128.all_true<u8>(v128.eq<u8>(v128.load(key), v128.load(word, WORD_KEY))) ? 1 : 0;
    if (length > KEPT && same != 0) same = isTailOf(code, heap, ends, <usize>load<u32>(word, WORD_START), length) ? 1 : 0;
    store<i32>(out + (<usize>load<u32>(word, WORD_ROW) << 2), -1 - <i32>code);
    store<u32>(missed + (misses << 2), <u32>word);
    misses += <usize>(1 - same);
  }
  for (let miss: usize = 0; miss < misses; miss++) {
    const word = <usize>load<u32>(missed + (miss << 2));
    const code = codeOf(<usize>load<u32>(word, WORD_START), load<u32>(word, WORD_LENGTH), load<u64>(word, WORD_KEY), load<u64>(word, WORD_KEY + 8), load<u64>(word, WORD_HASH), words);
    if (code == 0) return load<u32>(word, WORD_AT);
    store<i32>(out + (<usize>load<u32>(word, WORD_ROW) << 2), -1 - <i32>code);
  }
  return count;
}

// @ts-ignore: decorator
@inline
function hashOf(start: usize, length: u32, low: u64, high: u64): u64 {
  return length > KEPT ? hash(low, high) ^ tailHash(start + KEPT, start + length) : hash(low, high);
}

/** The code of a word, which is put into the table when it is not there; 0 when there is no room. */
// @ts-ignore: decorator
@inline
function codeOf(start: usize, length: u32, low: u64, high: u64, mixed: u64, words: usize): u32 {
  const table = <usize>load<u32>(words, TABLE);
  const mask = load<u32>(words, MASK);
  const keys = keysOf(table, mask);
  const tag = <u32>(mixed >> 56);
  let slot = <u32>mixed & mask;
  while (true) {
    const held = load<u32>(table + (<usize>slot << 2));
    if (held == 0) break;
    if (held >> 24 == tag) {
      const code = held & CODE;
      const key = keys + (<usize>code << 4);
      if (
        load<u64>(key) == low && load<u64>(key, 8) == high &&
        (length <= KEPT || isTailOf(code, <usize>load<u32>(words, HEAP), <usize>load<u32>(words, ENDS), start, length))
      ) return code;
    }
    slot = (slot + 1) & mask;
  }
  if ((load<u32>(words, COUNT) + 1) * 2 > mask + 1) return 0;
  const code = append(start, length, words);
  if (code != 0) {
    const key = keys + (<usize>code << 4);
    store<u64>(key, low);
    store<u64>(key, high, 8);
    store<u32>(table + (<usize>slot << 2), (tag << 24) | code);
  }
  return code;
}

/** Copies a word to the heap; its code, or 0 when there is no room. */
// @ts-ignore: decorator
@inline
function append(start: usize, length: u32, words: usize): u32 {
  const count = load<u32>(words, COUNT);
  const used = load<u32>(words, USED);
  if (used + length > load<u32>(words, HEAP_ROOM) || count + 2 > load<u32>(words, ENDS_ROOM)) return 0;
  const to = <usize>load<u32>(words, HEAP) + used;
  if (length <= 16 && used + 16 <= load<u32>(words, HEAP_ROOM)) v128.store(to, v128.load(start));
  else memory.copy(to, start, length);
  const code = count + 1;
  store<u32>(words, code, COUNT);
  store<u32>(words, used + length, USED);
  store<u32>(<usize>load<u32>(words, ENDS) + (<usize>code << 2), used + length);
  return code;
}

/** Whether a word of the heap, whose key is that of a longer text, goes on like it. */
// @ts-ignore: decorator
@inline
function isTailOf(code: u32, heap: usize, ends: usize, start: usize, length: u32): bool {
  const place = ends + (<usize>code << 2);
  const from = load<u32>(place - 4);
  return load<u32>(place) - from == length && sameTail(heap + <usize>(from + KEPT), start + KEPT, <usize>(length - KEPT));
}

/** Fills an empty table with all words of the heap. */
export function rehashWords(words: usize): void {
  const table = <usize>load<u32>(words, TABLE);
  const mask = load<u32>(words, MASK);
  const keys = keysOf(table, mask);
  const heap = <usize>load<u32>(words, HEAP);
  const ends = <usize>load<u32>(words, ENDS);
  const count = load<u32>(words, COUNT);
  for (let code: u32 = 1; code <= count; code++) {
    const offset = load<u32>(ends + (<usize>(code - 1) << 2));
    const length = load<u32>(ends + (<usize>code << 2)) - offset;
    const start = heap + offset;
    const kept = min<u32>(length, KEPT);
    const low = lowBytes(start, kept);
    const high = highBytes(start, length, kept);
    const mixed = hashOf(start, length, low, high);
    let slot = <u32>mixed & mask;
    while (load<u32>(table + (<usize>slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u64>(keys + (<usize>code << 4), low);
    store<u64>(keys + (<usize>code << 4), high, 8);
    store<u32>(table + (<usize>slot << 2), (<u32>(mixed >> 56) << 24) | code);
  }
}

/**
 * The rows of shape `shape` whose stretch [starts[row], ends[row]) is not the one from the start of one
 * slot to the end of another, or that have none by `validity` (0: all have). `cuts` is the first
 * row's place of the one slot, `last` the bytes from there to the other's, `stride` those from row to
 * row. Writes them to `others` and returns how many there are.
 */
export function otherSpans(rows: u32, starts: usize, ends: usize, validity: usize, shapeOf: usize, shape: u32, cuts: usize, last: u32, stride: u32, others: usize): u32 {
  let count: usize = 0;
  let cut = cuts;
  for (let row: u32 = 0; row < rows; row++) {
    let other: u32 = load<u32>(starts + (<usize>row << 2)) != load<u32>(cut) ? 1 : 0;
    other |= load<u32>(ends + (<usize>row << 2)) != load<u32>(cut + last, 4) ? 1 : 0;
    if (validity != 0) other |= ~(<u32>load<u8>(validity + (row >> 3)) >> (row & 7)) & 1;
    store<u32>(others + (count << 2), row);
    count += <usize>(other & <u32>(load<u8>(shapeOf + row) == <u8>shape));
    cut += stride;
  }
  return <u32>count;
}

/** The rows of shape `shape` whose number is not `scale` times the whole number of their form. Writes them to `others` and returns how many there are. */
export function otherNumbers(rows: u32, numbers: usize, shapeOf: usize, shape: u32, forms: usize, scale: f64, others: usize): u32 {
  let count: usize = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const form = load<i32>(forms + (<usize>row << 2));
    const other: u32 = form < 0 || load<f64>(numbers + (<usize>row << 3)) != <f64>form * scale ? 1 : 0;
    store<u32>(others + (count << 2), row);
    count += <usize>(other & <u32>(load<u8>(shapeOf + row) == <u8>shape));
  }
  return <u32>count;
}
