import type { CodeArray, DictionaryColumn } from '../columns/column.ts';
import { currentKernels } from './wasm/memory.ts';

/** Tables that the kernel counts in, so that equal codes after each other do not wait for one counter. */
const TABLES = 4;

/** How many rows of the column have each code, from 0 (null) to its last word. */
export function countCodes(column: DictionaryColumn): Uint32Array {
  const { codes, length, words } = column;
  const counts = new Uint32Array(words.count + 1);
  if (countByKernel(codes, length, counts, counts.length)) return counts;
  for (let row = 0; row < length; row++) counts[codes[row]!]!++;
  return counts;
}

/**
 * Adds the rows of each code below `size` to `counts`; false where the codes are not in kernel memory or there
 * is no room.
 */
export function countByKernel(
  codes: CodeArray,
  length: number,
  counts: Uint32Array | Float64Array,
  size: number,
): boolean {
  const kernels = currentKernels();
  if (!kernels?.holds(codes)) return false;
  const tables = kernels.uint32(size * TABLES);
  if (!kernels.holds(tables)) return false;
  tables.fill(0);
  const { byteOffset, BYTES_PER_ELEMENT: width } = codes;
  kernels.exports.countCodes(length, width, byteOffset, size, tables.byteOffset);
  for (let table = 0; table < TABLES; table++) {
    for (let code = 0; code < size; code++) counts[code]! += tables[table * size + code]!;
  }
  return true;
}
