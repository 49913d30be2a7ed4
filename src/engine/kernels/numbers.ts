import {
  type Column,
  type ConstantColumn,
  constantColumn,
  type DictionaryColumn,
  type DigitsColumn,
  type FlatColumn,
  flatten,
  isSet,
  type NumberColumn,
  newBitmap,
  setBit,
  type TextColumn,
} from '../columns/column.ts';
import { numberFromText, numberOf } from '../columns/value.ts';
import type { Words } from '../columns/words.ts';
import { decodeBytes } from './bytes.ts';
import { holdsText, insideKernels } from './inside-kernels.ts';
import { currentKernels } from './wasm/memory.ts';

/** A column of numbers, or one number (or null) for all rows. */
export type Numbers = NumberColumn | ConstantColumn;

/**
 * The column as numbers, where a number is clearly needed: text is converted, what is no number
 * becomes null and is counted in one call of `bad`.
 */
export function numbersOf(column: Column, bad: (rows: number) => void): Numbers {
  const flat = flatten(column);
  switch (flat.kind) {
    case 'number':
      return flat;
    case 'constant':
      return constantNumber(flat, bad);
    case 'dictionary':
      return dictionaryNumbers(flat, bad);
    case 'digits':
      return digitsNumbers(flat, bad);
    case 'text':
      return textNumbers(flat, bad);
    case 'boolean':
    case 'values':
      return valuesNumbers(flat, bad);
  }
}

function constantNumber(column: ConstantColumn, bad: (rows: number) => void): ConstantColumn {
  const number = numberOf(column.value);
  if (number === null && column.value !== null && column.length > 0) bad(column.length);
  return constantColumn(number, column.length);
}

/** The numbers that the words of one dictionary stand for, filled in as the dictionary grows. */
interface WordNumbers {
  values: Float64Array;
  /** 1 where the word is a number. */
  good: Uint8Array;
  count: number;
}
const numbersByWords = new WeakMap<Words, WordNumbers>();

function wordNumbers(words: Words): WordNumbers {
  let known = numbersByWords.get(words);
  if (known === undefined) {
    known = { values: new Float64Array(words.count + 1), good: new Uint8Array(words.count + 1), count: 0 };
    numbersByWords.set(words, known);
  }
  if (known.values.length <= words.count) {
    const values = new Float64Array(words.count * 2);
    const good = new Uint8Array(words.count * 2);
    values.set(known.values);
    good.set(known.good);
    known.values = values;
    known.good = good;
  }
  for (let code = known.count + 1; code <= words.count; code++) {
    const number = numberFromBytes(words.data, words.start(code), words.end(code));
    if (number !== null) {
      known.values[code] = number;
      known.good[code] = 1;
    }
  }
  known.count = words.count;
  return known;
}

function dictionaryNumbers(column: DictionaryColumn, bad: (rows: number) => void): NumberColumn {
  const { length, codes } = column;
  const { values: byWord, good } = wordNumbers(column.words);
  const values = new Float64Array(length);
  let missing = 0;
  let nulls = 0;
  for (let row = 0; row < length; row++) {
    const code = codes[row]!;
    values[row] = byWord[code]!;
    missing += 1 - good[code]!;
    if (code === 0) nulls++;
  }
  if (missing === 0) return { kind: 'number', type: 'double', length, values, validity: null };
  const validity = newBitmap(length);
  for (let row = 0; row < length; row++) if (good[codes[row]!] === 1) setBit(validity, row);
  if (missing > nulls) bad(missing - nulls);
  return { kind: 'number', type: 'double', length, values, validity };
}

function digitsNumbers(column: DigitsColumn, bad: (rows: number) => void): NumberColumn {
  const { length } = column;
  if (column.exceptions.length === 0) {
    return { kind: 'number', type: 'double', length, values: column.values, validity: column.validity };
  }
  const exceptions = column.exceptions.map(numberFromText);
  const byKernel = exceptions.every((number) => number === null) ? kernelDigits(column, bad) : null;
  if (byKernel !== null) return byKernel;
  const values = Float64Array.from(column.values);
  const validity = newBitmap(length);
  let wrong = 0;
  for (let row = 0; row < length; row++) {
    if (!isSet(column.validity, row)) continue;
    const value = values[row]!;
    const number = value >= 0 ? value : exceptions[-value - 1]!;
    if (number === null) {
      wrong++;
      continue;
    }
    values[row] = number;
    setBit(validity, row);
  }
  if (wrong > 0) bad(wrong);
  return { kind: 'number', type: 'double', length, values, validity };
}

