import { type Batch, withColumn } from '../columns/batch.ts';
import { intoKernels } from './into-kernels.ts';
import type { KernelMemory } from './wasm/memory.ts';

/** The batch with its message texts in kernel memory, where there is room for them. */
export function inKernels(batch: Batch, kernels: KernelMemory | null): Batch {
  const position = batch.schema.find('_raw');
  if (kernels === null || position < 0) return batch;
  const raw = intoKernels(batch.columns[position]!, kernels);
  return raw === null ? batch : withColumn(batch, '_raw', raw);
}
