import type { TextColumn } from '../columns/column.ts';
import type { Words } from '../columns/words.ts';
import { currentKernels } from './wasm/memory.ts';

/** The words of a dictionary as a text column in kernel memory, word 1 in row 0; null where there is no room. */
export function wordsText(words: Words): TextColumn | null {
  const kernels = currentKernels();
  const { count } = words;
  if (kernels === null || count === 0) return null;
  const size = words.end(count);
  const address = kernels.allocate(size);
  const starts = kernels.uint32(count);
  const ends = kernels.uint32(count);
  if (address === null || !kernels.holds(starts) || !kernels.holds(ends)) return null;
  kernels.bytes.set(words.data.subarray(0, size), address);
  for (let code = 1; code <= count; code++) {
    starts[code - 1] = address + words.start(code);
    ends[code - 1] = address + words.end(code);
  }
  return { kind: 'text', length: count, data: kernels.bytes, starts, ends, validity: null };
}
