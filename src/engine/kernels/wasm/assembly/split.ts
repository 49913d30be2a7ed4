import { sumOfBytes } from './lanes';

// @ts-ignore: decorator
@inline
export function bits64(at: usize, byte: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at), byte))) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 16), byte))) << 16) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 32), byte))) << 32) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 48), byte))) << 48)
  );
}

/** Lines without any byte that the last findLines passed over. */
export let emptyLines: u32 = 0;
/** Lines that begin with a small ASCII letter among what the last findLines found. */
export let letterLines: u32 = 0;
/** Newlines among what the last findDelimiters found. */
export let newlines: u32 = 0;

/**
 * Finds the lines of the bytes [from, to): writes start and end (before `\n`, and before a `\r` in
 * front of it) of each complete line that is not empty. Returns how many; the caller keeps what
 * follows the last `\n`.
 */
export function findLines(from: usize, to: usize, starts: usize, ends: usize): u32 {
  const newline = i8x16.splat(10);
  let rows: usize = 0;
  let empty: u32 = 0;
  let letters: u32 = 0;
  let start = from;
  let at = from;
  while (at < to) {
    let bits = bits64(at, newline);
    if (at + 64 > to) bits &= ((<u64>1) << <u64>(to - at)) - 1;
    while (bits != 0) {
      const end = at + <usize>ctz<u64>(bits);
      bits &= bits - 1;
      store<u32>(starts + (rows << 2), <u32>start);
      const cut: usize = end > start && load<u8>(end - 1) == 13 ? 1 : 0;
      store<u32>(ends + (rows << 2), <u32>(end - cut));
      const filled: u32 = end - cut > start ? 1 : 0;
      rows += <usize>filled;
      empty += 1 - filled;
      letters += <u32>load<u8>(start) - 97 < 26 ? 1 : 0;
      start = end + 1;
    }
    at += 64;
  }
  emptyLines = empty;
  letterLines = letters;
  return <u32>rows;
}

/**
 * findLines and findDelimiters in one pass, for bytes that end with a newline, where every line has `pieces`
 * pieces and bytes: writes the start and the end of each line, and the positions that checkGrid wants. Returns
 * the number of lines; 0 where one is different, and then what was written means nothing.
 */
export function findGrid(from: usize, to: usize, delimiter: u32, pieces: u32, positions: usize, starts: usize, ends: usize): u32 {
  const found = findDelimiters(from, to, delimiter, positions);
  const rows = newlines;
  if (rows == 0 || found != rows * pieces) return 0;
  let wrong: u32 = 0;
  let letters: u32 = 0;
  let start = <u32>from;
  let at = positions + ((pieces - 1) << 2);
  const step = pieces << 2;
  for (let row: u32 = 0; row < rows; row++) {
    const position = load<u32>(at);
    wrong |= <u32>load<u8>(position) ^ 10;
    letters += <u32>load<u8>(start) - 97 < 26 ? 1 : 0;
    const o = <usize>row << 2;
    store<u32>(starts + o, start);
    store<u32>(ends + o, position - (load<u8>(position - 1) == 13 ? 1 : 0));
    start = position + 1;
    at += step;
  }
  emptyLines = 0;
  letterLines = letters;
  return wrong == 0 ? rows : 0;
}

/**
 * Writes the positions of the bits that are set, from `base` on; returns where the next ones go. Eleven are
 * written without a branch: 64 bytes of a flow-log line rarely have more delimiters, but often more than eight.
 */
// @ts-ignore: decorator
@inline
function storePositions(bits: u64, base: u32, out: usize): usize {
  const next = out + (<usize>popcnt<u64>(bits) << 2);
  store<u32>(out, base + <u32>ctz<u64>(bits)); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 4); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 8); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 12); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 16); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 20); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 24); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 28); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 32); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 36); bits &= bits - 1;
  store<u32>(out, base + <u32>ctz<u64>(bits), 40); bits &= bits - 1;
  for (let more = out + 44; bits != 0; more += 4) {
    store<u32>(more, base + <u32>ctz<u64>(bits));
    bits &= bits - 1;
  }
  return next;
}

/** Blocks of 64 bytes whose newlines fit into the bytes of a vector: at most four a byte and block. */
const COUNTED_BLOCKS: usize = 63;

