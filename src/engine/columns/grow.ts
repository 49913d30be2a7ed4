import type { NumericArray } from './column.ts';

/** The array itself when it holds `size` elements, else a copy at least twice as long; new elements are `fill`. */
export function grown<A extends NumericArray>(array: A, size: number, fill = 0): A {
  if (size <= array.length) return array;
  const wider = new (array.constructor as new (length: number) => A)(Math.max(size, array.length * 2));
  wider.set(array);
  if (!Object.is(fill, 0)) wider.fill(fill, array.length);
  return wider;
}
