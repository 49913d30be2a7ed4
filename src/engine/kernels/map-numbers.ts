import {
  type Bitmap,
  type Column,
  type ConstantColumn,
  constantColumn,
  isSet,
  type NumberColumn,
  newBitmap,
  setBit,
} from '../columns/column.ts';
import { doubleColumn } from './number-column.ts';
import { type Numbers, numbersOf } from './numbers.ts';

/** Counts rows of a running query whose value could not be used. */
interface RowWarnings {
  rowWarning(what: string, rows?: number): void;
}

type NumberKernel = (columns: readonly Column[], length: number, context: RowWarnings) => Column | null;

/** The column kernel of a function from number to number; `name` is who complains about text. */
export function mapNumbers(
  name: string,
  type: 'long' | 'double',
  of: (value: number) => number,
): NumberKernel {
  return (columns, length, context) => {
    const numbers = numbersOf(columns[0] as Column, (rows) => context.rowWarning(`${name} got text`, rows));
    if (numbers.kind === 'constant') return constantColumn(ofConstant(numbers, of), length);
    const values = new Float64Array(length);
    const from = numbers.values;
    for (let row = 0; row < length; row++) values[row] = of(from[row]!);
    return { kind: 'number', type, length, values, validity: numbers.validity };
  };
}

function ofConstant(column: ConstantColumn, of: (value: number) => number): number | null {
  return typeof column.value === 'number' ? of(column.value) : null;
}

/** The column kernel of a function from two numbers to a number. */
export function mapNumberPairs(name: string, of: (a: number, b: number) => number): NumberKernel {
  return (columns, length, context) => {
    const bad = (rows: number) => context.rowWarning(`${name} got text`, rows);
    const a = numbersOf(columns[0] as Column, bad);
    const b = numbersOf(columns[1] as Column, bad);
    if (isNullConstant(a) || isNullConstant(b)) return constantColumn(null, length);
    if (a.kind === 'constant') {
      const first = a.value as number;
      return b.kind === 'constant'
        ? constantColumn(of(first, b.value as number), length)
        : mapped(b, (second) => of(first, second));
    }
    if (b.kind === 'constant') {
      const second = b.value as number;
      return mapped(a, (first) => of(first, second));
    }
    const values = new Float64Array(length);
    for (let row = 0; row < length; row++) values[row] = of(a.values[row]!, b.values[row]!);
    return doubleColumn(values, bothValid(a, b));
  };
}

function isNullConstant(numbers: Numbers): boolean {
  return numbers.kind === 'constant' && numbers.value === null;
}

function mapped(column: NumberColumn, of: (value: number) => number): NumberColumn {
  const values = new Float64Array(column.length);
  for (let row = 0; row < column.length; row++) values[row] = of(column.values[row]!);
  return doubleColumn(values, column.validity);
}

/** The rows of `a` that have a value in both; null for all. */
export function bothValid(a: Numbers, b: Numbers): Bitmap | null {
  const ofA = a.kind === 'constant' ? null : a.validity;
  const ofB = b.kind === 'constant' ? null : b.validity;
  if (ofA === null || ofB === null) return ofA ?? ofB;
  const validity = newBitmap(a.length);
  for (let row = 0; row < a.length; row++) if (isSet(ofA, row) && isSet(ofB, row)) setBit(validity, row);
  return validity;
}
