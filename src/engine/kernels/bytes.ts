import { Buffer } from 'node:buffer';

let lastBytes: Uint8Array | null = null;
let lastBuffer: Buffer = Buffer.alloc(0);

/** Compares two byte ranges; negative, zero or positive. For UTF-8 this is the order of code points. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const shorter = Math.min(aEnd - aStart, bEnd - bStart);
  for (let at = 0; at < shorter; at++) {
    const difference = a[aStart + at]! - b[bStart + at]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Whether `bytes[start, end)` is exactly `wanted`. */
export function equalBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  return end - start === wanted.length && startsWithBytes(bytes, start, end, wanted);
}

/** Whether `bytes[start, end)` begins with `wanted`. */
export function startsWithBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start < wanted.length) return false;
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false;
  return true;
}

/** Whether `bytes[start, end)` ends with `wanted`. */
export function endsWithBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  return end - start >= wanted.length && startsWithBytes(bytes, end - wanted.length, end, wanted);
}

/** The text of `bytes[start, end)`; invalid UTF-8 becomes U+FFFD. */
export function decodeBytes(bytes: Uint8Array, start: number, end: number): string {
  if (bytes !== lastBytes) {
    lastBytes = bytes;
    lastBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return lastBuffer.toString('utf8', start, end);
}

/**
 * A search for `wanted` in a byte range: the offset of the first occurrence at or after `start` that
 * ends by `end`, or -1. Boyer-Moore-Horspool; with `anyCase` ASCII letters match in both cases
 * (`wanted` must then be in lower case).
 */
export function byteSearch(
  wanted: Uint8Array,
  anyCase = false,
): (bytes: Uint8Array, start: number, end: number) => number {
  const length = wanted.length;
  if (length === 0) return (_, start, end) => (start <= end ? start : -1);
  const last = length - 1;
  const skip = new Int32Array(256).fill(length);
  const fold = anyCase ? LOWER_CASE : SAME_CASE;
  for (let at = 0; at < last; at++) {
    const byte = wanted[at]!;
    skip[byte] = last - at;
    if (anyCase && byte >= 0x61 && byte <= 0x7a) skip[byte - 32] = last - at;
  }
  const final = wanted[last]!;
  return (bytes, start, end) => {
    let at = start + last;
    while (at < end) {
      const byte = bytes[at]!;
      if (fold[byte] === final) {
        let back = last - 1;
        while (back >= 0 && fold[bytes[at - last + back]!] === wanted[back]) back--;
        if (back < 0) return at - last;
      }
      at += skip[byte]!;
    }
    return -1;
  };
}

const SAME_CASE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Each byte with ASCII letters in lower case. */
export const LOWER_CASE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte,
);

/** Compares two texts by code point, as their UTF-8 bytes would; plain `<` compares UTF-16 units. */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return surrogatesLast(left) - surrogatesLast(right);
  }
  return a.length - b.length;
}

/** Moves surrogates (code points beyond 0xFFFF) after all other UTF-16 units. */
function surrogatesLast(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
