import type { ByteRegex } from '../engine/regex/compile-regex.ts';
import { UTC } from '../engine/time/zones.ts';
import type { FirstLine, Framing } from './line-framer.ts';
import { detectTime } from './timestamp-detection.ts';

/** A time within this many bytes of a line's beginning marks a new message. */
const TIME_WITHIN_BYTES = 48;

const CONTEXT = { zone: UTC, forceZone: false, receiptTime: Date.UTC(2100, 0, 1) };

/** Messages begin where a line matches the boundary (an expression between `\A` and `\z`). */
export function boundaryFraming(boundary: ByteRegex): Framing {
  return {
    kind: 'multiline',
    isFirst: (data, start, end) => boundary.searchBytes(data, start, end),
  };
}

/**
 * Messages begin where a line looks like a beginning. Lines that start with white space or a closing
 * bracket, stack frames and `Caused by:` continue a message; so does, after a line with a time near
 * its beginning, every line without one.
 */
export const INFERRED_FRAMING: Framing = { kind: 'multiline', isFirst: looksFirst };

function looksFirst(data: Uint8Array, start: number, end: number, before: FirstLine | null): boolean {
  const first = data[start];
  if (start === end || first === undefined) return false;
  if (first === 0x20 || first === 0x09 || first === 0x7d || first === 0x5d || first === 0x29) return false;
  if (startsWith(data, start, end, CAUSED_BY) || startsWith(data, start, end, FRAME)) return false;
  return before === null || !hasTime(data, before.start, before.end) || hasTime(data, start, end);
}

const CAUSED_BY = Buffer.from('Caused by:');
const FRAME = Buffer.from('at ');

function startsWith(data: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  return end - start >= prefix.length && prefix.every((byte, index) => data[start + index] === byte);
}

function hasTime(data: Uint8Array, start: number, end: number): boolean {
  return !Number.isNaN(detectTime(data, start, Math.min(end, start + TIME_WITHIN_BYTES), CONTEXT));
}
