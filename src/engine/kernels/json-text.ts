/** Deepest nesting that is read; anything deeper counts as malformed. */
export const JSON_DEPTH = 500;

/** The first position in `[at, end)` that holds no JSON white space, or `end`. */
export function skipSpace(data: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = data[at]!;
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
    at++;
  }
  return at;
}

/** The position of the quote that closes the string whose first character is at `from`, or -1 when it is malformed. */
export function closingQuote(data: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const byte = data[at]!;
    if (byte === 34) return at;
    if (byte < 32) return -1;
    if (byte !== 92) continue;
    const next = at + 1 < end ? data[at + 1]! : 0;
    if (next === 117) {
      if (at + 5 >= end || !hexDigits(data, at + 2)) return -1;
      at += 5;
    } else if (SIMPLE_ESCAPES[next] === 0) return -1;
    else at++;
  }
  return -1;
}

/** By the byte after the backslash: the byte that it stands for, or 0. */
const SIMPLE_ESCAPES = new Uint8Array(256);
for (const [letter, byte] of [
  ['"', 34],
  ['\\', 92],
  ['/', 47],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
] as const) {
  SIMPLE_ESCAPES[letter.charCodeAt(0)] = byte;
}

function hexDigits(data: Uint8Array, at: number): boolean {
  for (let digit = at; digit < at + 4; digit++) {
    const byte = data[digit]! | 32;
    if (!((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102))) return false;
  }
  return true;
}

/** The end of the number that starts at `from`, or -1 when it is none. */
export function numberEnd(data: Uint8Array, from: number, end: number): number {
  let at = from;
  if (data[at] === 45) at++;
  if (at < end && data[at] === 48) at++;
  else {
    at = digitsEnd(data, at, end);
    if (at < 0) return -1;
  }
  if (at < end && data[at] === 46) {
    at = digitsEnd(data, at + 1, end);
    if (at < 0) return -1;
  }
  if (at < end && (data[at]! | 32) === 101) {
    at++;
    if (at < end && (data[at] === 43 || data[at] === 45)) at++;
    return digitsEnd(data, at, end);
  }
  return at;
}

/** The end of one or more digits, or -1. */
function digitsEnd(data: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && data[at]! >= 48 && data[at]! <= 57) at++;
  return at > from ? at : -1;
}

const LITERALS = ['true', 'false', 'null'].map((word) => new TextEncoder().encode(word));

/** The end of `true`, `false` or `null` at `at`, or -1. */
export function literalEnd(data: Uint8Array, at: number, end: number): number {
  for (const literal of LITERALS) {
    if (data[at] !== literal[0]) continue;
    if (at + literal.length > end) return -1;
    for (let offset = 1; offset < literal.length; offset++) {
      if (data[at + offset] !== literal[offset]) return -1;
    }
    return at + literal.length;
  }
  return -1;
}

/** The end of the JSON value that starts at `at`, checked throughout, or -1 when it is malformed. */
export function valueEnd(data: Uint8Array, at: number, end: number, depth = 0): number {
  if (at >= end || depth > JSON_DEPTH) return -1;
  const first = data[at]!;
  if (first === 34) {
    const quote = closingQuote(data, at + 1, end);
    return quote < 0 ? -1 : quote + 1;
  }
  if (first !== 123 && first !== 91) {
    return first === 45 || (first >= 48 && first <= 57)
      ? numberEnd(data, at, end)
      : literalEnd(data, at, end);
  }
  const close = first + 2;
  let next = skipSpace(data, at + 1, end);
  if (next < end && data[next] === close) return next + 1;
  for (;;) {
    if (first === 123) {
      next = afterKey(data, next, end);
      if (next < 0) return -1;
    }
    next = valueEnd(data, next, end, depth + 1);
    if (next < 0) return -1;
    next = skipSpace(data, next, end);
    if (next >= end) return -1;
    if (data[next] === close) return next + 1;
    if (data[next] !== 44) return -1;
    next = skipSpace(data, next + 1, end);
  }
}

