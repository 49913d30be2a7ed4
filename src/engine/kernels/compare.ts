import {
  type Bitmap,
  type BooleanColumn,
  type Column,
  constantColumn,
  FALSE,
  type FlatColumn,
  flatten,
  isNullAt,
  isSet,
  TRUE,
  valueAt,
} from '../columns/column.ts';
import { numberOf, textOf, type Value } from '../columns/value.ts';
import { NULL_CODE } from '../columns/words.ts';
import { compareBytes, compareText } from './bytes.ts';
import { type Numbers, numbersOf } from './numbers.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** What a comparison accepts: less, equal, greater; and operands without an order (NaN). */
interface Accepts {
  readonly less: number;
  readonly equal: number;
  readonly greater: number;
  readonly unordered: number;
}
const ACCEPTS: Readonly<Record<Comparison, Accepts>> = {
  '=': { less: 0, equal: 1, greater: 0, unordered: 0 },
  '!=': { less: 1, equal: 0, greater: 1, unordered: 1 },
  '<': { less: 1, equal: 0, greater: 0, unordered: 0 },
  '<=': { less: 1, equal: 1, greater: 0, unordered: 0 },
  '>': { less: 0, equal: 0, greater: 1, unordered: 0 },
  '>=': { less: 0, equal: 1, greater: 1, unordered: 0 },
};

/** Whether an order (negative, zero, positive; NaN for none) satisfies the comparison: TRUE or FALSE. */
export function orderSatisfies(comparison: Comparison, order: number): number {
  const accepts = ACCEPTS[comparison];
  if (order < 0) return accepts.less;
  if (order > 0) return accepts.greater;
  return order === 0 ? accepts.equal : accepts.unordered;
}

/**
 * Compares two columns row by row. If either value is a number, as numbers (text that is none: false,
 * counted in `bad`); else as texts by code point. A null operand makes it false. Never null.
 */
export function compareColumns(
  comparison: Comparison,
  left: Column,
  right: Column,
  bad: (rows: number) => void,
): BooleanColumn {
  const a = flatten(left);
  const b = flatten(right);
  if (isNumeric(a) && !isMixed(b)) return compareNumbers(comparison, a, numbersOf(b, bad), bad);
  if (isNumeric(b) && !isMixed(a)) return compareNumbers(comparison, numbersOf(a, bad), b, bad);
  if (a.kind === 'text' && b.kind === 'text') return compareTexts(comparison, a, b);
  return compareAny(comparison, a, b, bad);
}

function isNumeric(column: FlatColumn): boolean {
  return column.kind === 'number' || (column.kind === 'constant' && typeof column.value === 'number');
}

function isMixed(column: FlatColumn): boolean {
  return column.kind === 'values';
}

function compareNumbers(
  comparison: Comparison,
  left: FlatColumn,
  right: FlatColumn,
  bad: (rows: number) => void,
): BooleanColumn {
  const a = numbersOf(left, bad);
  const b = numbersOf(right, bad);
  const length = a.length;
  const values = new Uint8Array(length);
  if (a.kind === 'constant' && b.kind === 'constant') {
    if (a.value !== null && b.value !== null) {
      values.fill(orderSatisfies(comparison, orderOf(Number(a.value), Number(b.value))));
    }
  } else if (b.kind === 'constant') {
    if (b.value !== null) compareToNumber(comparison, a, Number(b.value), values);
  } else if (a.kind === 'constant') {
    if (a.value !== null) compareToNumber(flipped(comparison), b, Number(a.value), values);
  } else {
    const accepts = ACCEPTS[comparison];
    for (let row = 0; row < length; row++) {
      const x = a.values[row]!;
      const y = b.values[row]!;
      values[row] =
        x < y ? accepts.less : x > y ? accepts.greater : x === y ? accepts.equal : accepts.unordered;
    }
    clearNulls(a, values);
    clearNulls(b, values);
  }
  return { kind: 'boolean', length, values };
}

/** The comparison with its sides exchanged. */
export function flipped(comparison: Comparison): Comparison {
  switch (comparison) {
    case '<':
      return '>';
    case '<=':
      return '>=';
    case '>':
      return '<';
    case '>=':
      return '<=';
    default:
      return comparison;
  }
}