/** Writes the position of every `delimiter` or `\n` in [from, to); returns how many. */
export function findDelimiters(from: usize, to: usize, delimiter: u32, out: usize): u32 {
  const mark = i8x16.splat(<i8>delimiter);
  const newline = i8x16.splat(10);
  const whole = to - ((to - from) & 63);
  let o = out;
  let at = from;
  let lines: u32 = 0;
  while (at < whole) {
    const stop = min(whole, at + COUNTED_BLOCKS * 64);
    let counts = i8x16.splat(0);
    for (; at < stop; at += 64) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      const c = v128.load(at, 32);
      const d = v128.load(at, 48);
      const endsA = i8x16.eq(a, newline);
      const endsB = i8x16.eq(b, newline);
      const endsC = i8x16.eq(c, newline);
      const endsD = i8x16.eq(d, newline);
      // Each newline is -1.
      counts = i8x16.sub(counts, i8x16.add(i8x16.add(endsA, endsB), i8x16.add(endsC, endsD)));
      const bits =
        <u64>(<u32>i8x16.bitmask(v128.or(i8x16.eq(a, mark), endsA))) |
        (<u64>(<u32>i8x16.bitmask(v128.or(i8x16.eq(b, mark), endsB))) << 16) |
        (<u64>(<u32>i8x16.bitmask(v128.or(i8x16.eq(c, mark), endsC))) << 32) |
        (<u64>(<u32>i8x16.bitmask(v128.or(i8x16.eq(d, mark), endsD))) << 48);
      o = storePositions(bits, <u32>at, o);
    }
    lines += sumOfBytes(counts);
  }
  if (at < to) {
    const inside = ((<u64>1) << <u64>(to - at)) - 1;
    const ends = bits64(at, newline) & inside;
    lines += <u32>popcnt<u64>(ends);
    o = storePositions((bits64(at, mark) & inside) | ends, <u32>at, o);
  }
  newlines = lines;
  return <u32>((o - out) >> 2);
}

/**
 * Whether the positions found by findDelimiters form a grid: `pieces` a row, the last of each row
 * the newline where the row ends (or one further, after a `\r`); of the last row, where it ends.
 * `positions` holds rows * pieces entries.
 */
export function checkGrid(positions: usize, rows: u32, pieces: u32, rowEnds: usize): bool {
  let wrong: u32 = 0;
  let at = positions + ((pieces - 1) << 2);
  const step = pieces << 2;
  const last = rows - 1;
  for (let row: u32 = 0; row < last; row++) {
    const position = load<u32>(at);
    wrong |= position - load<u32>(rowEnds + (<usize>row << 2)) > 1 ? 1 : 0;
    wrong |= <u32>load<u8>(position) ^ 10;
    at += step;
  }
  return wrong == 0;
}

/** Whether a piece of a grid has no bytes. */
export function hasEmptyPiece(positions: usize, rows: u32, pieces: u32, rowStarts: usize, rowEnds: usize): bool {
  if (load<u32>(positions) == load<u32>(rowStarts)) return true;
  // A position right after the one before it ends an empty piece, whichever row it is in.
  const one = i32x4.splat(1);
  const last = positions + ((rows * pieces - 1) << 2);
  let near = i32x4.splat(0);
  let at = positions;
  while (at + 16 <= last) {
    near = v128.or(near, i32x4.eq(i32x4.sub(v128.load(at, 4), v128.load(at)), one));
    at += 16;
  }
  let empty: u32 = v128.any_true(near) ? 1 : 0;
  for (; at < last; at += 4) empty |= load<u32>(at, 4) - load<u32>(at) == 1 ? 1 : 0;
  // The last piece of a row may be nothing but the `\r` before the newline.
  let end = positions + ((pieces - 2) << 2);
  const step = pieces << 2;
  for (let row: u32 = 0; row < rows; row++) {
    empty |= load<u32>(rowEnds + (<usize>row << 2)) - load<u32>(end) == 1 ? 1 : 0;
    end += step;
  }
  return empty != 0;
}

