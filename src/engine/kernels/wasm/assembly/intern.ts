// A table of words: `mask + 1` slots of 8 bytes, each a code (0 = free) and the upper half of the
// word's hash; then an entry of 24 bytes per code: the first 16 bytes of the word (zero filled), its
// length, and where its bytes beyond the 16th lie. Slots stay small, and the entries of frequent
// words, which tend to come first, lie together.
export const INTERN_SLOT: i32 = 8;
export const INTERN_ENTRY: i32 = 24;

// @ts-ignore: decorator
@inline
function hash(low: u64, high: u64, length: u32): u64 {
  let mixed = (low ^ (high * 0x9e3779b97f4a7c15) ^ <u64>length) * 0xd6e8feb86659fd93;
  return mixed ^ (mixed >> 32);
}

// @ts-ignore: decorator
@inline
function tailHash(at: usize, end: usize): u64 {
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
function sameTail(a: usize, b: usize, length: usize): bool {
  let done: usize = 0;
  while (done + 8 <= length) {
    if (load<u64>(a + done) != load<u64>(b + done)) return false;
    done += 8;
  }
  while (done < length) {
    if (load<u8>(a + done) != load<u8>(b + done)) return false;
    done++;
  }
  return true;
}

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

/**
 * Codes, less `base`, of the texts [starts[row], ends[row]) by the table of `mask + 1` slots. Rows of
 * words that are not in the table are written to `misses`. Returns the number of misses.
 */
export function intern(rows: u32, starts: usize, ends: usize, table: usize, mask: u32, base: u32, codes: usize, misses: usize): u32 {
  const entries = table + ((<usize>mask + 1) << 3);
  let missed: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const start = <usize>load<u32>(starts + (<usize>row << 2));
    const end = <usize>load<u32>(ends + (<usize>row << 2));
    const length = <u32>(end - start);
    const kept = min<u32>(length, 16);
    const low = lowBytes(start, kept);
    const high = highBytes(start, kept);
    let mixed = hash(low, high, length);
    if (length > 16) mixed ^= tailHash(start + 16, end);
    const tag = <u32>(mixed >> 32);
    let slot = <u32>mixed & mask;
    while (true) {
      const held = load<u64>(table + (<usize>slot << 3));
      const code = <u32>held;
      if (code == 0) {
        store<u32>(misses + (<usize>missed << 2), row);
        missed++;
        break;
      }
      if (<u32>(held >> 32) == tag) {
        const entry = entries + <usize>code * 24;
        if (
          load<u64>(entry) == low &&
          load<u64>(entry, 8) == high &&
          load<u32>(entry, 16) == length &&
          (length <= 16 || sameTail(<usize>load<u32>(entry, 20), start + 16, <usize>(length - 16)))
        ) {
          store<u32>(codes + (<usize>row << 2), code - base);
          break;
        }
      }
      slot = (slot + 1) & mask;
    }
  }
  return missed;
}

/**
 * Puts the word of `length` bytes at `start`, which is not there yet, into the table with `code`.
 * `tail` is not 0; for words over 16 bytes it is where what lies beyond them stays valid.
 */
export function internInsert(start: usize, length: u32, tail: usize, table: usize, mask: u32, code: u32): void {
  const kept = min<u32>(length, 16);
  const entry = table + ((<usize>mask + 1) << 3) + <usize>code * 24;
  store<u64>(entry, lowBytes(start, kept));
  store<u64>(entry, highBytes(start, kept), 8);
  store<u32>(entry, length, 16);
  store<u32>(entry, <u32>tail, 20);
  place(entry, table, mask, code);
}

/** Puts an entry that is written into a free slot. */
// @ts-ignore: decorator
@inline
function place(entry: usize, table: usize, mask: u32, code: u32): void {
  const length = load<u32>(entry, 16);
  const tail = <usize>load<u32>(entry, 20);
  let mixed = hash(load<u64>(entry), load<u64>(entry, 8), length);
  if (length > 16) mixed ^= tailHash(tail, tail + <usize>(length - 16));
  let slot = <u32>mixed & mask;
  while (load<u32>(table + (<usize>slot << 3)) != 0) slot = (slot + 1) & mask;
  store<u64>(table + (<usize>slot << 3), (mixed & 0xffffffff00000000) | <u64>code);
}

/** Moves all words of a table into an empty larger one. */
export function internRehash(from: usize, fromMask: u32, table: usize, mask: u32): void {
  const codes = ((fromMask + 1) >> 1) + 1;
  const entries = table + ((<usize>mask + 1) << 3);
  memory.copy(entries, from + ((<usize>fromMask + 1) << 3), <usize>codes * 24);
  for (let code: u32 = 1; code < codes; code++) {
    const entry = entries + <usize>code * 24;
    if (load<u32>(entry, 20) != 0) place(entry, table, mask, code);
  }
}