function compareToNumber(comparison: Comparison, column: Numbers, wanted: number, out: Uint8Array): void {
  if (column.kind === 'constant') return;
  const { values, length } = column;
  switch (comparison) {
    case '=':
      for (let row = 0; row < length; row++) out[row] = values[row] === wanted ? TRUE : FALSE;
      break;
    case '!=':
      for (let row = 0; row < length; row++) out[row] = values[row] !== wanted ? TRUE : FALSE;
      break;
    case '<':
      for (let row = 0; row < length; row++) out[row] = values[row]! < wanted ? TRUE : FALSE;
      break;
    case '<=':
      for (let row = 0; row < length; row++) out[row] = values[row]! <= wanted ? TRUE : FALSE;
      break;
    case '>':
      for (let row = 0; row < length; row++) out[row] = values[row]! > wanted ? TRUE : FALSE;
      break;
    case '>=':
      for (let row = 0; row < length; row++) out[row] = values[row]! >= wanted ? TRUE : FALSE;
      break;
  }
  clearNulls(column, out);
}

function clearNulls(column: FlatColumn, out: Uint8Array): void {
  if (column.kind !== 'number' || column.validity === null) return;
  for (let row = 0; row < column.length; row++) if (!isSet(column.validity, row)) out[row] = FALSE;
}

function compareTexts(
  comparison: Comparison,
  a: FlatColumn & { kind: 'text' },
  b: FlatColumn & { kind: 'text' },
): BooleanColumn {
  const length = a.length;
  const values = new Uint8Array(length);
  for (let row = 0; row < length; row++) {
    if (!isSet(a.validity, row) || !isSet(b.validity, row)) continue;
    const order = compareBytes(a.data, a.starts[row]!, a.ends[row]!, b.data, b.starts[row]!, b.ends[row]!);
    values[row] = orderSatisfies(comparison, order);
  }
  return { kind: 'boolean', length, values };
}

function compareAny(
  comparison: Comparison,
  a: FlatColumn,
  b: FlatColumn,
  bad: (rows: number) => void,
): BooleanColumn {
  const length = a.length;
  const values = new Uint8Array(length);
  let wrong = 0;
  for (let row = 0; row < length; row++) {
    if (isNullAt(a, row) || isNullAt(b, row)) continue;
    const order = orderOfValues(valueAt(a, row), valueAt(b, row));
    if (order === null) wrong++;
    else values[row] = orderSatisfies(comparison, order);
  }
  if (wrong > 0) bad(wrong);
  return { kind: 'boolean', length, values };
}

/** How two values that are not null compare: a sign, NaN for no order, null when one is no number but the other is. */
function orderOfValues(a: Value, b: Value): number | null {
  if (typeof a === 'number' || typeof b === 'number') {
    const x = numberOf(a);
    const y = numberOf(b);
    return x === null || y === null ? null : orderOf(x, y);
  }
  return compareText(a === null ? '' : textOf(a), b === null ? '' : textOf(b));
}

function orderOf(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : NaN;
}

/** A column of `length` rows that is TRUE where `column` is null (or is not, with `negated`). */
export function nullTest(column: Column, negated: boolean): Column {
  if (hasNoNulls(column)) return constantColumn(negated, column.length);
  const flat = flatten(column);
  if (flat.kind === 'constant') return constantColumn((flat.value === null) !== negated, flat.length);
  if (flat !== column && hasNoNulls(flat)) return constantColumn(negated, column.length);
  const { length } = flat;
  const whenNull = negated ? FALSE : TRUE;
  const values = new Uint8Array(length).fill(1 - whenNull);
  if (flat.kind === 'dictionary') {
    const { codes } = flat;
    for (let row = 0; row < length; row++) if (codes[row] === NULL_CODE) values[row] = whenNull;
  } else {
    for (let row = 0; row < length; row++) if (isNullAt(flat, row)) values[row] = whenNull;
  }
  return { kind: 'boolean', length, values };
}

function areAllSet(bitmap: Bitmap | null, length: number): boolean {
  if (bitmap === null) return true;
  const bytes = length >> 3;
  for (let at = 0; at < bytes; at++) if (bitmap[at] !== 0xff) return false;
  for (let row = bytes << 3; row < length; row++) if (!isSet(bitmap, row)) return false;
  return true;
}

/** Whether no row is null, as can be told without looking at single rows. */
function hasNoNulls(column: Column): boolean {
  switch (column.kind) {
    case 'text':
      return column.shape !== undefined || areAllSet(column.validity, column.length);
    case 'number':
    case 'digits':
      return areAllSet(column.validity, column.length);
    case 'constant':
      return column.value !== null;
    case 'dictionary':
      return (column.codes as Uint8Array).indexOf(NULL_CODE) < 0;
    case 'selected':
      // Of a dictionary, the rows that are left are fewer than all of it.
      return column.base.kind !== 'dictionary' && hasNoNulls(column.base);
    default:
      return false;
  }
}