/** Start and end of piece `piece` of every row of a grid; `first` is where the first row starts. */
export function gridColumn(positions: usize, rows: u32, pieces: u32, piece: u32, rowStarts: usize, rowEnds: usize, starts: usize, ends: usize): void {
  const step = pieces << 2;
  let at = positions + (piece << 2);
  for (let row: u32 = 0; row < rows; row++) {
    const o = <usize>row << 2;
    store<u32>(starts + o, piece == 0 ? load<u32>(rowStarts + o) : load<u32>(at - 4) + 1);
    store<u32>(ends + o, piece == pieces - 1 ? load<u32>(rowEnds + o) : load<u32>(at));
    at += step;
  }
}

/**
 * The first `pieces - 1` delimiters of each row [starts[row], ends[row]), row after row; rows that
 * have fewer get 0 in `found[row]`, others 1. Returns the number of rows with enough. Up to 64 entries
 * past the last may be overwritten.
 */
export function cutRows(rows: u32, rowStarts: usize, rowEnds: usize, delimiter: u32, pieces: u32, cuts: usize, found: usize): u32 {
  const mark = i8x16.splat(<i8>delimiter);
  const wanted = <usize>(pieces - 1) << 2;
  let complete: u32 = 0;
  let out = cuts;
  for (let row: u32 = 0; row < rows; row++) {
    const end = <usize>load<u32>(rowEnds + (<usize>row << 2));
    let at = <usize>load<u32>(rowStarts + (<usize>row << 2));
    const full = out + wanted;
    let o = out;
    while (o < full && at < end) {
      let bits = bits64(at, mark);
      if (at + 64 > end) bits &= ((<u64>1) << <u64>(end - at)) - 1;
      o = storePositions(bits, <u32>at, o);
      at += 64;
    }
    const enough: u32 = o >= full ? 1 : 0;
    store<u8>(found + row, <u8>enough);
    complete += enough;
    out = full;
  }
  return complete;
}

/**
 * Marks in `odd` with 1 the rows that have too few cuts (0 in `found`), a piece without bytes, or a
 * delimiter in the last piece. Returns how many.
 */
export function oddCuts(rows: u32, rowStarts: usize, rowEnds: usize, delimiter: u32, pieces: u32, cuts: usize, found: usize, odd: usize): u32 {
  const mark = i8x16.splat(<i8>delimiter);
  const wanted = pieces - 1;
  let total: u32 = 0;
  let at = cuts;
  for (let row: u32 = 0; row < rows; row++) {
    let before = load<u32>(rowStarts + (<usize>row << 2)) - 1;
    let wrong: u32 = <u32>load<u8>(found + row) ^ 1;
    for (let cut: u32 = 0; cut < wanted; cut++) {
      const position = load<u32>(at);
      wrong |= position - before == 1 ? 1 : 0;
      before = position;
      at += 4;
    }
    const end = <usize>load<u32>(rowEnds + (<usize>row << 2));
    let place = <usize>before + 1;
    wrong |= place == end ? 1 : 0;
    for (; place < end && wrong == 0; place += 16) {
      let bits = <u32>i8x16.bitmask(i8x16.eq(v128.load(place), mark));
      if (place + 16 > end) bits &= ((<u32>1) << <u32>(end - place)) - 1;
      wrong |= bits;
    }
    const isOdd: u32 = wrong != 0 ? 1 : 0;
    store<u8>(odd + row, <u8>isOdd);
    total += isOdd;
  }
  return total;
}

/** Start and end of piece `piece` from cuts; rows without enough cuts get an empty piece. */
export function cutColumn(cuts: usize, found: usize, rows: u32, pieces: u32, piece: u32, rowStarts: usize, rowEnds: usize, starts: usize, ends: usize): void {
  const step = (pieces - 1) << 2;
  for (let row: u32 = 0; row < rows; row++) {
    const o = <usize>row << 2;
    const first = load<u32>(rowStarts + o);
    if (load<u8>(found + row) == 0) {
      store<u32>(starts + o, first);
      store<u32>(ends + o, first);
      continue;
    }
    const at = cuts + <usize>(row * step) + (<usize>piece << 2);
    store<u32>(starts + o, piece == 0 ? first : load<u32>(at - 4) + 1);
    store<u32>(ends + o, piece == pieces - 1 ? load<u32>(rowEnds + o) : load<u32>(at));
  }
}
