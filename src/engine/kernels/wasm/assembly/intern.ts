// A table of words: `mask + 1` slots of 4 bytes, each a code (0 = free) under 8 bits of the word's
// hash; then by code a key of 16 bytes: the first 15 bytes of the word (zero filled) and its length,
// or that it is longer; then by code its length and where its bytes beyond the 15th lie. Slots stay
// small, and the keys of frequent words, which tend to come first, lie together.
export const INTERN_SLOT: i32 = 4;
export const INTERN_KEY: i32 = 16;
export const INTERN_TAIL: i32 = 8;

/** Bytes of a word that its key holds. */
export const KEPT: u32 = 15;
export const CODE: u32 = 0xffffff;

// @ts-ignore: decorator
@inline
export function hash(low: u64, high: u64): u64 {
  // A product's bits depend on those below them only, so the upper half is folded in before, too: else words
  // that differ in their seventh and eighth byte would share a slot.
  let mixed = low ^ (high * 0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93;
  return mixed ^ (mixed >> 32);
}

// @ts-ignore: decorator
@inline
export function tailHash(at: usize, end: usize): u64 {
  let mixed: u64 = 0;
  while (at + 8 <= end) {
    mixed = (mixed ^ load<u64>(at)) * 0x2545f4914f6cdd1d;
    mixed ^= mixed >> 29;
    at += 8;
  }
  if (at < end) {
    const keep = ((<u64>1) << (<u64>(end - at) << 3)) - 1;
    mixed = (mixed ^ (load<u64>(at) & keep)) * 0x2545f4914f6cdd1d;
    mixed ^= mixed >> 29;
  }
  return mixed;
}

// @ts-ignore: decorator
@inline
export function sameTail(a: usize, b: usize, length: usize): bool {
  let done: usize = 0;
  while (done + 8 <= length) {
    if (load<u64>(a + done) != load<u64>(b + done)) return false;
    done += 8;
  }
  if (done == length) return true;
  // What lies behind a text may be loaded, but does not count.
  const differing = load<u64>(a + done) ^ load<u64>(b + done);
  return differing << (<u64>(8 - (length - done)) << 3) == 0;
}

// @ts-ignore: decorator
@inline
export function lowBytes(start: usize, kept: u32): u64 {
  return load<u64>(start) & (kept >= 8 ? ~(<u64>0) : ((<u64>1) << (<u64>kept << 3)) - 1);
}

/** Bytes 8 to 14 and the length; words over 15 bytes differ from all others in their top bit. */
// @ts-ignore: decorator
@inline
export function highBytes(start: usize, length: u32, kept: u32): u64 {
  const bytes = kept <= 8 ? 0 : load<u64>(start, 8) & (((<u64>1) << (<u64>(kept - 8) << 3)) - 1);
  return bytes | (<u64>(length <= KEPT ? length : 128 | (length & 127)) << 56);
}

// @ts-ignore: decorator
@inline
export function keysOf(table: usize, mask: u32): usize {
  return table + ((<usize>mask + 1) << 2);
}

/** How many codes a table has room for, 0 among them. */
// @ts-ignore: decorator
@inline
function codesOf(mask: u32): u32 {
  return ((mask + 1) >> 1) + 1;
}

// @ts-ignore: decorator
@inline
function tailsOf(table: usize, mask: u32): usize {
  return keysOf(table, mask) + (<usize>codesOf(mask) << 4);
}

/** Rows whose slots are read before the first of them is compared, so that a row need not wait for the memory of another. */
const BLOCK: u32 = 32;
/** Bytes that a block keeps of each row: its key, its hash, and what its first slot holds. */
const BLOCK_ROW: i32 = 32;
const block: usize = memory.data(<i32>BLOCK * BLOCK_ROW, 16);

/**
 * Codes, less `base`, of the texts [starts[row], ends[row]) by the table of `mask + 1` slots. Rows of
 * words that are not in the table are written to `misses`. Returns the number of misses.
 */
export function intern(rows: u32, starts: usize, ends: usize, table: usize, mask: u32, base: u32, codes: usize, misses: usize): u32 {
  const keys = keysOf(table, mask);
  const tails = tailsOf(table, mask);
  let missed: u32 = 0;
  for (let first: u32 = 0; first < rows; first += BLOCK) {
    const end = min(rows, first + BLOCK);
    hashBlock(first, end, starts, ends, table, mask);
    let at = block;
    for (let row = first; row < end; row++, at += BLOCK_ROW) {
      const low = load<u64>(at);
      const high = load<u64>(at, 8);
      const mixed = load<u64>(at, 16);
      const tag = <u32>(mixed >> 56);
      let slot = <u32>mixed & mask;
      let held = load<u32>(at, 24);
      while (held != 0) {
        if (held >> 24 == tag) {
          const code = held & CODE;
          const key = keys + (<usize>code << 4);
          if (
            load<u64>(key) == low &&
            load<u64>(key, 8) == high &&
            (<i64>high >= 0 || sameLong(tails + (<usize>code << 3), starts, ends, row))
          ) {
            store<u32>(codes + (<usize>row << 2), code - base);
            break;
          }
        }
        slot = (slot + 1) & mask;
        held = load<u32>(table + (<usize>slot << 2));
      }
      if (held == 0) {
        store<u32>(misses + (<usize>missed << 2), row);
        missed++;
      }
    }
  }
  return missed;
}

/** Prepares the rows of a block. */
// @ts-ignore: decorator
@inline
function hashBlock(from: u32, to: u32, starts: usize, ends: usize, table: usize, mask: u32): void {
  let at = block;
  for (let row = from; row < to; row++, at += BLOCK_ROW) {
    const start = <usize>load<u32>(starts + (<usize>row << 2));
    const end = <usize>load<u32>(ends + (<usize>row << 2));
    const length = <u32>(end - start);
    const kept = min<u32>(length, KEPT);
    const low = lowBytes(start, kept);
    const high = highBytes(start, length, kept);
    let mixed = hash(low, high);
    if (length > KEPT) mixed ^= tailHash(start + KEPT, end);
    store<u64>(at, low);
    store<u64>(at, high, 8);
    store<u64>(at, mixed, 16);
    store<u32>(at, load<u32>(table + (<usize>(<u32>mixed & mask) << 2)), 24);
  }
}

/** Whether a row's text over 15 bytes is that of a tail, whose first bytes are known to be the same. */
function sameLong(tail: usize, starts: usize, ends: usize, row: u32): bool {
  const start = <usize>load<u32>(starts + (<usize>row << 2));
  const length = load<u32>(ends + (<usize>row << 2)) - <u32>start;
  return load<u32>(tail) == length && sameTail(<usize>load<u32>(tail, 4), start + KEPT, <usize>(length - KEPT));
}

/**
 * Puts the word of `length` bytes at `start`, which is not there yet, into the table with `code`, below
 * 2^24. `tail` is not 0; for words over 15 bytes it is where what lies beyond them stays valid.
 */
export function internInsert(start: usize, length: u32, tail: usize, table: usize, mask: u32, code: u32): void {
  const kept = min<u32>(length, KEPT);
  const key = keysOf(table, mask) + (<usize>code << 4);
  store<u64>(key, lowBytes(start, kept));
  store<u64>(key, highBytes(start, length, kept), 8);
  store<u32>(tailsOf(table, mask) + (<usize>code << 3), length);
  store<u32>(tailsOf(table, mask) + (<usize>code << 3), <u32>tail, 4);
  place(table, mask, code);
}

/** Puts a word whose key and tail are written into a free slot. */
// @ts-ignore: decorator
@inline
function place(table: usize, mask: u32, code: u32): void {
  const key = keysOf(table, mask) + (<usize>code << 4);
  const tail = tailsOf(table, mask) + (<usize>code << 3);
  const length = load<u32>(tail);
  const at = <usize>load<u32>(tail, 4);
  let mixed = hash(load<u64>(key), load<u64>(key, 8));
  if (length > KEPT) mixed ^= tailHash(at, at + <usize>(length - KEPT));
  let slot = <u32>mixed & mask;
  while (load<u32>(table + (<usize>slot << 2)) != 0) slot = (slot + 1) & mask;
  store<u32>(table + (<usize>slot << 2), (<u32>(mixed >> 56) << 24) | code);
}

/** Moves all words of a table into an empty larger one. */
export function internRehash(from: usize, fromMask: u32, table: usize, mask: u32): void {
  const codes = codesOf(fromMask);
  const tails = tailsOf(table, mask);
  memory.copy(keysOf(table, mask), keysOf(from, fromMask), <usize>codes << 4);
  memory.copy(tails, tailsOf(from, fromMask), <usize>codes << 3);
  for (let code: u32 = 1; code < codes; code++) {
    if (load<u32>(tails + (<usize>code << 3), 4) != 0) place(table, mask, code);
  }
}
