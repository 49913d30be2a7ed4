import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acquireKernels, releaseKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { slicesOf } from '../../../src/engine/time/slices.ts';
import { UTC } from '../../../src/engine/time/zones.ts';

const MINUTE = 60_000;
const time = fc.oneof(
  fc.integer({ min: -3 * MINUTE, max: 3 * MINUTE }),
  fc.constantFrom(0, -1, MINUTE - 1, MINUTE, 1_700_000_000_000, 0.5, Number.NaN),
);

test('the kernel finds the slices that are worked out time by time, and where they change', () => {
  const kernels = acquireKernels();
  if (kernels === null) throw new Error('the kernels are not built');
  try {
    fc.assert(
      fc.property(fc.array(time, { maxLength: 40 }), (times) => {
        kernels.reset();
        const { length } = times;
        const values = kernels.float64(length);
        const starts = kernels.float64(length);
        values.set(times);
        const { byteOffset } = starts;
        const changes = kernels.exports.sliceStarts(length, values.byteOffset, 0, MINUTE, byteOffset);
        const expected = times.map(slicesOf(MINUTE, UTC).startOf);
        expect([...starts.subarray(0, length)]).toEqual(expected);
        expect(changes).toBe(expected.filter((start, row) => row > 0 && start !== expected[row - 1]).length);
      }),
      { numRuns: 500 },
    );
  } finally {
    releaseKernels(kernels);
  }
});
