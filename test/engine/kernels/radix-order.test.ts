import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascendingPlaces } from '../../../src/engine/kernels/radix-order.ts';

const number = fc.oneof(
  fc.nat({ max: 3 }),
  fc.constantFrom(2047, 2048, 2 ** 22, 2 ** 24 + 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5),
  fc.maxSafeNat(),
);

test('places of numbers are in ascending order, equal ones as they stand', () => {
  fc.assert(
    fc.property(fc.array(number), fc.nat({ max: 5 }), (numbers, beyond) => {
      const padded = Float64Array.from([...numbers, ...Array.from({ length: beyond }, () => 1)]);
      const expected = [...numbers.keys()].sort((a, b) => numbers[a]! - numbers[b]! || a - b);
      expect([...ascendingPlaces(padded, numbers.length)]).toEqual(expected);
    }),
  );
});
