import { expect, test } from 'vitest';
import { NumberTable } from '../../../src/engine/kernels/number-table.ts';

test('every NaN is one number, and so are both zeros', () => {
  const other = new Float64Array(new Uint32Array([1, 0xfff80000]).buffer)[0]!;
  const table = new NumberTable();
  expect([NaN, other, 0, -0, 1].map((number) => table.intern(number))).toEqual([0, 0, 1, 1, 2]);
});
