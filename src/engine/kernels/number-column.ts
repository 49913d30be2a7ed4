import { type Bitmap, isSet, type NumberColumn } from '../columns/column.ts';

/** A number column over `values[0, length)`: `long` when every valid value is whole. The array is not copied. */
export function numberColumn(values: Float64Array, length: number, validity: Bitmap | null): NumberColumn {
  let whole = true;
  for (let row = 0; row < length && whole; row++) {
    if (isSet(validity, row) && !Number.isInteger(values[row]!)) whole = false;
  }
  return {
    kind: 'number',
    type: whole ? 'long' : 'double',
    length,
    values: values.length === length ? values : values.subarray(0, length),
    validity,
  };
}

/** A number column of type `double`, whatever its values. The array is not copied. */
export function doubleColumn(values: Float64Array, validity: Bitmap | null = null): NumberColumn {
  return { kind: 'number', type: 'double', length: values.length, values, validity };
}
