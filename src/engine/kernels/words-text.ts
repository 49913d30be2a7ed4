import type { TextColumn } from '../columns/column.ts';
import type { Words } from '../columns/words.ts';
import { currentKernels } from './wasm/memory.ts';

/** The words of a dictionary with more than this are looked up together. */
export const MANY_WORDS = 256;

/** The words of a dictionary as a text column in kernel memory, word 1 in row 0; null where there is no room. */
export function wordsText(words: Words): TextColumn | null {
  const kernels = currentKernels();
  const { count } = words;
  if (kernels === null || count === 0) return null;
  const size = words.end(count);
  const address = kernels.allocate(size);
  const bounds = kernels.uint32(count + 1);
  if (address === null || !kernels.holds(bounds)) return null;
  kernels.bytes.set(words.data.subarray(0, size), address);
  bounds.set(words.ends.subarray(0, count + 1));
  kernels.exports.widenInts(count + 1, 4, bounds.byteOffset, address, bounds.byteOffset);
  const starts = bounds.subarray(0, count);
  const ends = bounds.subarray(1);
  return { kind: 'text', length: count, data: kernels.bytes, starts, ends, validity: null };
}
