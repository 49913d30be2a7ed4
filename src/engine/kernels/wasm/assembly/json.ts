// Row status and value kinds of jsonValues; the TypeScript side has the same numbers.
const NOT_JSON: u8 = 0;
const READ: u8 = 1;
const GENERAL: u8 = 2;
const MISSING: u8 = 0;
const TEXT: u8 = 1;
const NULL: u8 = 2;
const OBJECT: u8 = 3;
/** In the length of a wanted key: what is wanted lies further in, if its value is an object. */
const INNER: u32 = 0x80000000;

// @ts-ignore: decorator
@inline
function skipSpace(at: usize, end: usize): usize {
  while (at < end) {
    const byte = load<u8>(at);
    if (byte != 32 && byte != 9 && byte != 10 && byte != 13) break;
    at++;
  }
  return at;
}

/**
 * The position of the quote that closes a string whose first character is at `at`; 0 where the
 * string holds an escape or a control character or does not end, which the general path handles.
 */
// @ts-ignore: decorator
@inline
function closingQuote(at: usize, end: usize): usize {
  const quote = i8x16.splat(34);
  const backslash = i8x16.splat(92);
  const space = i8x16.splat(32);
  while (at < end) {
    const bytes = v128.load(at);
    const bits = <u32>i8x16.bitmask(v128.or(v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)), i8x16.lt_u(bytes, space)));
    if (bits != 0) {
      const found = at + ctz<u32>(bits);
      return found < end && load<u8>(found) == 34 ? found : 0;
    }
    at += 16;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 48 < 10;
}

/** The end of the JSON number that starts at `at`, or 0 when it is none. */
function numberEnd(at: usize, end: usize): usize {
  if (at < end && load<u8>(at) == 45) at++;
  if (at >= end || !isDigit(load<u8>(at))) return 0;
  if (load<u8>(at) == 48) at++;
  else while (at < end && isDigit(load<u8>(at))) at++;
  if (at < end && load<u8>(at) == 46) {
    at++;
    if (at >= end || !isDigit(load<u8>(at))) return 0;
    while (at < end && isDigit(load<u8>(at))) at++;
  }
  if (at < end && (load<u8>(at) | 32) == 101) {
    at++;
    if (at < end && (load<u8>(at) == 43 || load<u8>(at) == 45)) at++;
    if (at >= end || !isDigit(load<u8>(at))) return 0;
    while (at < end && isDigit(load<u8>(at))) at++;
  }
  return at;
}

// @ts-ignore: decorator
@inline
function sameBytes(a: usize, b: usize, length: usize): bool {
  for (let at: usize = 0; at < length; at++) if (load<u8>(a + at) != load<u8>(b + at)) return false;
  return true;
}

/** The position of a wanted key among `count` (pointer, length) pairs at `keys`, or -1. */
function keyAt(start: usize, end: usize, keys: usize, count: u32): i32 {
  const length = <u32>(end - start);
  for (let key: u32 = 0; key < count; key++) {
    const entry = keys + (<usize>key << 3);
    if ((load<u32>(entry, 4) & ~INNER) == length && sameBytes(start, <usize>load<u32>(entry), <usize>length)) return <i32>key;
  }
  return -1;
}

/** Whether the value of a wanted key is only looked for to read on in it. */
// @ts-ignore: decorator
@inline
function isInner(key: i32, keys: usize): bool {
  return key >= 0 && (load<u32>(keys + (<usize>key << 3), 4) & INNER) != 0;
}

/** The end of the literal `true`, `false` or `null` at `at`, or 0. */
// @ts-ignore: decorator
@inline
function literalEnd(at: usize, end: usize): usize {
  if (at + 4 > end) return 0;
  const word = load<u32>(at);
  if (word == 0x65757274 || word == 0x6c6c756e) return at + 4;
  return at + 5 <= end && word == 0x736c6166 && load<u8>(at, 4) == 101 ? at + 5 : 0;
}

