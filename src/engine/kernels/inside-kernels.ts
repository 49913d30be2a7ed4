import { isSet, type TextColumn } from '../columns/column.ts';
import { currentKernels, type KernelMemory } from './wasm/memory.ts';

/**
 * The column as the SIMD kernels want it, where its bytes lie in their memory: offsets beside the bytes, and
 * no bitmap when no row is null. Any other column comes back as it is.
 */
export function insideKernels(column: TextColumn): TextColumn {
  const kernels = currentKernels();
  const { data, starts, ends, length } = column;
  if (kernels === null || !kernels.holds(data)) return column;
  const validity = hasNull(column) ? column.validity : null;
  if (holdsText(kernels, column)) return { ...column, validity };
  const ownStarts = kernels.uint32(length);
  const ownEnds = kernels.uint32(length);
  ownStarts.set(starts.subarray(0, length));
  ownEnds.set(ends.subarray(0, length));
  return { ...column, starts: ownStarts, ends: ownEnds, validity };
}

/** Whether texts lie in kernel memory, bytes and places both. */
export function holdsText(
  kernels: KernelMemory,
  { data, starts, ends }: Pick<TextColumn, 'data' | 'starts' | 'ends'>,
): boolean {
  return kernels.holds(data) && kernels.holds(starts) && kernels.holds(ends);
}

function hasNull({ validity, length }: TextColumn): boolean {
  if (validity === null) return false;
  const whole = length >> 3;
  for (let byte = 0; byte < whole; byte++) if (validity[byte] !== 255) return true;
  for (let row = whole * 8; row < length; row++) if (!isSet(validity, row)) return true;
  return false;
}
