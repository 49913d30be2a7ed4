import {
  type Column,
  constantColumn,
  flatten,
  isSet,
  type NumberColumn,
  newBitmap,
  setBit,
} from '../columns/column.ts';
import { numbersOf } from './numbers.ts';

/** The column as doubles; what is no number is null and counted by `bad`. */
export function castDouble(column: Column, bad: (rows: number) => void): Column {
  const numbers = numbersOf(column, bad);
  return numbers.kind === 'constant' || numbers.type === 'double' ? numbers : { ...numbers, type: 'double' };
}

/** `value` without its fraction, or null outside `[least, greatest]` and for NaN. */
export function wholeNumber(value: number, least: number, greatest: number): number | null {
  const whole = Math.trunc(value) + 0; // plus 0: there is no negative zero among whole numbers
  return whole >= least && whole <= greatest ? whole : null;
}

/** The column as whole numbers (towards zero) from `least` to `greatest`, null outside. */
export function castWhole(
  column: Column,
  least: number,
  greatest: number,
  bad: (rows: number) => void,
): Column {
  const numbers = numbersOf(flatten(column), bad);
  if (numbers.kind === 'constant') {
    const value = numbers.value === null ? null : wholeNumber(numbers.value as number, least, greatest);
    return constantColumn(value, numbers.length);
  }
  const { values, length } = numbers;
  if (fitsAlready(numbers, least, greatest)) return { ...numbers, type: 'long' };
  const out = new Float64Array(length);
  const validity = newBitmap(length);
  for (let row = 0; row < length; row++) {
    if (!isSet(numbers.validity, row)) continue;
    const whole = Math.trunc(values[row]!) + 0;
    if (!(whole >= least && whole <= greatest)) continue;
    out[row] = whole;
    setBit(validity, row);
  }
  return { kind: 'number', type: 'long', length, values: out, validity };
}

function fitsAlready(numbers: NumberColumn, least: number, greatest: number): boolean {
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers.values[row]!;
    if (!Number.isInteger(value) || value < least || value > greatest || Object.is(value, -0)) {
      return false;
    }
  }
  return true;
}
