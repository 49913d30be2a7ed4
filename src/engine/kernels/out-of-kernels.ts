import { type Batch, newBatch } from '../columns/batch.ts';
import {
  type Bitmap,
  type Column,
  type FlatColumn,
  flatten,
  isSet,
  keepColumn,
  type TextColumn,
} from '../columns/column.ts';
import type { KernelMemory } from './wasm/memory.ts';

/** The batch with arrays outside the kernel memory; texts that lie there at `address` lie at the start of `bytes`, too. */
export function outOfKernels(batch: Batch, kernels: KernelMemory, address: number, bytes: Uint8Array): Batch {
  const columns = batch.columns.map((column) => ownColumn(column, kernels, address, bytes));
  return newBatch(batch.schema, columns, batch.length);
}

function ownColumn(column: Column, kernels: KernelMemory, address: number, bytes: Uint8Array): FlatColumn {
  const flat = flatten(column);
  switch (flat.kind) {
    case 'text':
      return kernels.holds(flat.data)
        ? movedText(flat, kernels, address, bytes)
        : { ...flat, ...ownPlaces(flat, kernels) };
    case 'dictionary':
      return kernels.holds(flat.codes) ? keepColumn(flat) : flat;
    case 'number':
    case 'digits':
      return kernels.holds(flat.values) || liesIn(flat.validity, kernels) ? keepColumn(flat) : flat;
    case 'boolean':
      return kernels.holds(flat.values) ? keepColumn(flat) : flat;
    case 'constant':
    case 'values':
      return flat;
  }
}

function movedText(
  column: TextColumn,
  kernels: KernelMemory,
  address: number,
  bytes: Uint8Array,
): TextColumn {
  const { length, starts, ends } = column;
  const validity = ownBitmap(column.validity, kernels);
  const movedStarts = new Uint32Array(length);
  const movedEnds = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    // Places of rows without a value mean nothing and need not lie there.
    if (!isSet(validity, row)) continue;
    movedStarts[row] = starts[row]! - address;
    movedEnds[row] = ends[row]! - address;
  }
  return { kind: 'text', length, data: bytes, starts: movedStarts, ends: movedEnds, validity };
}

function ownPlaces({ starts, ends, validity }: TextColumn, kernels: KernelMemory) {
  return {
    starts: kernels.holds(starts) ? starts.slice() : starts,
    ends: kernels.holds(ends) ? ends.slice() : ends,
    validity: ownBitmap(validity, kernels),
  };
}

function ownBitmap(validity: Bitmap | null, kernels: KernelMemory): Bitmap | null {
  return liesIn(validity, kernels) ? validity.slice() : validity;
}

function liesIn(validity: Bitmap | null, kernels: KernelMemory): validity is Bitmap {
  return validity !== null && kernels.holds(validity);
}
