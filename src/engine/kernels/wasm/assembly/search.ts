// What a term of a phrase is; the TypeScript side has the same numbers.
const MARK: u32 = 0;
const WORD: u32 = 1;

// Answers of the tests at a hit: no, yes, and that only the general path can tell.
const NO: u32 = 0;
const YES: u32 = 1;
const UNSURE: u32 = 2;

// @ts-ignore: decorator
@inline
function isWord(byte: u32): bool {
  return (byte - 48 < 10) || ((byte | 32) - 97 < 26) || byte == 95;
}

// @ts-ignore: decorator
@inline
function isSpace(byte: u32): bool {
  return byte == 32 || byte - 9 < 5 || byte - 28 < 4;
}

/** Whether the term at `term` lies at [at, at + its length), in any letter case. */
function fits(at: usize, term: usize): bool {
  const lower = <usize>load<u32>(term);
  const upper = <usize>load<u32>(term, 4);
  const length = <usize>load<u32>(term, 8);
  for (let place: usize = 0; place < length; place++) {
    const byte = load<u8>(at + place);
    if (byte != load<u8>(lower + place) && byte != load<u8>(upper + place)) return false;
  }
  return true;
}

/** Whether a word can end here: nothing, or no other character of a word, follows (`inside` says that a byte does). */
// @ts-ignore: decorator
@inline
function boundary(inside: bool, at: usize): u32 {
  if (!inside) return YES;
  const byte = <u32>load<u8>(at);
  return byte > 127 ? UNSURE : isWord(byte) ? NO : YES;
}

/** Whether the terms [from, to) follow each other from `at` on, with white space between them or not. */
function follow(at: usize, end: usize, from: usize, to: usize): u32 {
  let answer = YES;
  for (let term = from; term < to; term += 16) {
    while (at < end && isSpace(load<u8>(at))) at++;
    const length = <usize>load<u32>(term, 8);
    if (at + length > end) return NO;
    if (load<u8>(at) > 127) return UNSURE;
    if (!fits(at, term)) return NO;
    at += length;
    if (load<u32>(term, 12) != WORD) continue;
    const ends = boundary(at < end, at);
    if (ends == NO) return NO;
    if (ends == UNSURE) answer = UNSURE;
  }
  return answer;
}

/** The same for the terms [from, to) before `at`, the last of them first. */
function precede(start: usize, at: usize, from: usize, to: usize): u32 {
  let answer = YES;
  for (let term = to; term > from; ) {
    term -= 16;
    while (at > start && isSpace(load<u8>(at - 1))) at--;
    const length = <usize>load<u32>(term, 8);
    if (at < start + length) return at > start && load<u8>(at - 1) > 127 ? UNSURE : NO;
    if (load<u8>(at - 1) > 127) return UNSURE;
    at -= length;
    if (!fits(at, term)) return NO;
    if (load<u32>(term, 12) != WORD) continue;
    const starts = boundary(at > start, at - 1);
    if (starts == NO) return NO;
    if (starts == UNSURE) answer = UNSURE;
  }
  return answer;
}

/** `out[row]` = 1 for the rows whose text is the `length` bytes at `wanted`, else 0. Both have 16 bytes of room behind them. */
export function equalTexts(rows: u32, starts: usize, ends: usize, wanted: usize, length: u32, out: usize): void {
  const kept = min<u32>(length, 16);
  // The bytes beyond the text are no part of it.
  const behind = <u32>(0xffff << kept) & 0xffff;
  const first = v128.load(wanted);
  for (let row: u32 = 0; row < rows; row++) {
    const start = <usize>load<u32>(starts + (<usize>row << 2));
    let same: u32 = 0;
    if (load<u32>(ends + (<usize>row << 2)) - <u32>start == length) {
      same = (<u32>i8x16.bitmask(i8x16.eq(v128.load(start), first)) | behind) == 0xffff ? 1 : 0;
      for (let at: u32 = 16; at < length && same == 1; at++) same = load<u8>(start + at) == load<u8>(wanted + at) ? 1 : 0;
    }
    store<u8>(out + <usize>row, <u8>same);
  }
}

