// Raw deflate (RFC 1951), resumable between symbols. Tables and loop after zlib's inflate_table and
// libdeflate: one lookup per symbol in a root table, rare long codes in subtables, 64 bits of input at
// hand, whole words copied.

// The state: 16 words, then the code tables. Addresses are set by the caller for each call.
const BITS: usize = 0; // u64: input that is read and not used
const BIT_COUNT: usize = 8;
const PHASE: usize = 12;
const FINAL: usize = 16;
const STORED: usize = 20; // bytes left of a stored block
const IN: usize = 24;
const IN_END: usize = 28;
const OUT: usize = 32;
const OUT_END: usize = 36;
const OUT_BEGIN: usize = 40; // nothing before it may be copied
const LAST: usize = 44; // 1: there is no input after this
const LITERALS: usize = 64;
const DISTANCES: usize = 64 + 2400 * 4;
const SCRATCH: usize = DISTANCES + 440 * 4;

/** Bytes of a state. */
export const INFLATE_STATE: i32 = 16384;

const HEADER: u32 = 0;
const IN_STORED: u32 = 1;
const IN_CODES: u32 = 2;

// What a call ends with.
const WANTS_INPUT: u32 = 0;
const WANTS_ROOM: u32 = 1;
const DONE: u32 = 2;
const BAD: u32 = 3;

// An entry of a table: a value, what it is, and how many bits its code has.
const LITERAL: u32 = 0x8000;
const END: u32 = 0x4000;
const SUBTABLE: u32 = 0x2000;
const INVALID: u32 = 0x1000;

const LITERAL_ROOT: u32 = 11;
const DISTANCE_ROOT: u32 = 8;
const PRECODE_ROOT: u32 = 7;

/** Room that must be left of the output for a turn of the loop, and of the input before a block's header. */
const TURN: usize = 320;
const HEADER_INPUT: usize = 1024;

const PRECODE_ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
const LENGTH_BASE = memory.data<u16>([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]);
const LENGTH_EXTRA = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]);
const DISTANCE_BASE = memory.data<u16>([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]);
const DISTANCE_EXTRA = memory.data<u8>([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]);

const OF_PRECODE: u32 = 0;
const OF_LITERALS: u32 = 1;
const OF_DISTANCES: u32 = 2;

/** The entry of a symbol without its number of bits. */
function meaning(kind: u32, symbol: u32): u32 {
  if (kind == OF_PRECODE) return symbol << 16;
  if (kind == OF_DISTANCES) {
    if (symbol >= 30) return INVALID;
    return (<u32>load<u16>(DISTANCE_BASE + (<usize>symbol << 1)) << 16) | (<u32>load<u8>(DISTANCE_EXTRA + symbol) << 8);
  }
  if (symbol < 256) return (symbol << 16) | LITERAL;
  if (symbol == 256) return END;
  if (symbol > 285) return INVALID;
  const at = <usize>(symbol - 257);
  return (<u32>load<u16>(LENGTH_BASE + (at << 1)) << 16) | (<u32>load<u8>(LENGTH_EXTRA + at) << 8);
}

