import { crc32 } from 'node:zlib';

/**
 * The checksum of everything the store writes: CRC-32 (IEEE), carried on from `before`. Node computes
 * it natively at several GB/s; CRC32C in JavaScript would cost more than reading the data, and for
 * frames of up to 64 MB both find the same classes of damage.
 */
export function checksum(bytes: Uint8Array, before = 0): number {
  return crc32(bytes, before);
}
