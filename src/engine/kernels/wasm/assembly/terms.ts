// The words of texts for the store's term filters. The twin is store/term-set.ts.

const TABLE: usize = 0;
const MASK: usize = 4;
const COUNT: usize = 8;
const HAS_ZERO: usize = 12;

// @ts-ignore: decorator
@inline
function spread(hash: u32): u32 {
  const mixed = (hash ^ (hash >> 16)) * 0x7feb352d;
  return mixed ^ (mixed >> 15);
}

// @ts-ignore: decorator
@inline
function add(table: usize, mask: u32, hash: u32): u32 {
  let slot = spread(hash) & mask;
  while (true) {
    const known = load<u32>(table + (<usize>slot << 2));
    if (known == hash) return 0;
    if (known == 0) break;
    slot = (slot + 1) & mask;
  }
  store<u32>(table + (<usize>slot << 2), hash);
  return 1;
}

/**
 * Adds the hash of every word of the texts `[ends[text - 1], ends[text])` of `data`, from text `from`
 * up to `to`, to a set: at `set` lie the address of its table, the table's mask, how many hashes it
 * holds, and whether 0 is among them. Returns `to`, or the first text that was not done (a part of its
 * words may be in the set): it has bytes beyond ASCII, or the table is half full.
 */
export function addTerms(data: usize, ends: usize, from: u32, to: u32, set: usize): u32 {
  const table = <usize>load<u32>(set, TABLE);
  const mask = load<u32>(set, MASK);
  let count = load<u32>(set, COUNT);
  for (let text = from; text < to; text++) {
    let at = data + <usize>load<u32>(ends + (<usize>text << 2) - 4);
    const end = data + <usize>load<u32>(ends + (<usize>text << 2));
    while (at < end) {
      let hash: u32 = 0x811c9dc5;
      const start = at;
      for (; at < end; at++) {
        const byte = <u32>load<u8>(at);
        if (byte >= 128) {
          store<u32>(set, count, COUNT);
          return text;
        }
        const letter = (byte | 32) - 97 < 26;
        if (!letter && byte - 48 > 9 && byte != 95) break;
        hash = (hash ^ (letter ? byte | 32 : byte)) * 0x01000193;
      }
      if (at == start) {
        at++;
        continue;
      }
      if (hash == 0) store<u32>(set, 1, HAS_ZERO);
      else {
        count += add(table, mask, hash);
        if (count * 2 > mask) {
          store<u32>(set, count, COUNT);
          return text;
        }
      }
    }
  }
  store<u32>(set, count, COUNT);
  return to;
}

/** Moves the hashes of a table into an empty larger one. */
export function growTerms(from: usize, fromMask: u32, table: usize, mask: u32): void {
  for (let slot: u32 = 0; slot <= fromMask; slot++) {
    const hash = load<u32>(from + (<usize>slot << 2));
    if (hash != 0) add(table, mask, hash);
  }
}

/** Sets the bits of every hash of a table in a Bloom filter of `bits` bits, with `probes` bits each. */
export function fillFilter(table: usize, mask: u32, filter: usize, bits: u32, probes: u32): void {
  for (let slot: u32 = 0; slot <= mask; slot++) {
    const hash = load<u32>(table + (<usize>slot << 2));
    if (hash == 0) continue;
    const step = spread(hash) | 1;
    let at = hash;
    for (let probe: u32 = 0; probe < probes; probe++) {
      const bit = at % bits;
      const byte = filter + (bit >> 3);
      store<u8>(byte, load<u8>(byte) | <u8>((<u32>1) << (bit & 7)));
      at += step;
    }
  }
}