/** Digits in kernel memory none of whose exceptions is a number; null when they lie elsewhere. */
function kernelDigits(
  { length, values, validity: given }: DigitsColumn,
  bad: (rows: number) => void,
): NumberColumn | null {
  const kernels = currentKernels();
  if (!(values instanceof Int32Array) || !kernels?.holds(values)) return null;
  if (given !== null && !kernels.holds(given)) return null;
  const numbers = kernels.float64(length);
  const validity = kernels.uint8((length + 7) >> 3);
  if (!kernels.holds(numbers) || !kernels.holds(validity)) return null;
  const wrong = kernels.exports.digitNumbers(
    length,
    values.byteOffset,
    given?.byteOffset ?? 0,
    numbers.byteOffset,
    validity.byteOffset,
  );
  if (wrong > 0) bad(wrong);
  const complete = wrong === 0 && given === null;
  return { kind: 'number', type: 'double', length, values: numbers, validity: complete ? null : validity };
}

function textNumbers(column: TextColumn, bad: (rows: number) => void): NumberColumn {
  return kernelNumbers(column, bad) ?? plainNumbers(column, bad);
}

/** Plain digits by the SIMD kernel, what is left over one by one; null when the texts are not in kernel memory. */
function kernelNumbers(column: TextColumn, bad: (rows: number) => void): NumberColumn | null {
  const kernels = currentKernels();
  const { length, data, starts, ends } = insideKernels(column);
  if (kernels === null || length === 0) return null;
  if (!holdsText(kernels, { data, starts, ends })) return null;
  const values = kernels.float64(length);
  const odd = kernels.uint32(length);
  if (!kernels.holds(values) || !kernels.holds(odd)) return null;
  const count = kernels.exports.parseNumbers(
    length,
    starts.byteOffset,
    ends.byteOffset,
    values.byteOffset,
    odd.byteOffset,
  );
  let validity = column.validity;
  let wrong = 0;
  for (let index = 0; index < count; index++) {
    const row = odd[index]!;
    if (!isSet(column.validity, row)) continue;
    const slow = numberFromBytes(data, starts[row]!, ends[row]!);
    if (slow !== null) {
      values[row] = slow;
      continue;
    }
    wrong++;
    if (validity === column.validity) validity = validity?.slice() ?? newBitmap(length).fill(0xff);
    validity![row >> 3]! &= ~(1 << (row & 7));
  }
  if (wrong > 0) bad(wrong);
  return { kind: 'number', type: 'double', length, values, validity };
}

function plainNumbers(column: TextColumn, bad: (rows: number) => void): NumberColumn {
  const { length, data, starts, ends } = column;
  const values = new Float64Array(length);
  let validity: Uint8Array | null = null;
  let wrong = 0;
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    let number = 0;
    let at = end - start <= 15 && end > start ? start : end + 1;
    for (; at < end; at++) {
      const digit = data[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    if (at === end && isSet(column.validity, row)) {
      values[row] = number;
      continue;
    }
    const given = isSet(column.validity, row);
    const slow = given ? numberFromBytes(data, start, end) : null;
    if (slow !== null) {
      values[row] = slow;
      continue;
    }
    if (given) wrong++;
    validity ??= newBitmap(length).fill(0xff);
    validity[row >> 3]! &= ~(1 << (row & 7));
  }
  if (wrong > 0) bad(wrong);
  return { kind: 'number', type: 'double', length, values, validity };
}

function valuesNumbers(column: FlatColumn, bad: (rows: number) => void): Numbers {
  const { length } = column;
  const values = new Float64Array(length);
  const validity = newBitmap(length);
  let wrong = 0;
  if (column.kind === 'boolean') {
    for (const value of column.values) if (value < 2) wrong++;
  } else if (column.kind === 'values') {
    for (let row = 0; row < length; row++) {
      const value = column.values[row] ?? null;
      const number = numberOf(value);
      if (number !== null) {
        values[row] = number;
        setBit(validity, row);
      } else if (value !== null) wrong++;
    }
  }
  if (wrong > 0) bad(wrong);
  return { kind: 'number', type: 'double', length, values, validity };
}

/** The number that these bytes stand for, or null: `numberFromText` for bytes. */
function numberFromBytes(bytes: Uint8Array, start: number, end: number): number | null {
  if (end - start > 15 || end === start) return numberFromText(decodeBytes(bytes, start, end));
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) {
      // A lone byte, such as the dash for no value, is a number only as a digit.
      return end - start === 1 ? null : numberFromText(decodeBytes(bytes, start, end));
    }
    number = number * 10 + digit;
  }
  return number;
}