/** From the quote that opens a key to the value after its colon, or -1. */
function afterKey(data: Uint8Array, at: number, end: number): number {
  if (at >= end || data[at] !== 34) return -1;
  const quote = closingQuote(data, at + 1, end);
  if (quote < 0) return -1;
  const colon = skipSpace(data, quote + 1, end);
  return colon < end && data[colon] === 58 ? skipSpace(data, colon + 1, end) : -1;
}

/** Whether a checked string's inside has escapes. */
export function hasEscapes(data: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (data[at] === 92) return true;
  return false;
}

const encoder = new TextEncoder();

/** The bytes that a checked string's inside `[from, to)` stands for. Lone surrogates become U+FFFD. */
export function unescapeString(data: Uint8Array, from: number, to: number): Uint8Array {
  const out = new Uint8Array(to - from);
  let used = 0;
  for (let at = from; at < to; at++) {
    const byte = data[at]!;
    if (byte !== 92) {
      out[used++] = byte;
      continue;
    }
    at++;
    if (data[at] !== 117) {
      out[used++] = SIMPLE_ESCAPES[data[at]!]!;
      continue;
    }
    let units = String.fromCharCode(hexUnit(data, at + 1));
    at += 4;
    if (/[\ud800-\udbff]/.test(units) && data[at + 1] === 92 && data[at + 2] === 117) {
      const low = hexUnit(data, at + 3);
      if (low >= 0xdc00 && low <= 0xdfff) {
        units += String.fromCharCode(low);
        at += 6;
      }
    }
    // A unit takes six bytes as an escape and at most three as UTF-8, so there is room.
    used += encoder.encodeInto(units, out.subarray(used)).written;
  }
  return out.subarray(0, used);
}

function hexUnit(data: Uint8Array, at: number): number {
  return Number.parseInt(String.fromCharCode(data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!), 16);
}

/** The checked JSON text `[from, to)` without white space between its tokens; null when there is none to take out. */
export function compactJson(data: Uint8Array, from: number, to: number): Uint8Array | null {
  const out: { bytes: Uint8Array; used: number } = { bytes: new Uint8Array(0), used: 0 };
  let clean = from;
  for (let at = from; at < to; at++) {
    const byte = data[at]!;
    if (byte === 34) at = closingQuote(data, at + 1, to);
    else if (byte === 32 || byte === 10 || byte === 13 || byte === 9) {
      if (out.bytes.length === 0) out.bytes = new Uint8Array(to - from);
      out.bytes.set(data.subarray(clean, at), out.used);
      out.used += at - clean;
      clean = at + 1;
    }
  }
  if (out.bytes.length === 0) return null;
  out.bytes.set(data.subarray(clean, to), out.used);
  return out.bytes.subarray(0, out.used + to - clean);
}

/** Bytes of failed attempts that are looked at for one text, in multiples of its length. */
const BLOB_WORK = 8;

/** Where JSON lies in a text. */
export interface JsonBlob {
  readonly start: number;
  readonly end: number;
}

/**
 * The object or array that the text `[start, end)` is, or ends with after other text: the longest one.
 * White space may follow it, nothing else. Null when there is none.
 */
export function findJson(data: Uint8Array, start: number, end: number): JsonBlob | null {
  let last = end;
  while (last > start && data[last - 1]! <= 32) last--;
  const close = last > start ? data[last - 1]! : 0;
  if (close !== 125 && close !== 93) return null;
  let work = (last - start) * BLOB_WORK + 1024;
  for (let at = start; at < last && work > 0; at++) {
    if (data[at] !== close - 2) continue;
    const stop = valueEnd(data, at, last);
    if (stop === last) return { start: at, end: last };
    // A malformed attempt may have read anything up to the end.
    work -= stop < 0 ? attemptCost(data, at, last) : stop - at;
    if (stop > 0) at = stop - 1;
  }
  return null;
}

/** About how far a malformed value was read: to the end when it opens like JSON, else hardly at all. */
function attemptCost(data: Uint8Array, at: number, end: number): number {
  const next = skipSpace(data, at + 1, end);
  const first = next < end ? data[next]! : 0;
  return first === 34 || first === 123 || first === 91 || (first >= 48 && first <= 57) || first === 45
    ? end - at
    : 8;
}