/** The end of the JSON value at `at` whatever it is, or 0 where it is malformed, escaped or too deep. */
function valueEnd(at: usize, end: usize, depth: u32): usize {
  if (at >= end || depth > 32) return 0;
  const first = load<u8>(at);
  if (first == 34) {
    const quote = closingQuote(at + 1, end);
    return quote == 0 ? 0 : quote + 1;
  }
  if (first == 116 || first == 102 || first == 110) return literalEnd(at, end);
  if (first != 123 && first != 91) return numberEnd(at, end);
  const isObject = first == 123;
  const close: u8 = isObject ? 125 : 93;
  at = skipSpace(at + 1, end);
  if (at < end && load<u8>(at) == close) return at + 1;
  while (true) {
    if (isObject) {
      if (at >= end || load<u8>(at) != 34) return 0;
      const quote = closingQuote(at + 1, end);
      if (quote == 0) return 0;
      at = skipSpace(quote + 1, end);
      if (at >= end || load<u8>(at) != 58) return 0;
      at = skipSpace(at + 1, end);
    }
    at = valueEnd(at, end, depth + 1);
    if (at == 0) return 0;
    at = skipSpace(at, end);
    if (at >= end) return 0;
    if (load<u8>(at) == close) return at + 1;
    if (load<u8>(at) != 44) return 0;
    at = skipSpace(at + 1, end);
  }
}

/** Reads one row; see jsonValues. */
function readRow(row: u32, rows: u32, start: usize, end: usize, keys: usize, count: u32, valueStarts: usize, valueEnds: usize, kinds: usize): u8 {
  let at = skipSpace(start, end);
  if (at >= end || (load<u8>(at) != 123 && load<u8>(at) != 91)) return NOT_JSON;
  if (load<u8>(at) == 91) return GENERAL;
  at = skipSpace(at + 1, end);
  if (at < end && load<u8>(at) == 125) return skipSpace(at + 1, end) == end ? READ : GENERAL;
  while (true) {
    if (at >= end || load<u8>(at) != 34) return GENERAL;
    const keyStart = at + 1;
    const keyEnd = closingQuote(keyStart, end);
    if (keyEnd == 0) return GENERAL;
    const key = keyAt(keyStart, keyEnd, keys, count);
    at = skipSpace(keyEnd + 1, end);
    if (at >= end || load<u8>(at) != 58) return GENERAL;
    at = skipSpace(at + 1, end);
    if (at >= end) return GENERAL;
    const first = load<u8>(at);
    let from = at;
    let to: usize;
    let kind: u8 = TEXT;
    if (first == 34) {
      from = at + 1;
      to = closingQuote(from, end);
      if (to == 0) return GENERAL;
      at = to + 1;
    } else {
      to = valueEnd(at, end, 0);
      if (to == 0) return GENERAL;
      at = to;
      if (first == 110) kind = NULL;
      // Objects and arrays are printed compactly, which the general path does.
      else if (key >= 0 && (first == 123 || first == 91) && !isInner(key, keys)) return GENERAL;
    }
    if (isInner(key, keys)) kind = first == 123 ? OBJECT : MISSING;
    if (key >= 0) {
      const slot = <usize>(<u32>key * rows + row);
      store<u32>(valueStarts + (slot << 2), <u32>from);
      store<u32>(valueEnds + (slot << 2), <u32>to);
      store<u8>(kinds + slot, kind);
    }
    at = skipSpace(at, end);
    if (at >= end) return GENERAL;
    if (load<u8>(at) == 125) return skipSpace(at + 1, end) == end ? READ : GENERAL;
    if (load<u8>(at) != 44) return GENERAL;
    at = skipSpace(at + 1, end);
  }
}

// A shape: how many values an object has, those of objects in it included, then for each of them what stands before it (address and
// length), the wanted key that it belongs to or -1, and what it is; then what stands after
// the last one. Objects of one source mostly have the same shape.
const MOST_SLOTS: u32 = 32;
/** Bytes of a shape. */
export const JSON_SHAPE: i32 = 16 + 33 * 16;
/** How many times in one call a shape is learnt again. */
const MOST_SHAPES: u32 = 16;

