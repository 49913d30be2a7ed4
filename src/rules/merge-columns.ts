import {
  type Column,
  columnOf,
  constantColumn,
  type FlatColumn,
  flatten,
  isNullAt,
  isSet,
  keepColumn,
  newBitmap,
  selectColumn,
  setBit,
  UNKNOWN,
  valueAt,
} from '../engine/columns/column.ts';
import { concatColumns } from '../engine/columns/concat.ts';
import { currentKernels } from '../engine/kernels/wasm/memory.ts';

/**
 * A column of `length` rows that holds row `r` of `column` at row `rows[r]` and null elsewhere. Its
 * arrays are its own.
 */
export function scatterColumn(column: Column, rows: Uint32Array, length: number): FlatColumn {
  const flat = flatten(column);
  switch (flat.kind) {
    case 'text': {
      const starts = new Uint32Array(length);
      const ends = new Uint32Array(length);
      const validity = newBitmap(length);
      for (let row = 0; row < rows.length; row++) {
        if (!isSet(flat.validity, row)) continue;
        const to = rows[row]!;
        starts[to] = flat.starts[row]!;
        ends[to] = flat.ends[row]!;
        setBit(validity, to);
      }
      return { kind: 'text', length, data: flat.data, starts, ends, validity };
    }
    case 'dictionary': {
      const codes = new Uint32Array(length);
      for (let row = 0; row < rows.length; row++) codes[rows[row]!] = flat.codes[row]!;
      return { kind: 'dictionary', length, codes, words: flat.words };
    }
    case 'number':
    case 'digits': {
      const values = new Float64Array(length);
      const validity = newBitmap(length);
      for (let row = 0; row < rows.length; row++) {
        if (!isSet(flat.validity, row)) continue;
        values[rows[row]!] = flat.values[row]!;
        setBit(validity, rows[row]!);
      }
      return { ...flat, length, values, validity };
    }
    case 'boolean': {
      const values = new Uint8Array(length).fill(UNKNOWN);
      for (let row = 0; row < rows.length; row++) values[rows[row]!] = flat.values[row]!;
      return { kind: 'boolean', length, values };
    }
    case 'constant':
    case 'values': {
      if (rows.length === length) return flat;
      const values = new Array<ReturnType<typeof valueAt>>(length).fill(null);
      for (let row = 0; row < rows.length; row++) values[rows[row]!] = valueAt(flat, row);
      return columnOf(values);
    }
  }
}

/**
 * The column with arrays of its own. Text that lies in `shared` (the messages themselves, which outlive
 * the stages) keeps its bytes there, and positions that lie in kernel memory stay: the caller frees
 * that only when it is done with the messages, too.
 */
export function ownColumn(column: Column, shared: Uint8Array | null): FlatColumn {
  const flat = flatten(column);
  if (flat.kind !== 'text' || flat.data !== shared) return keepColumn(flat);
  const kernels = currentKernels();
  if (kernels?.holds(flat.starts) === true && kernels.holds(flat.ends)) return flat;
  return {
    ...flat,
    starts: flat.starts.slice(0, flat.length),
    ends: flat.ends.slice(0, flat.length),
    validity: flat.validity?.slice() ?? null,
  };
}

/** Row by row the first column's value, or where that is null the second's; and in how many rows both have one. */
export function firstOf(
  first: Column,
  second: Column,
): { readonly column: Column; readonly overlaps: number } {
  const length = first.length;
  const rows = new Uint32Array(length);
  let fromSecond = 0;
  let overlaps = 0;
  for (let row = 0; row < length; row++) {
    const other = !isNullAt(second, row);
    if (!isNullAt(first, row)) {
      rows[row] = row;
      if (other) overlaps++;
    } else {
      rows[row] = other ? length + row : row;
      if (other) fromSecond++;
    }
  }
  if (fromSecond === 0) return { column: first, overlaps };
  return { column: selectColumn(concatColumns([first, second]), rows), overlaps };
}

/** A column of nulls. */
export function nullColumn(length: number): Column {
  return constantColumn(null, length);
}
