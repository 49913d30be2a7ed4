import { type Column, type DictionaryColumn, flatten, isNullAt, valueAt } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { compareBytes, compareText } from './bytes.ts';

/** One key to sort by. */
export interface SortKey {
  readonly column: Column;
  readonly descending: boolean;
}

type Compare = (a: number, b: number) => number;

/**
 * The rows 0 … length - 1 in sorted order, stable; with `limit` only that many first ones. Null is
 * lowest; numbers come before booleans before texts; texts compare by code point, NaN above all numbers.
 */
export function sortedRows(keys: readonly SortKey[], length: number, limit = length): Uint32Array {
  // Few comparisons are made where few rows are wanted: words are then not worth ranking.
  const few = limit < length / 4;
  const compare = inOrderOf(keys.map((key) => keyOrder(key, few)));
  if (few) return firstRows(compare, length, limit);
  const rows = Uint32Array.from({ length }, (_, row) => row);
  rows.sort(compare);
  return limit < length ? rows.slice(0, limit) : rows;
}

function inOrderOf(orders: readonly Compare[]): Compare {
  const [first, ...others] = orders;
  if (first === undefined) return (a, b) => a - b;
  if (others.length === 0) return (a, b) => first(a, b) || a - b;
  return (a, b) => {
    let order = first(a, b);
    for (let at = 0; order === 0 && at < others.length; at++) order = others[at]!(a, b);
    return order || a - b;
  };
}

/** The `limit` first rows by a heap whose top is the worst row kept. */
function firstRows(compare: Compare, length: number, limit: number): Uint32Array {
  const heap = new Uint32Array(limit);
  let size = 0;
  for (let row = 0; row < length; row++) {
    if (size < limit) {
      let at = size++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (compare(heap[parent]!, row) >= 0) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = row;
    } else if (limit > 0 && compare(row, heap[0]!) < 0) sink(heap, size, row, compare);
  }
  return heap.sort(compare);
}

function sink(heap: Uint32Array, size: number, row: number, compare: Compare): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && compare(heap[child + 1]!, heap[child]!) > 0) child++;
    if (compare(heap[child]!, row) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = row;
}

function keyOrder(key: SortKey, few: boolean): Compare {
  const ascending = ascendingOrder(key.column, few);
  return key.descending ? (a, b) => ascending(b, a) : ascending;
}

function ascendingOrder(column: Column, few: boolean): Compare {
  const flat = flatten(column);
  switch (flat.kind) {
    case 'constant':
      return () => 0;
    case 'boolean': {
      const rank = [1, 2, 0];
      return (a, b) => rank[flat.values[a]!]! - rank[flat.values[b]!]!;
    }
    case 'number': {
      const { values } = flat;
      if (flat.validity !== null) return nullsFirst(flat, (a, b) => compareNumbers(values[a]!, values[b]!));
      return (a, b) => compareNumbers(values[a]!, values[b]!);
    }
    case 'dictionary': {
      if (few && flat.words.count * 4 > flat.length) return wordOrder(flat);
      const ranks = wordRanks(flat);
      const { codes } = flat;
      return (a, b) => ranks[codes[a]!]! - ranks[codes[b]!]!;
    }
    case 'text': {
      const { data, starts, ends } = flat;
      const texts: Compare = (a, b) => compareBytes(data, starts[a]!, ends[a]!, data, starts[b]!, ends[b]!);
      return flat.validity === null ? texts : nullsFirst(flat, texts);
    }
    case 'digits':
    case 'values': {
      const values = Array.from({ length: flat.length }, (_, row) => valueAt(flat, row));
      return (a, b) => compareValues(values[a]!, values[b]!);
    }
  }
}

/** Compares the words themselves; null comes first. */
function wordOrder({ codes, words }: DictionaryColumn): Compare {
  const { data } = words;
  return (a, b) => {
    const left = codes[a]!;
    const right = codes[b]!;
    if (left === right) return 0;
    if (left === 0 || right === 0) return left - right;
    return compareBytes(data, words.start(left), words.end(left), data, words.start(right), words.end(right));
  };
}

function nullsFirst(column: Column, compare: Compare): Compare {
  return (a, b) => {
    const aNull = isNullAt(column, a);
    if (aNull !== isNullAt(column, b)) return aNull ? -1 : 1;
    return aNull ? 0 : compare(a, b);
  };
}

/** The place in sorted order of every word that occurs, by code; null is 0. */
function wordRanks(column: DictionaryColumn): Uint32Array {
  const { codes, words, length } = column;
  const ranks = new Uint32Array(words.count + 1);
  const used: number[] = [];
  for (let row = 0; row < length; row++) {
    const code = codes[row]!;
    if (code !== 0 && ranks[code] === 0) {
      ranks[code] = 1;
      used.push(code);
    }
  }
  const { data } = words;
  used.sort((a, b) => compareBytes(data, words.start(a), words.end(a), data, words.start(b), words.end(b)));
  used.forEach((code, rank) => {
    ranks[code] = rank + 1;
  });
  return ranks;
}

/** Numbers in ascending order, NaN last. */
function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}

/** Any values in ascending order: null, numbers, booleans, texts. */
export function compareValues(a: Value, b: Value): number {
  const kinds = kindRank(a) - kindRank(b);
  if (kinds !== 0) return kinds;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return compareNumbers(Number(a), Number(b));
}

function kindRank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'number') return 1;
  return typeof value === 'boolean' ? 2 : 3;
}