/**
 * Marks the rows in which a phrase of ASCII terms occurs, in any letter case. The rows must lie in
 * ascending order in memory. `terms` are `count` terms of 16 bytes: where the text lies in lower and in
 * upper case, its length, and whether it is a MARK, a WORD (which must be a whole one) or part of a word.
 * Term `chosen`, which is no rare sight only if all are, is what is searched for. `marks[row]` becomes 1
 * for a hit; 2 where only the general path can tell, since a byte is not ASCII. Marks are not cleared first.
 */
export function markPhrase(rows: u32, starts: usize, ends: usize, terms: usize, count: u32, chosen: u32, marks: usize): void {
  if (rows == 0) return;
  const term = terms + (<usize>chosen << 4);
  const after = term + 16;
  const to = terms + (<usize>count << 4);
  const lower = <usize>load<u32>(term);
  const upper = <usize>load<u32>(term, 4);
  const length = <usize>load<u32>(term, 8);
  const whole = load<u32>(term, 12) == WORD;
  const last = length - 1;
  const firstLower = i8x16.splat(load<i8>(lower));
  const firstUpper = i8x16.splat(load<i8>(upper));
  const lastLower = i8x16.splat(load<i8>(lower + last));
  const lastUpper = i8x16.splat(load<i8>(upper + last));
  // What follows begins with its own first byte, or with white space, or is not ASCII.
  const followed = after < to;
  const nextLower = i8x16.splat(followed ? load<i8>(<usize>load<u32>(after)) : 0);
  const nextUpper = i8x16.splat(followed ? load<i8>(<usize>load<u32>(after, 4)) : 0);
  const space = i8x16.splat(32);
  const everything = i8x16.splat(followed ? 0 : -1);
  let row: u32 = 0;
  let end = <usize>load<u32>(ends);
  let at = <usize>load<u32>(starts);
  const stop = <usize>load<u32>(ends + (<usize>(rows - 1) << 2));
  while (at + length <= stop) {
    const head = v128.load(at);
    const tail = v128.load(at + last);
    const next = v128.load(at + length);
    let bits = <u32>i8x16.bitmask(
      v128.and(
        v128.and(
          v128.or(i8x16.eq(head, firstLower), i8x16.eq(head, firstUpper)),
          v128.or(i8x16.eq(tail, lastLower), i8x16.eq(tail, lastUpper)),
        ),
        // Signed: bytes beyond ASCII are below the space as well.
        v128.or(v128.or(i8x16.eq(next, nextLower), i8x16.eq(next, nextUpper)), v128.or(i8x16.le_s(next, space), everything)),
      ),
    );
    while (bits != 0) {
      const hit = at + <usize>ctz<u32>(bits);
      bits &= bits - 1;
      if (hit + length > stop) break;
      while (hit >= end) {
        row++;
        end = <usize>load<u32>(ends + (<usize>row << 2));
      }
      const start = <usize>load<u32>(starts + (<usize>row << 2));
      if (hit < start || hit + length > end) continue;
      const known = <u32>load<u8>(marks + row);
      if (known == YES || !fits(hit, term)) continue;
      let answer = YES;
      if (whole) {
        const left = boundary(hit > start, hit - 1);
        const right = boundary(hit + length < end, hit + length);
        if (left == NO || right == NO) continue;
        if (left == UNSURE || right == UNSURE) answer = UNSURE;
      }
      const forth = follow(hit + length, end, after, to);
      if (forth == NO) continue;
      const back = precede(start, hit, terms, term);
      if (back == NO) continue;
      if (forth == UNSURE || back == UNSURE) answer = UNSURE;
      store<u8>(marks + row, answer);
    }
    at += 16;
  }
}