/** Makes the table of `count` codes whose lengths lie at `lengths`; false when they are no code. */
function makeTable(kind: u32, lengths: usize, count: u32, table: usize, root: u32, room: u32, scratch: usize): bool {
  // How many codes have each length (16 words), where each length's symbols begin, symbols by length.
  const counts = scratch;
  const offsets = scratch + 64;
  const sorted = scratch + 128;
  memory.fill(counts, 0, 64);
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const at = counts + (<usize>load<u8>(lengths + symbol) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  const invalid = INVALID | 1;
  for (let entry: u32 = 0; entry < 1 << root; entry++) store<u32>(table + (<usize>entry << 2), invalid);
  let longest: u32 = 15;
  while (longest > 0 && load<u32>(counts + (<usize>longest << 2)) == 0) longest--;
  if (longest == 0) return kind != OF_PRECODE;
  let left: i32 = 1;
  for (let length: usize = 1; length <= 15; length++) {
    left = (left << 1) - <i32>load<u32>(counts + (length << 2));
    if (left < 0) return false;
  }
  if (left > 0 && (kind == OF_PRECODE || longest != 1)) return false;
  let offset: u32 = 0;
  for (let length: usize = 1; length <= 15; length++) {
    store<u32>(offsets + (length << 2), offset);
    offset += load<u32>(counts + (length << 2));
  }
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length = <usize>load<u8>(lengths + symbol);
    if (length == 0) continue;
    const at = offsets + (length << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u16>(sorted + (<usize>place << 1), <u16>symbol);
  }
  const rootMask = (<u32>1 << root) - 1;
  let used = <u32>1 << root;
  let code: u32 = 0; // with its bits reversed
  let prefix: u32 = 0xffffffff;
  let subtable: u32 = 0;
  let subtableBits: u32 = 0;
  for (let place: u32 = 0; place < offset; place++) {
    const symbol = <u32>load<u16>(sorted + (<usize>place << 1));
    const length = <u32>load<u8>(lengths + symbol);
    const what = meaning(kind, symbol);
    if (length <= root) {
      for (let entry = code; entry <= rootMask; entry += <u32>1 << length) {
        store<u32>(table + (<usize>entry << 2), what | length);
      }
    } else {
      if ((code & rootMask) != prefix) {
        prefix = code & rootMask;
        subtable = used;
        subtableBits = length - root;
        let free: i32 = 1 << subtableBits;
        // The symbols of this length that are left share the prefix as far as it reaches.
        let rest = load<u32>(counts + (<usize>length << 2)) - countBefore(sorted, lengths, place, length);
        while (subtableBits + root < longest) {
          free -= <i32>rest;
          if (free <= 0) break;
          subtableBits++;
          free <<= 1;
          rest = load<u32>(counts + (<usize>(subtableBits + root) << 2));
        }
        used += <u32>1 << subtableBits;
        if (used > room) return false;
        for (let entry = subtable; entry < used; entry++) store<u32>(table + (<usize>entry << 2), invalid);
        store<u32>(table + (<usize>prefix << 2), (subtable << 16) | SUBTABLE | (subtableBits << 8) | root);
      }
      for (let entry = code >> root; entry < <u32>1 << subtableBits; entry += <u32>1 << (length - root)) {
        store<u32>(table + (<usize>(subtable + entry) << 2), what | (length - root));
      }
    }
    // The next code: add one from the top bit down, as the bits are reversed.
    let bit = <u32>1 << (length - 1);
    while ((code & bit) != 0) {
      code ^= bit;
      bit >>= 1;
    }
    code |= bit;
  }
  return true;
}

/** How many symbols of `length` come before `place`. */
function countBefore(sorted: usize, lengths: usize, place: u32, length: u32): u32 {
  let count: u32 = 0;
  while (place > count && <u32>load<u8>(lengths + <usize>load<u16>(sorted + (<usize>(place - 1 - count) << 1))) == length) count++;
  return count;
}

// @ts-ignore: decorator
@inline
function lowBits(bits: u64, count: u32): u32 {
  return <u32>bits & ((<u32>1 << count) - 1);
}

/** Reads the header of a block with codes of its own and makes its tables; false when it is damaged. */
function readCodes(state: usize): bool {
  let bits = load<u64>(state, BITS);
  let count = load<u32>(state, BIT_COUNT);
  let at = <usize>load<u32>(state, IN);
  const scratch = state + SCRATCH;
  const lengths = scratch;
  const work = scratch + 512;
  bits |= load<u64>(at) << <u64>count;
  at += <usize>((63 - count) >> 3);
  count |= 56;
  const literals = lowBits(bits, 5) + 257;
  const distances = lowBits(bits >> 5, 5) + 1;
  const precodes = lowBits(bits >> 10, 4) + 4;
  bits >>= 14;
  count -= 14;
  if (literals > 286 || distances > 30) return false;
  memory.fill(lengths, 0, 19);
  for (let index: u32 = 0; index < precodes; index++) {
    if (count < 3) {
      bits |= load<u64>(at) << <u64>count;
      at += <usize>((63 - count) >> 3);
      count |= 56;
    }
    store<u8>(lengths + <usize>load<u8>(PRECODE_ORDER + index), <u8>lowBits(bits, 3));
    bits >>= 3;
    count -= 3;
  }
  // The tables of the block are made later: until then their room serves the code of the lengths.
  const precode = state + LITERALS;
  if (!makeTable(OF_PRECODE, lengths, 19, precode, PRECODE_ROOT, 128, work)) return false;
  const total = literals + distances;
  let done: u32 = 0;
  while (done < total) {
    bits |= load<u64>(at) << <u64>count;
    at += <usize>((63 - count) >> 3);
    count |= 56;
    const entry = load<u32>(precode + (<usize>lowBits(bits, PRECODE_ROOT) << 2));
    if ((entry & INVALID) != 0) return false;
    const width = entry & 255;
    bits >>= <u64>width;
    count -= width;
    const symbol = entry >> 16;
    if (symbol < 16) {
      store<u8>(lengths + done, <u8>symbol);
      done++;
      continue;
    }
    let value: u8 = 0;
    let repeat: u32 = 0;
    let extra: u32 = 0;
    if (symbol == 16) {
      if (done == 0) return false;
      value = load<u8>(lengths + done - 1);
      extra = 2;
      repeat = 3 + lowBits(bits, 2);
    } else if (symbol == 17) {
      extra = 3;
      repeat = 3 + lowBits(bits, 3);
    } else {
      extra = 7;
      repeat = 11 + lowBits(bits, 7);
    }
    bits >>= <u64>extra;
    count -= extra;
    if (done + repeat > total) return false;
    memory.fill(lengths + done, value, <usize>repeat);
    done += repeat;
  }
  if (load<u8>(lengths, 256) == 0) return false;
  if (!makeTable(OF_LITERALS, lengths, literals, state + LITERALS, LITERAL_ROOT, 2400, work)) return false;
  if (!makeTable(OF_DISTANCES, lengths + literals, distances, state + DISTANCES, DISTANCE_ROOT, 440, work)) return false;
  store<u64>(state, bits & ((<u64>1 << <u64>count) - 1), BITS);
  store<u32>(state, count, BIT_COUNT);
  store<u32>(state, <u32>at, IN);
  return true;
}

/** Makes the tables of a block with the fixed codes. */
function fixedCodes(state: usize): void {
  const lengths = state + SCRATCH;
  const work = lengths + 512;
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  makeTable(OF_LITERALS, lengths, 288, state + LITERALS, LITERAL_ROOT, 2400, work);
  memory.fill(lengths, 5, 32);
  makeTable(OF_DISTANCES, lengths, 32, state + DISTANCES, DISTANCE_ROOT, 440, work);
}

/** Copies `length` bytes from `distance` before `out`; may write up to 15 bytes more. */
// @ts-ignore: decorator
@inline
function copyBack(out: usize, distance: usize, length: usize): void {
  let from = out - distance;
  const end = out + length;
  if (distance >= 16) {
    do {
      v128.store(out, v128.load(from));
      from += 16;
      out += 16;
    } while (out < end);
  } else if (distance >= 8) {
    do {
      store<u64>(out, load<u64>(from));
      from += 8;
      out += 8;
    } while (out < end);
  } else {
    do {
      store<u8>(out, load<u8>(from));
      from++;
      out++;
    } while (out < end);
  }
}

/** Decodes symbols until the block ends (DONE) or room or input is short. */
function decode(state: usize): u32 {
  let bits = load<u64>(state, BITS);
  let count = load<u32>(state, BIT_COUNT);
  let at = <usize>load<u32>(state, IN);
  let out = <usize>load<u32>(state, OUT);
  const last = load<u32>(state, LAST) != 0;
  const stop = <usize>load<u32>(state, IN_END) + (last ? 8 : 0) - (last ? 0 : 24);
  const full = <usize>load<u32>(state, OUT_END) - TURN;
  const begin = <usize>load<u32>(state, OUT_BEGIN);
  const literals = state + LITERALS;
  const distances = state + DISTANCES;
  let answer = BAD;
  while (true) {
    if (out > full) {
      answer = WANTS_ROOM;
      break;
    }
    if (<isize>at > <isize>stop) {
      answer = last ? BAD : WANTS_INPUT;
      break;
    }
    bits |= load<u64>(at) << <u64>count;
    at += <usize>((63 - count) >> 3);
    count |= 56;
    let entry = load<u32>(literals + (<usize>lowBits(bits, LITERAL_ROOT) << 2));
    if ((entry & LITERAL) != 0) {
      // Up to three literals of at most 11 bits each; the bits for one more code are then still there.
      store<u8>(out, <u8>(entry >> 16));
      out++;
      bits >>= <u64>(entry & 255);
      count -= entry & 255;
      entry = load<u32>(literals + (<usize>lowBits(bits, LITERAL_ROOT) << 2));
      if ((entry & LITERAL) != 0) {
        store<u8>(out, <u8>(entry >> 16));
        out++;
        bits >>= <u64>(entry & 255);
        count -= entry & 255;
        entry = load<u32>(literals + (<usize>lowBits(bits, LITERAL_ROOT) << 2));
        if ((entry & LITERAL) != 0) {
          store<u8>(out, <u8>(entry >> 16));
          out++;
          bits >>= <u64>(entry & 255);
          count -= entry & 255;
          continue;
        }
      }
      bits |= load<u64>(at) << <u64>count;
      at += <usize>((63 - count) >> 3);
      count |= 56;
    }
    if ((entry & SUBTABLE) != 0) {
      bits >>= <u64>LITERAL_ROOT;
      count -= LITERAL_ROOT;
      entry = load<u32>(literals + (<usize>((entry >> 16) + lowBits(bits, (entry >> 8) & 15)) << 2));
      if ((entry & LITERAL) != 0) {
        store<u8>(out, <u8>(entry >> 16));
        out++;
        bits >>= <u64>(entry & 255);
        count -= entry & 255;
        continue;
      }
    }
    if ((entry & (END | INVALID)) != 0) {
      bits >>= <u64>(entry & 255);
      count -= entry & 255;
      answer = (entry & END) != 0 ? DONE : BAD;
      break;
    }
    let width = entry & 255;
    let extra = (entry >> 8) & 15;
    bits >>= <u64>width;
    const length = <usize>((entry >> 16) + lowBits(bits, extra));
    bits >>= <u64>extra;
    count -= width + extra;
    entry = load<u32>(distances + (<usize>lowBits(bits, DISTANCE_ROOT) << 2));
    if ((entry & SUBTABLE) != 0) {
      bits >>= <u64>DISTANCE_ROOT;
      count -= DISTANCE_ROOT;
      entry = load<u32>(distances + (<usize>((entry >> 16) + lowBits(bits, (entry >> 8) & 15)) << 2));
    }
    width = entry & 255;
    extra = (entry >> 8) & 15;
    bits >>= <u64>width;
    const distance = <usize>((entry >> 16) + lowBits(bits, extra));
    bits >>= <u64>extra;
    count -= width + extra;
    if ((entry & INVALID) != 0 || distance > out - begin) {
      answer = BAD;
      break;
    }
    copyBack(out, distance, length);
    out += length;
  }
  store<u64>(state, bits & ((<u64>1 << <u64>count) - 1), BITS);
  store<u32>(state, count, BIT_COUNT);
  store<u32>(state, <u32>at, IN);
  store<u32>(state, <u32>out, OUT);
  return answer;
}

/** Begins a block; WANTS_INPUT, DONE when it can be read on, or BAD. */
function beginBlock(state: usize): u32 {
  let bits = load<u64>(state, BITS);
  let count = load<u32>(state, BIT_COUNT);
  let at = <usize>load<u32>(state, IN);
  const end = <usize>load<u32>(state, IN_END);
  const last = load<u32>(state, LAST) != 0;
  if (!last && at + HEADER_INPUT > end) return WANTS_INPUT;
  if (at > end + 8) return BAD;
  bits |= load<u64>(at) << <u64>count;
  at += <usize>((63 - count) >> 3);
  count |= 56;
  store<u32>(state, lowBits(bits, 1), FINAL);
  const kind = lowBits(bits >> 1, 2);
  bits >>= 3;
  count -= 3;
  if (kind == 0) {
    // To the next whole byte; what was read beyond it is given back.
    at -= <usize>(count >> 3);
    store<u64>(state, 0, BITS);
    store<u32>(state, 0, BIT_COUNT);
    if (at + 4 > end) return BAD;
    const length = <u32>load<u16>(at);
    if ((length ^ <u32>load<u16>(at, 2)) != 0xffff) return BAD;
    store<u32>(state, length, STORED);
    store<u32>(state, <u32>at + 4, IN);
    store<u32>(state, IN_STORED, PHASE);
    return DONE;
  }
  store<u64>(state, bits & ((<u64>1 << <u64>count) - 1), BITS);
  store<u32>(state, count, BIT_COUNT);
  store<u32>(state, <u32>at, IN);
  store<u32>(state, IN_CODES, PHASE);
  if (kind == 1) fixedCodes(state);
  else if (kind == 3 || !readCodes(state)) return BAD;
  return DONE;
}

function copyStored(state: usize): u32 {
  const left = load<u32>(state, STORED);
  const at = <usize>load<u32>(state, IN);
  const out = <usize>load<u32>(state, OUT);
  const end = <usize>load<u32>(state, IN_END);
  const input = at < end ? <u32>(end - at) : 0;
  const full = <usize>load<u32>(state, OUT_END) - TURN;
  const room = out < full ? <u32>(full - out) : 0;
  const size = min<u32>(left, min<u32>(input, room));
  memory.copy(out, at, <usize>size);
  store<u32>(state, left - size, STORED);
  store<u32>(state, <u32>at + size, IN);
  store<u32>(state, <u32>out + size, OUT);
  if (size == left) return DONE;
  if (size == room) return WANTS_ROOM;
  return load<u32>(state, LAST) != 0 ? BAD : WANTS_INPUT;
}

/**
 * Unpacks from IN to OUT until one of them is used up or the data ends: 0 more input is wanted, 1 more
 * room, 2 the end, 3 the data is damaged (or cut short, when LAST is set). 64 bytes after IN_END can be
 * read. At the end, IN less the whole bytes of BIT_COUNT is where the data ended.
 */
export function inflate(state: usize): u32 {
  while (true) {
    const phase = load<u32>(state, PHASE);
    if (phase == HEADER) {
      const begun = beginBlock(state);
      if (begun != DONE) return begun;
      continue;
    }
    const answer = phase == IN_STORED ? copyStored(state) : decode(state);
    if (answer != DONE) return answer;
    store<u32>(state, HEADER, PHASE);
    if (load<u32>(state, FINAL) != 0) return DONE;
  }
}
