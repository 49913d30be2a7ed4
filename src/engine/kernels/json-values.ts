import type { TextColumn } from '../columns/column.ts';
import { insideKernels } from './inside-kernels.ts';
import { currentKernels } from './wasm/memory.ts';

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

/** What the kernel says of a row that it read to its end; other rows are cases for the general path. */
export const ROW_READ = 1;

/** What it found of one key in one row that was read. */
export const VALUE_MISSING = 0;
export const VALUE_TEXT = 1;

/** The values of top-level keys: slot `key × rows + row` of each array. */
export interface JsonValues {
  /** True when every row was read and has a text for every key. */
  readonly complete: boolean;
  readonly status: Uint8Array;
  readonly kinds: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Bytes of a shape: see wasm/assembly/json.ts. */
const SHAPE = 16 + 33 * 16;

const encoder = new TextEncoder();

/**
 * Reads the values of distinct top-level keys of JSON objects by SIMD. Null when the kernels are not there
 * or the rows are not in their memory. The arrays live as long as the batch.
 */
export function jsonValues(subject: TextColumn, keys: readonly string[]): JsonValues | null {
  const { data, starts, ends, length } = insideKernels(subject);
  const kernels = currentKernels();
  if (kernels === null || length === 0 || keys.length === 0) return null;
  if (!kernels.holds(data) || !kernels.holds(starts) || !kernels.holds(ends)) return null;
  const texts = keys.map((key) => encoder.encode(key));
  const table = kernels.allocate(keys.length * 8);
  const letters = kernels.allocate(texts.reduce((size, text) => size + text.length, 0));
  const shape = kernels.allocate(SHAPE);
  if (table === null || letters === null || shape === null) return null;
  const entries = new Uint32Array(kernels.bytes.buffer, table, keys.length * 2);
  let at = letters;
  texts.forEach((text, key) => {
    kernels.bytes.set(text, at);
    entries[key * 2] = at;
    entries[key * 2 + 1] = text.length;
    at += text.length;
  });
  const values = {
    status: kernels.uint8(length),
    kinds: kernels.uint8(length * keys.length),
    starts: kernels.uint32(length * keys.length),
    ends: kernels.uint32(length * keys.length),
  };
  if (!Object.values(values).every((array) => kernels.holds(array))) return null;
  const complete = kernels.exports.jsonValues(
    length,
    starts.byteOffset,
    ends.byteOffset,
    table,
    keys.length,
    values.starts.byteOffset,
    values.ends.byteOffset,
    values.kinds.byteOffset,
    values.status.byteOffset,
    shape,
  );
  return { ...values, complete: complete === 1 };
}
