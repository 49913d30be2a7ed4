import type { TextColumn } from '../columns/column.ts';
import { holdsText, insideKernels } from './inside-kernels.ts';
import { currentKernels, type KernelMemory } from './wasm/memory.ts';

/** The text of one key in every row, where all rows have one. */
export function completeColumn(
  { starts, ends }: JsonValues,
  key: number,
  { data, length }: TextColumn,
): TextColumn {
  const from = key * length;
  return {
    kind: 'text',
    length,
    data,
    starts: starts.subarray(from, from + length),
    ends: ends.subarray(from, from + length),
    validity: null,
  };
}

/** What the kernels say of a row that they read to its end; other rows are cases for the general path. */
export const ROW_READ = 1;
const ROW_GENERAL = 2;

/** What they found of one path in one row that was read. */
export const VALUE_MISSING = 0;
export const VALUE_TEXT = 1;
const VALUE_OBJECT = 3;

/** The values of paths: slot `path × rows + row` of each array. */
export interface JsonValues {
  /** True when every row was read and has a text for every path. */
  readonly complete: boolean;
  readonly status: Uint8Array;
  readonly kinds: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Bytes of a shape: see wasm/assembly/json.ts. */
const SHAPE = 16 + 33 * 16;
/** In the length of a key: its value is an object in which paths go on. */
const INNER = 0x80000000;

const encoder = new TextEncoder();

/** A key at which paths begin: a path that ends there, or those that go on in its value. */
interface Branch {
  readonly key: string;
  /** The path that is this key alone, or null. */
  readonly path: number | null;
  readonly inner: PathTree | null;
}

/** Paths of keys that `jsonValues` can read, by their first key. */
export interface PathTree {
  readonly branches: readonly Branch[];
  /** How many paths there are. */
  readonly paths: number;
  /** For the paths of an inner tree: which of the outer ones they are. */
  readonly of: readonly number[];
}

/** The tree of some paths; null when two are the same, or one goes on where another ends. */
export function pathTree(paths: readonly (readonly string[])[]): PathTree | null {
  const byKey = new Map<string, number[]>();
  paths.forEach(([key], path) => {
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), path]);
  });
  const branches: Branch[] = [];
  for (const [key, of] of byKey) {
    const ending = of.filter((path) => paths[path]!.length === 1);
    if (ending.length > 0 && of.length > 1) return null;
    const rest = ending.length > 0 ? null : pathTree(of.map((path) => paths[path]!.slice(1)));
    if (ending.length === 0 && rest === null) return null;
    branches.push({ key, path: ending[0] ?? null, inner: rest === null ? null : { ...rest, of } });
  }
  const all = paths.map((_, path) => path);
  return paths.every(({ length }) => length > 0) ? { branches, paths: paths.length, of: all } : null;
}

/**
 * Reads the values of paths of keys in JSON objects by SIMD. Null when the kernels are not there or the
 * rows are not in their memory. The arrays live as long as the batch.
 */
export function jsonValues(subject: TextColumn, tree: PathTree): JsonValues | null {
  const kernels = currentKernels();
  if (kernels === null || subject.length === 0 || tree.paths === 0) return null;
  const inside = insideKernels(subject);
  const { length } = inside;
  if (!holdsText(kernels, inside)) return null;
  const found = keyValues(kernels, inside, tree.branches);
  if (found === null || tree.branches.every(({ inner }) => inner === null)) return found;
  const values = valueArrays(kernels, length, tree.paths);
  if (values === null) return null;
  values.status.set(found.status);
  for (const [at, { path, inner }] of tree.branches.entries()) {
    if (path !== null) copyPath(found, at, values, path, length);
    else if (inner !== null && !readInner(inside, found, at, inner, values)) return null;
  }
  return { ...values, complete: isComplete(values) };
}

/** Reads the paths that go on in the objects that are the values of key `at`; false without room. */
function readInner(
  { data, length }: TextColumn,
  found: JsonValues,
  at: number,
  inner: PathTree,
  values: Omit<JsonValues, 'complete'>,
): boolean {
  const from = at * length;
  const starts = found.starts.subarray(from, from + length);
  const ends = found.ends.subarray(from, from + length);
  for (let row = 0; row < length; row++) {
    const isObject = found.status[row] === ROW_READ && found.kinds[from + row] === VALUE_OBJECT;
    // Without bytes it is not read, and every path is missing.
    if (!isObject) starts[row] = ends[row] = 0;
  }
  const read = jsonValues({ kind: 'text', length, data, starts, ends, validity: null }, inner);
  if (read === null) return false;
  for (let row = 0; row < length; row++) {
    if (read.status[row] === ROW_GENERAL) values.status[row] = ROW_GENERAL;
  }
  inner.of.forEach((path, position) => {
    copyPath(read, position, values, path, length);
  });
  return true;
}

function copyPath(
  from: JsonValues,
  at: number,
  to: Omit<JsonValues, 'complete'>,
  path: number,
  rows: number,
): void {
  for (const part of ['kinds', 'starts', 'ends'] as const)
    to[part].set(from[part].subarray(at * rows, (at + 1) * rows), path * rows);
}

function isComplete({ status, kinds }: Omit<JsonValues, 'complete'>): boolean {
  return status.every((row) => row === ROW_READ) && kinds.every((kind) => kind === VALUE_TEXT);
}

function valueArrays(
  kernels: KernelMemory,
  rows: number,
  paths: number,
): Omit<JsonValues, 'complete'> | null {
  const values = {
    status: kernels.uint8(rows),
    kinds: kernels.uint8(rows * paths),
    starts: kernels.uint32(rows * paths),
    ends: kernels.uint32(rows * paths),
  };
  return Object.values(values).every((array) => kernels.holds(array)) ? values : null;
}

/** The values of the keys of branches, as the kernel finds them. */
function keyValues(
  kernels: KernelMemory,
  { starts, ends, length }: TextColumn,
  branches: readonly Branch[],
): JsonValues | null {
  const texts = branches.map(({ key }) => encoder.encode(key));
  const table = kernels.allocate(branches.length * 8);
  const letters = kernels.allocate(texts.reduce((size, text) => size + text.length, 0));
  const shape = kernels.allocate(SHAPE);
  const values = valueArrays(kernels, length, branches.length);
  if (table === null || letters === null || shape === null || values === null) return null;
  const entries = new Uint32Array(kernels.bytes.buffer, table, branches.length * 2);
  let at = letters;
  texts.forEach((text, key) => {
    kernels.bytes.set(text, at);
    entries[key * 2] = at;
    entries[key * 2 + 1] = text.length + (branches[key]!.inner === null ? 0 : INNER);
    at += text.length;
  });
  const complete = kernels.exports.jsonValues(
    length,
    starts.byteOffset,
    ends.byteOffset,
    table,
    branches.length,
    values.starts.byteOffset,
    values.ends.byteOffset,
    values.kinds.byteOffset,
    values.status.byteOffset,
    shape,
  );
  return { ...values, complete: complete === 1 };
}
