/**
 * MurmurHash3 x64 128 (A. Appleby, public domain), seed 0: 32 lower-case hex digits in the byte
 * order of Guava's `Hashing.murmur3_128` (each half least significant byte first).
 *
 * A 64-bit number is two unsigned halves; functions that make one leave its high half in `high`.
 */
export function murmur3Hex(bytes: Uint8Array): string {
  const [h1High, h1Low, h2High, h2Low] = murmur3(bytes);
  return hexLowFirst(h1Low) + hexLowFirst(h1High) + hexLowFirst(h2Low) + hexLowFirst(h2High);
}

/** The first 64 bits of the hash of a text as 16 hex digits, most significant first: an id of the text. */
export function textId(text: string): string {
  const [high, low] = murmur3(new TextEncoder().encode(text));
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function hexLowFirst(word: number): string {
  let hex = '';
  for (let shift = 0; shift < 32; shift += 8) hex += ((word >>> shift) & 255).toString(16).padStart(2, '0');
  return hex;
}

let high = 0;

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  const low = (aLow >>> 0) + (bLow >>> 0);
  high = (aHigh + bHigh + (low > 0xffffffff ? 1 : 0)) >>> 0;
  return low >>> 0;
}

function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const middle2 = a0 * b1 + (middle & 0xffff);
  const carry = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000);
  high = (carry + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
  return Math.imul(aLow, bLow) >>> 0;
}

/** Rotates left by `by`, 1 to 63. */
function rotate(aHigh: number, aLow: number, by: number): number {
  let [upper, lower] = by >= 32 ? [aLow, aHigh] : [aHigh, aLow];
  const shift = by & 31;
  if (shift > 0) {
    [upper, lower] = [
      ((upper << shift) | (lower >>> (32 - shift))) >>> 0,
      ((lower << shift) | (upper >>> (32 - shift))) >>> 0,
    ];
  }
  high = upper >>> 0;
  return lower >>> 0;
}

/** The final mix of one half: three xor-shifts by 33 with multiplications between. */
function mix(aHigh: number, aLow: number): number {
  let low = (aLow ^ (aHigh >>> 1)) >>> 0;
  low = multiply(aHigh, low, 0xff51afd7, 0xed558ccd);
  low = (low ^ (high >>> 1)) >>> 0;
  low = multiply(high, low, 0xc4ceb9fe, 0x1a85ec53);
  return (low ^ (high >>> 1)) >>> 0;
}

const C1_HIGH = 0x87c37b91;
const C1_LOW = 0x114253d5;
const C2_HIGH = 0x4cf5ad43;
const C2_LOW = 0x2745937f;

function mixFirst(wordHigh: number, wordLow: number): number {
  let low = multiply(wordHigh, wordLow, C1_HIGH, C1_LOW);
  low = rotate(high, low, 31);
  return multiply(high, low, C2_HIGH, C2_LOW);
}

function mixSecond(wordHigh: number, wordLow: number): number {
  let low = multiply(wordHigh, wordLow, C2_HIGH, C2_LOW);
  low = rotate(high, low, 33);
  return multiply(high, low, C1_HIGH, C1_LOW);
}

function murmur3(bytes: Uint8Array): [number, number, number, number] {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let h1High = 0;
  let h1Low = 0;
  let h2High = 0;
  let h2Low = 0;
  const blocksEnd = length - (length % 16);
  for (let at = 0; at < blocksEnd; at += 16) {
    let low = mixFirst(view.getUint32(at + 4, true), view.getUint32(at, true));
    low = rotate(high ^ h1High, low ^ h1Low, 27);
    low = add(high, low, h2High, h2Low);
    low = multiply(high, low, 0, 5);
    h1Low = add(high, low, 0, 0x52dce729);
    h1High = high;
    low = mixSecond(view.getUint32(at + 12, true), view.getUint32(at + 8, true));
    low = rotate(high ^ h2High, low ^ h2Low, 31);
    low = add(high, low, h1High, h1Low);
    low = multiply(high, low, 0, 5);
    h2Low = add(high, low, 0, 0x38495ab5);
    h2High = high;
  }
  const tail = new DataView(new ArrayBuffer(16));
  for (let at = blocksEnd; at < length; at++) tail.setUint8(at - blocksEnd, bytes[at]!);
  h2Low ^= mixSecond(tail.getUint32(12, true), tail.getUint32(8, true));
  h2High ^= high;
  h1Low ^= mixFirst(tail.getUint32(4, true), tail.getUint32(0, true));
  h1High ^= high;

  h1Low = (h1Low ^ length) >>> 0;
  h2Low = (h2Low ^ length) >>> 0;
  h1Low = add(h1High, h1Low, h2High, h2Low);
  h1High = high;
  h2Low = add(h2High, h2Low, h1High, h1Low);
  h2High = high;
  h1Low = mix(h1High, h1Low);
  h1High = high;
  h2Low = mix(h2High, h2Low);
  h2High = high;
  h1Low = add(h1High, h1Low, h2High, h2Low);
  h1High = high;
  h2Low = add(h2High, h2Low, h1High, h1Low);
  h2High = high;
  return [h1High, h1Low, h2High, h2Low];
}
