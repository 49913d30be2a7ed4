import { expect, test } from 'vitest';
import { newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import {
  type Column,
  newBitmap,
  setBit,
  type TextColumn,
  valueAt,
} from '../../../src/engine/columns/column.ts';
import { outOfKernels } from '../../../src/engine/kernels/out-of-kernels.ts';
import { acquireKernels, releaseKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { insideMemory } from './inside-memory.ts';

const kernels = acquireKernels();

test.skipIf(kernels === null)(
  'a batch keeps its values and its nulls when the kernel memory is used again',
  () => {
    if (kernels === null) return;
    const bitmap = newBitmap(3);
    for (const row of [0, 2]) setBit(bitmap, row);
    const validity = kernels.copyOf(bitmap);
    const values = kernels.copyOf(Float64Array.of(1.5, 0, 2.5));
    if (validity === null || values === null) throw new Error('the memory is full');
    const text: TextColumn = {
      kind: 'text',
      length: 3,
      data: new TextEncoder().encode('onetwo'),
      starts: Uint32Array.of(0, 3, 3),
      ends: Uint32Array.of(3, 3, 6),
      validity: bitmap,
    };
    const inside = insideMemory(kernels, text);
    const columns: Column[] = [
      { kind: 'number', type: 'double', length: 3, values, validity },
      { kind: 'number', type: 'double', length: 3, values: Float64Array.of(1.5, 0, 2.5), validity },
      { ...inside, validity },
      { ...text, validity },
    ];
    const own = outOfKernels(
      newBatch(new Schema(columns.map((_, at) => `f${at}`)), columns, 3),
      kernels,
      inside.starts[0]!,
      text.data,
    );
    kernels.bytes.fill(0xff, 0, kernels.mark());
    expect(own.columns.map((column) => [0, 1, 2].map((row) => valueAt(column, row)))).toEqual([
      [1.5, null, 2.5],
      [1.5, null, 2.5],
      ['one', null, 'two'],
      ['one', null, 'two'],
    ]);
    releaseKernels(kernels);
  },
);
