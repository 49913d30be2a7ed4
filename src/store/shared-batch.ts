import { type Batch, newBatch, Schema } from '../engine/columns/batch.ts';
import { type Column, flatten, type TextColumn } from '../engine/columns/column.ts';
import { type PackedColumn, packColumn, unpackColumn } from '../engine/columns/packed.ts';

/**
 * A batch for another thread, with its large arrays in shared memory. Text columns that are stretches
 * of the same bytes (as extracted fields are of their messages) stay so: the bytes are there once.
 */
export interface SharedBatch {
  readonly names: readonly string[];
  readonly length: number;
  readonly columns: readonly SharedColumn[];
}

type SharedColumn =
  | {
      readonly kind: 'stretches';
      /** Where the bytes lie and how many there are. */
      readonly data: readonly [at: number, length: number];
      readonly starts: number;
      readonly ends: number;
      readonly validity: readonly [at: number, length: number] | null;
    }
  | { readonly kind: 'doubles'; readonly at: number; readonly type: 'long' | 'double' }
  | { readonly kind: 'packed'; readonly column: PackedColumn };

/** The bytes of one buffer that rows of the batch look at. */
interface Region {
  from: number;
  to: number;
  at: number;
}

/** Writes a batch into shared memory; null when there is not enough of it. */
export function shareBatch(batch: Batch, memory: SharedArrayBuffer): SharedBatch | null {
  const columns = batch.columns.map(flatten);
  const regions = new Map<Uint8Array, Region>();
  for (const column of columns) if (column.kind === 'text') widen(regions, column);
  let used = 0;
  const take = (bytes: number): number => {
    const at = used;
    used = (used + bytes + 7) & ~7;
    return at;
  };
  for (const region of regions.values()) region.at = take(Math.max(0, region.to - region.from));
  const places = columns.map((column) => {
    if (column.kind === 'text') return take(column.length * 8 + (column.validity?.length ?? 0));
    return column.kind === 'number' && column.validity === null ? take(column.length * 8) : 0;
  });
  if (used > memory.byteLength) return null;
  const bytes = new Uint8Array(memory);
  for (const [data, { from, to, at }] of regions) if (to > from) bytes.set(data.subarray(from, to), at);
  const shared = columns.map((column, position): SharedColumn => {
    const at = places[position]!;
    if (column.kind === 'text') return shareText(column, regions.get(column.data)!, at, memory);
    if (column.kind === 'number' && column.validity === null) {
      new Float64Array(memory, at, column.length).set(column.values);
      return { kind: 'doubles', at, type: column.type };
    }
    return { kind: 'packed', column: packColumn(column) };
  });
  return { names: batch.schema.names, length: batch.length, columns: shared };
}

function widen(regions: Map<Uint8Array, Region>, { data, starts, ends, length }: TextColumn): void {
  let region = regions.get(data);
  if (region === undefined) {
    region = { from: data.length, to: 0, at: 0 };
    regions.set(data, region);
  }
  let { from, to } = region;
  for (let row = 0; row < length; row++) {
    if (starts[row]! < from) from = starts[row]!;
    if (ends[row]! > to) to = ends[row]!;
  }
  region.from = from;
  region.to = to;
}

function shareText(column: TextColumn, region: Region, at: number, memory: SharedArrayBuffer): SharedColumn {
  const { length, validity } = column;
  const starts = new Uint32Array(memory, at, length);
  const ends = new Uint32Array(memory, at + length * 4, length);
  for (let row = 0; row < length; row++) {
    starts[row] = column.starts[row]! - region.from;
    ends[row] = column.ends[row]! - region.from;
  }
  const data = [region.at, Math.max(0, region.to - region.from)] as const;
  if (validity === null) return { kind: 'stretches', data, starts: at, ends: at + length * 4, validity };
  const bitsAt = at + length * 8;
  new Uint8Array(memory, bitsAt, validity.length).set(validity);
  return { kind: 'stretches', data, starts: at, ends: at + length * 4, validity: [bitsAt, validity.length] };
}

/** The batch that was shared, as views of the memory. */
export function openSharedBatch(shared: SharedBatch, memory: SharedArrayBuffer): Batch {
  const regions = new Map<number, Uint8Array>();
  const columns = shared.columns.map((column) => openColumn(column, shared.length, memory, regions));
  return newBatch(new Schema(shared.names), columns, shared.length);
}

function openColumn(
  column: SharedColumn,
  length: number,
  memory: SharedArrayBuffer,
  regions: Map<number, Uint8Array>,
): Column {
  switch (column.kind) {
    case 'stretches': {
      const [at, size] = column.data;
      const data = regions.get(at) ?? new Uint8Array(memory, at, size);
      regions.set(at, data);
      return {
        kind: 'text',
        length,
        data,
        starts: new Uint32Array(memory, column.starts, length),
        ends: new Uint32Array(memory, column.ends, length),
        validity:
          column.validity === null ? null : new Uint8Array(memory, column.validity[0], column.validity[1]),
      };
    }
    case 'doubles': {
      const values = new Float64Array(memory, column.at, length);
      return { kind: 'number', type: column.type, length, values, validity: null };
    }
    case 'packed':
      return unpackColumn(column.column);
  }
}