// What a slot of a shape is: a number or literal, a string, or the bounds of an object that is read on in.
const SCALAR: u32 = 0;
const STRING: u32 = 1;
const OPENED: u32 = 2;
const CLOSED: u32 = 3;

// @ts-ignore: decorator
@inline
function putSlot(shape: usize, slots: u32, before: usize, at: usize, key: i32, type: u32): void {
  const slot = shape + 16 + (<usize>slots << 4);
  store<u32>(slot, <u32>before);
  store<u32>(slot, <u32>(at - before), 4);
  store<i32>(slot, key, 8);
  store<u32>(slot, type, 12);
}

/** Learns the shape of a row that was read, with the objects in it; 0 slots where it has arrays, or too many values. */
function learnShape(start: usize, end: usize, keys: usize, count: u32, shape: usize): void {
  store<u32>(shape, 0);
  let slots: u32 = 0;
  let depth: u32 = 0;
  // The wanted key whose object is open.
  let open: i32 = -1;
  let before = start;
  let at = skipSpace(skipSpace(start, end) + 1, end);
  while (true) {
    if (slots == MOST_SLOTS) return;
    if (load<u8>(at) == 125) {
      if (depth == 0) break;
      depth--;
      at++;
      if (depth == 0 && open >= 0) {
        putSlot(shape, slots++, before, at, open, CLOSED);
        before = at;
        open = -1;
      }
    } else {
      const keyStart = at + 1;
      const keyEnd = closingQuote(keyStart, end);
      at = skipSpace(skipSpace(keyEnd + 1, end) + 1, end);
      const key = depth == 0 ? keyAt(keyStart, keyEnd, keys, count) : -1;
      const first = load<u8>(at);
      if (first == 91) return;
      if (first == 123) {
        if (key >= 0) {
          putSlot(shape, slots++, before, at, key, OPENED);
          before = at;
          open = key;
        }
        depth++;
        at = skipSpace(at + 1, end);
        continue;
      }
      const isString = first == 34;
      const from = isString ? at + 1 : at;
      // Nothing lies further in it, which takes back what an equal key before it had.
      if (isInner(key, keys)) return;
      putSlot(shape, slots++, before, from, key, isString ? STRING : SCALAR);
      before = isString ? closingQuote(from, end) : valueEnd(at, end, 0);
      at = isString ? before + 1 : before;
    }
    at = skipSpace(at, end);
    if (load<u8>(at) == 44) at = skipSpace(at + 1, end);
  }
  putSlot(shape, slots, before, end, -1, SCALAR);
  store<u32>(shape, slots);
}

/** Whether the same `length` bytes lie at both places. May look at 15 bytes more. */
// @ts-ignore: decorator
@inline
function samePiece(a: usize, b: usize, length: u32): bool {
  while (length >= 16) {
    if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return false;
    a += 16;
    b += 16;
    length -= 16;
  }
  const equal = <u32>i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
  const wanted = ((<u32>1) << length) - 1;
  return (equal & wanted) == wanted;
}

/** Reads one row that has the shape; false when it has not, or holds an escape. */
// @ts-ignore: decorator
@inline
function readShaped(row: u32, rows: u32, start: usize, end: usize, shape: usize, valueStarts: usize, valueEnds: usize, kinds: usize): bool {
  const slots = load<u32>(shape);
  let slot = shape + 16;
  const last = slot + (<usize>slots << 4);
  let at = start;
  while (true) {
    const length = load<u32>(slot, 4);
    if (at + length > end || !samePiece(at, <usize>load<u32>(slot), length)) return false;
    at += length;
    if (slot == last) return at == end;
    const type = load<u32>(slot, 12);
    if (type >= OPENED) {
      const place = <usize>(load<u32>(slot, 8) * rows + row);
      if (type == OPENED) store<u32>(valueStarts + (place << 2), <u32>at);
      else {
        store<u32>(valueEnds + (place << 2), <u32>at);
        store<u8>(kinds + place, OBJECT);
      }
      slot += 16;
      continue;
    }
    let kind = TEXT;
    let to: usize;
    if (type == STRING) to = closingQuote(at, end);
    else {
      if (at < end && load<u8>(at) == 110) kind = NULL;
      to = isScalar(at, end) ? valueEnd(at, end, 0) : 0;
    }
    if (to == 0) return false;
    const key = load<i32>(slot, 8);
    if (key >= 0) {
      const place = <usize>(<u32>key * rows + row);
      store<u32>(valueStarts + (place << 2), <u32>at);
      store<u32>(valueEnds + (place << 2), <u32>to);
      store<u8>(kinds + place, kind);
    }
    at = to;
    slot += 16;
  }
}

