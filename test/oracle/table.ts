/**
 * An interpreter of the language that works on one row at a time, as plainly as can be: the engine is
 * checked against it. It is written from the description of the language and shares the grammar only.
 */

export type Value = string | number | boolean | null;

/** One row: values by lower-case field name; a missing field is null. */
export interface Row {
  readonly cells: Map<string, Value>;
  /** Whether a `nodrop` parse of the current run of parse stages matched. */
  readonly matched: boolean;
}

export interface Table {
  readonly rows: readonly Row[];
  /** True while rows are messages. */
  readonly raw: boolean;
  /** Fields in order, lower case; of messages those that stages added. */
  readonly names: readonly string[];
}

/** Thrown by a function that drops the row it is called for. */
export class DroppedRow extends Error {}

export const get = (row: Row, name: string): Value => row.cells.get(name.toLowerCase()) ?? null;

/** The row with fields set. */
export function put(row: Row, pairs: Iterable<readonly [string, Value]>): Row {
  const cells = new Map(row.cells);
  for (const [name, value] of pairs) cells.set(name.toLowerCase(), value);
  return { ...row, cells };
}

export const rowOf = (pairs: Iterable<readonly [string, Value]>): Row =>
  put({ cells: new Map(), matched: false }, pairs);

export function addNames(names: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...names, ...more].map((name) => name.toLowerCase()))];
}

const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/;

/** The number that a value stands for where one is needed, or null. */
export function numberIn(value: Value): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  if (NUMBER.test(value)) return Number(value);
  const word = value.trim();
  if (/^[+-]?Infinity$/.test(word)) return word.startsWith('-') ? -Infinity : Infinity;
  return word === 'NaN' ? Number.NaN : null;
}

export const textIn = (value: Value): string | null => (value === null ? null : String(value));

/** A key that tells apart what grouping tells apart. */
export const keyOf = (values: readonly Value[]): string =>
  JSON.stringify(values.map((value) => (value === null ? null : [typeof value, String(value)])));

export function byCodePoint(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Ascending; NaN comes last. */
export function byNumber(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

const rankOf = (value: Value) =>
  value === null ? 0 : typeof value === 'boolean' ? 1 : typeof value === 'number' ? 2 : 3;

/** Ascending order of a sort: null, then numbers, then text by code point. */
export function compareValues(a: Value, b: Value): number {
  if (rankOf(a) !== rankOf(b)) return rankOf(a) - rankOf(b);
  if (typeof a === 'string' && typeof b === 'string') return byCodePoint(a, b);
  if (a === null || b === null) return 0;
  return byNumber(Number(a), Number(b));
}

/** Rows by key, in order of first appearance. */
export function groupRows(rows: readonly Row[], by: readonly string[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(by.map((name) => get(row, name)));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}
