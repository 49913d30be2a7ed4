// A slot of the table is 32 bytes: the first 16 bytes of the word (zero filled), then its code
// (0 = free), its length, where its bytes beyond the 16th lie, and the low half of its hash.
export const INTERN_SLOT: i32 = 32;

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

/**
 * Codes of the texts [starts[row], ends[row]) by the table of `mask + 1` slots. A word that is not
 * in the table gets code 0xffffffff and its row is written to `misses`. Returns the number of misses.
 */
export function intern(rows: u32, starts: usize, ends: usize, table: usize, mask: u32, codes: usize, misses: usize): u32 {
  let missed: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const start = <usize>load<u32>(starts + (<usize>row << 2));
    const end = <usize>load<u32>(ends + (<usize>row << 2));
    const length = <u32>(end - start);
    const kept = min<u32>(length, 16);
    const low = load<u64>(start) & (kept >= 8 ? ~(<u64>0) : ((<u64>1) << (<u64>kept << 3)) - 1);
    const high = kept <= 8 ? 0 : load<u64>(start, 8) & (kept == 16 ? ~(<u64>0) : ((<u64>1) << (<u64>(kept - 8) << 3)) - 1);
    let mixed = hash(low, high, length);
    if (length > 16) mixed ^= tailHash(start + 16, end);
    let slot = <u32>mixed & mask;
    let code: u32 = 0;
    while (true) {
      const at = table + (<usize>slot << 5);
      code = load<u32>(at, 16);
      if (code == 0) {
        code = 0xffffffff;
        store<u32>(misses + (<usize>missed << 2), row);
        missed++;
        break;
      }
      if (
        load<u64>(at) == low &&
        load<u64>(at, 8) == high &&
        load<u32>(at, 20) == length &&
        (length <= 16 || sameTail(<usize>load<u32>(at, 24), start + 16, <usize>(length - 16)))
      ) break;
      slot = (slot + 1) & mask;
    }
    store<u32>(codes + (<usize>row << 2), code);
  }
  return missed;
}

/** Puts the word at [start, end) into the table with `code`; `start` must stay valid for words over 16 bytes. */
export function internInsert(start: usize, end: usize, table: usize, mask: u32, code: u32): void {
  const length = <u32>(end - start);
  const kept = min<u32>(length, 16);
  const low = load<u64>(start) & (kept >= 8 ? ~(<u64>0) : ((<u64>1) << (<u64>kept << 3)) - 1);
  const high = kept <= 8 ? 0 : load<u64>(start, 8) & (kept == 16 ? ~(<u64>0) : ((<u64>1) << (<u64>(kept - 8) << 3)) - 1);
  let mixed = hash(low, high, length);
  if (length > 16) mixed ^= tailHash(start + 16, end);
  let slot = <u32>mixed & mask;
  while (load<u32>(table + (<usize>slot << 5), 16) != 0) slot = (slot + 1) & mask;
  const at = table + (<usize>slot << 5);
  store<u64>(at, low);
  store<u64>(at, high, 8);
  store<u32>(at, code, 16);
  store<u32>(at, length, 20);
  store<u32>(at, <u32>(start + 16), 24);
  store<u32>(at, <u32>mixed, 28);
}
