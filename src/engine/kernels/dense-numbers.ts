import { type Bitmap, type Column, type FlatColumn, flatten, newBitmap } from '../columns/column.ts';
import { numbersOf } from './numbers.ts';

/** A column read as numbers into one kind of array, so that loops over it stay monomorphic. */
export interface DenseNumbers {
  /** The number of each row; any number where there is none. May be the column's own array: do not write. */
  readonly values: Float64Array;
  /** The rows that have a number; null when all have. */
  readonly validity: Bitmap | null;
  /** How many rows hold something that is neither null nor a number. */
  readonly unusable: number;
}

const known = new WeakMap<FlatColumn, DenseNumbers>();

/** The numbers of a column, as `numbersOf` reads them; remembered per column, for aggregates that share a field. */
export function denseNumbersOf(column: Column): DenseNumbers {
  const flat = flatten(column);
  const found = known.get(flat);
  if (found !== undefined) return found;
  const numbers = read(flat);
  known.set(flat, numbers);
  return numbers;
}

function read(flat: FlatColumn): DenseNumbers {
  let unusable = 0;
  const numbers = numbersOf(flat, (rows) => {
    unusable += rows;
  });
  const { length } = numbers;
  if (numbers.kind === 'constant') {
    const { value } = numbers;
    if (typeof value !== 'number')
      return { values: new Float64Array(length), validity: newBitmap(length), unusable };
    return { values: new Float64Array(length).fill(value), validity: null, unusable };
  }
  const { values, validity } = numbers;
  if (values instanceof Float64Array) return { values, validity, unusable };
  const wide = new Float64Array(length);
  wide.set(values.length === length ? values : values.subarray(0, length));
  return { values: wide, validity, unusable };
}
