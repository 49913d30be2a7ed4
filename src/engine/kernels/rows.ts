import { type Column, type ConstantColumn, flatten, TRUE } from '../columns/column.ts';
import { currentKernels } from './wasm/memory.ts';

/** The rows whose byte is TRUE, ascending; null when that is every row. */
export function rowsTrue(values: Uint8Array, length: number): Uint32Array | null {
  const kernels = currentKernels();
  const rows = kernels?.uint32(length) ?? new Uint32Array(length);
  const count =
    kernels?.holds(values) && kernels.holds(rows)
      ? kernels.exports.rowsOfOnes(length, values.byteOffset, rows.byteOffset)
      : collectTrue(values, length, rows);
  return count === length ? null : rows.subarray(0, count);
}

function collectTrue(values: Uint8Array, length: number, rows: Uint32Array): number {
  let count = 0;
  for (let row = 0; row < length; row++) {
    rows[count] = row;
    count += values[row] === TRUE ? 1 : 0;
  }
  return count;
}

/** The rows of a boolean or constant column that are true; null when that is every row. */
export function rowsWhereTrue(column: Column): Uint32Array | null {
  const flat = flatten(column);
  if (flat.kind === 'boolean') return rowsTrue(flat.values, flat.length);
  return (flat as ConstantColumn).value === true ? null : new Uint32Array(0);
}

/** The numbers 0, 1, 2, …, length - 1. */
export function allRows(length: number): Uint32Array {
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) rows[row] = row;
  return rows;
}

/** `rows` seen through an earlier selection: `outer[rows[i]]`; null stands for all rows. */
export function composeRows(outer: Uint32Array | null, rows: Uint32Array | null): Uint32Array | null {
  if (outer === null) return rows;
  if (rows === null) return outer;
  const composed = new Uint32Array(rows.length);
  for (let row = 0; row < rows.length; row++) composed[row] = outer[rows[row]!]!;
  return composed;
}

/** The rows that are in both ascending lists. */
export function rowsInBoth(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(Math.min(a.length, b.length));
  let count = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const left = a[i]!;
    const right = b[j]!;
    if (left === right) both[count++] = left;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return both.subarray(0, count);
}