/** Whether a number or a literal begins here. */
// @ts-ignore: decorator
@inline
function isScalar(at: usize, end: usize): bool {
  return at < end && load<u8>(at) != 34 && load<u8>(at) != 123 && load<u8>(at) != 91;
}

/**
 * The texts between `prefix`, with which a row begins, and the next quote: starts and ends of each row's,
 * which are the same for rows that have no such text without escapes.
 */
export function quotedAfter(rows: u32, starts: usize, ends: usize, prefix: usize, length: u32, textStarts: usize, textEnds: usize): void {
  for (let row: u32 = 0; row < rows; row++) {
    const o = <usize>row << 2;
    const start = <usize>load<u32>(starts + o);
    const end = <usize>load<u32>(ends + o);
    const from = start + length;
    const fits = from <= end && sameBytes(start, prefix, <usize>length);
    const quote = fits ? closingQuote(from, end) : 0;
    store<u32>(textStarts + o, <u32>(quote == 0 ? start : from));
    store<u32>(textEnds + o, <u32>(quote == 0 ? start : quote));
  }
}

/**
 * Values of top-level keys of JSON objects, one object a row. For key `k` and row `r` the slot
 * `k * rows + r` of `valueStarts`, `valueEnds` and `kinds` says where the value lies (strings
 * without quotes, numbers and booleans as written) and whether it is missing, a text or null.
 * `status[r]` is NOT_JSON (no `{` or `[` first), READ, or GENERAL for everything that needs the
 * general path: escapes, nested values under a wanted key, malformed text. A key that occurs twice: the last value.
 * A key with INNER in its length: the value is an object (OBJECT), which may be nested, or counts as missing.
 * `shape` is room for a JSON_SHAPE. Returns whether every row is READ and has a text for every key.
 */
export function jsonValues(rows: u32, starts: usize, ends: usize, keys: usize, count: u32, valueStarts: usize, valueEnds: usize, kinds: usize, status: usize, shape: usize): bool {
  let odd: u32 = 0;
  let shapes: u32 = 0;
  store<u32>(shape, 0);
  memory.fill(kinds, MISSING, <usize>(rows * count));
  for (let row: u32 = 0; row < rows; row++) {
    const o = <usize>row << 2;
    const start = <usize>load<u32>(starts + o);
    const end = <usize>load<u32>(ends + o);
    let state = READ;
    if (load<u32>(shape) == 0 || !readShaped(row, rows, start, end, shape, valueStarts, valueEnds, kinds)) {
      for (let key: u32 = 0; key < count; key++) store<u8>(kinds + <usize>(key * rows + row), MISSING);
      state = readRow(row, rows, start, end, keys, count, valueStarts, valueEnds, kinds);
      if (state == READ && shapes < MOST_SHAPES) {
        learnShape(start, end, keys, count, shape);
        shapes++;
      }
    }
    store<u8>(status + row, state);
    odd |= <u32>(state ^ READ);
  }
  const slots = <usize>(rows * count);
  for (let slot: usize = 0; slot < slots && odd == 0; slot++) odd = <u32>(load<u8>(kinds + slot) ^ TEXT);
  return odd == 0;
}
