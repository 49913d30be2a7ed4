import {
  type Bitmap,
  type Column,
  type FlatColumn,
  flatten,
  type NumericArray,
  newBitmap,
} from '../columns/column.ts';
import { numbersOf } from './numbers.ts';
import { currentKernels } from './wasm/memory.ts';

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
  return { values: widened(values, length), validity, unusable };
}

function widened(values: NumericArray, length: number): Float64Array {
  const kernels = currentKernels();
  const wide = kernels?.float64(length) ?? new Float64Array(length);
  if (kernels?.holds(values) && kernels.holds(wide) && isUnsigned(values)) {
    const { byteOffset, BYTES_PER_ELEMENT: width } = values;
    kernels.exports.scaleInts(length, width, byteOffset, 0, 1, wide.byteOffset);
  } else wide.set(values.length === length ? values : values.subarray(0, length));
  return wide;
}

function isUnsigned(values: NumericArray): boolean {
  return values instanceof Uint8Array || values instanceof Uint16Array || values instanceof Uint32Array;
}
