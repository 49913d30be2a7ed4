/** A set of byte values: one bit for each, 32 bytes. */
export type ByteSet = Uint8Array;

export function newByteSet(bytes: Iterable<number> = []): ByteSet {
  const set = new Uint8Array(32);
  for (const byte of bytes) set[byte >> 3]! |= 1 << (byte & 7);
  return set;
}

export function hasByte(set: ByteSet, byte: number): boolean {
  return ((set[byte >> 3]! >> (byte & 7)) & 1) === 1;
}

/** The bytes that occur in `data`. */
export function bytesIn(data: Uint8Array): ByteSet {
  const found = new Uint8Array(256);
  for (let at = 0; at < data.length; at++) found[data[at]!] = 1;
  const set = newByteSet();
  for (let byte = 0; byte < 256; byte++) if (found[byte] === 1) set[byte >> 3]! |= 1 << (byte & 7);
  return set;
}

/** The bytes of any of the sets. */
export function allBytes(sets: readonly ByteSet[]): ByteSet {
  const all = newByteSet();
  for (const set of sets) for (let at = 0; at < all.length; at++) all[at]! |= set[at]!;
  return all;
}
