import type { TextColumn } from '../../../src/engine/columns/column.ts';
import type { KernelMemory } from '../../../src/engine/kernels/wasm/memory.ts';

/** The column with everything in the memory of the kernels, as sources make it. */
export function insideMemory(memory: KernelMemory, column: TextColumn): TextColumn {
  const address = memory.allocate(column.data.length);
  if (address === null) throw new Error('the memory is full');
  memory.bytes.set(column.data, address);
  const starts = memory.uint32(column.length);
  const ends = memory.uint32(column.length);
  for (let row = 0; row < column.length; row++) {
    starts[row] = column.starts[row]! + address;
    ends[row] = column.ends[row]! + address;
  }
  return { ...column, data: memory.bytes, starts, ends };
}
