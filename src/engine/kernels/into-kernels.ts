import type { Column, TextColumn } from '../columns/column.ts';
import type { KernelMemory } from './wasm/memory.ts';

/**
 * A text column with its bytes and positions in kernel memory: itself when they are there, a copy
 * when its rows follow each other in one buffer, else null (also when there is no room).
 */
export function intoKernels(column: Column, kernels: KernelMemory): TextColumn | null {
  // A text that is not put together yet stays so until somebody looks at its bytes.
  if (column.kind !== 'text' || column.length === 0 || column.shape !== undefined) return null;
  const { data, starts, ends, length } = column;
  if (kernels.holds(data) && kernels.holds(starts) && kernels.holds(ends)) return column;
  if (!areAscending(column)) return null;
  const from = starts[0]!;
  const to = ends[length - 1]!;
  // Rows picked from a much larger buffer are not worth copying the rest of it.
  if (to - from > 1024 * length + 65_536) return null;
  const address = kernels.allocate(to - from);
  if (address === null) return null;
  kernels.bytes.set(data.subarray(from, to), address);
  const keptStarts = kernels.uint32(length);
  const keptEnds = kernels.uint32(length);
  if (!kernels.holds(keptStarts) || !kernels.holds(keptEnds)) return null;
  const shift = address - from;
  for (let row = 0; row < length; row++) {
    keptStarts[row] = starts[row]! + shift;
    keptEnds[row] = ends[row]! + shift;
  }
  return {
    kind: 'text',
    length,
    data: kernels.bytes,
    starts: keptStarts,
    ends: keptEnds,
    validity: column.validity,
  };
}

/** Whether each row starts where the one before ended, or later. */
function areAscending({ starts, ends, length }: TextColumn): boolean {
  let previous = 0;
  for (let row = 0; row < length; row++) {
    if (starts[row]! < previous || ends[row]! < starts[row]!) return false;
    previous = ends[row]!;
  }
  return true;
}
