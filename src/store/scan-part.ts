import { type Batch, findColumn, newBatch, Schema } from '../engine/columns/batch.ts';
import { type Column, constantColumn, selectColumn } from '../engine/columns/column.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { blockIsFilled, blockRange } from './block-range.ts';
import { BlockReader, type MessageKind } from './block-reader.ts';
import type { Alias, SegmentIndex, StoredField } from './segment-index.ts';
import type { ReadCounter, SegmentReader } from './segment-reader.ts';
import { blockHasTerm } from './segment-terms.ts';
import { completeBatch, type TailBatch } from './tail.ts';

/** A stretch of stored rows that is read as one: a block of a segment, or a batch that is in the log only. */
export interface ScanPart {
  readonly length: number;
  /** Number of the first row in order of arrival. */
  readonly sequence: number;
  /** Least and greatest number of a field, null when it has none; may be wider than the truth. */
  range(field: string): readonly [min: number, max: number] | null;
  /** Whether every row has a number in a field; yes is certain. */
  filled(field: string): boolean;
  /** Whether some message may have a word (lower case); no is certain. */
  hasTerm(term: string, counter: ReadCounter): boolean;
  /** Opens the part for reading; with `memory` its columns may be short-lived ones there. */
  open(counter: ReadCounter, memory?: KernelMemory | null): OpenPart;
  /** Bytes that are not read when the part is skipped. */
  readonly bytes: number;
}

export interface OpenPart {
  readonly length: number;
  /** A field's column, null when the part has no such field. */
  column(name: string): Column | null;
  /** As `column`, for some rows. */
  columnAt(name: string, rows: Uint32Array): Column | null;
  /** The row of the part that row `row` here is. */
  place(row: number): number;
  /** The part cut into rows whose messages are of one kind, so that each can be told from its slots; itself when they are. */
  kinds(): readonly OpenPart[];
}

/** The fields of the open part `names` as a batch; `rows` (all when null) of it. Absent fields are null. */
export function batchOf(part: OpenPart, schema: Schema, rows: Uint32Array | null): Batch {
  const length = rows?.length ?? part.length;
  const columns = schema.names.map(
    (name) => (rows === null ? part.column(name) : part.columnAt(name, rows)) ?? constantColumn(null, length),
  );
  return newBatch(schema, columns, length);
}

/** Block `block` of an open segment. */
export function segmentPart(segment: SegmentReader, block: number): ScanPart {
  const { index } = segment;
  const before = index.blocks.slice(0, block).reduce((rows, more) => rows + more, 0);
  const fields = fieldsOf(segment);
  return {
    length: index.blocks[block]!,
    sequence: index.sequence[0] + before,
    bytes: Math.round((segment.bytes * index.blocks[block]!) / Math.max(1, index.rows)),
    range(name) {
      const field = fields.find(name);
      return field === null ? null : blockRange(index, field, block);
    },
    filled(name) {
      const field = fields.find(name);
      return field !== null && blockIsFilled(index, field, block);
    },
    hasTerm: (term, counter) => blockHasTerm(segment, block, term, counter),
    open(counter, memory = null) {
      // The kinds of a block are batches of their own, and what is short-lived ends with the first.
      const held = kindsIn(index, block) > 1 ? null : memory;
      return openBlock(new BlockReader(segment, block, counter, held), fields);
    },
  };
}

/** How many kinds of messages a block has: shapes, and those without one. */
function kindsIn({ blocks, shapeRows }: SegmentIndex, block: number): number {
  const shaped = shapeRows[block]!.filter((rows) => rows > 0);
  const rest = blocks[block]! - shaped.reduce((sum, rows) => sum + rows, 0);
  return shaped.length + (rest > 0 ? 1 : 0);
}

function openBlock(reader: BlockReader, fields: FieldIndex): OpenPart {
  const whole: OpenPart = {
    length: reader.length,
    column(name) {
      if (name.toLowerCase() === '_raw') return reader.messages(null);
      const field = fields.find(name);
      return field === null ? null : reader.field(field);
    },
    columnAt(name, rows) {
      if (name.toLowerCase() === '_raw') return reader.messages(rows);
      const field = fields.find(name);
      if (field === null) return null;
      const span = reader.spanOf(field);
      return span === null ? selectColumn(reader.field(field), rows) : reader.span(span, rows);
    },
    place: (row) => row,
    kinds: () => reader.kinds()?.map((kind) => openKind(whole, reader, kind)) ?? [whole],
  };
  return whole;
}

/** The rows of one kind in a block that has several. */
function openKind(whole: OpenPart, reader: BlockReader, { shape, rows }: MessageKind): OpenPart {
  const messages = () => (shape === null ? reader.messages(rows) : reader.shaped(shape, rows));
  const kind: OpenPart = {
    length: rows.length,
    column: (name) => (name.toLowerCase() === '_raw' ? messages() : whole.columnAt(name, rows)),
    columnAt(name, chosen) {
      const column = kind.column(name);
      return column === null ? null : selectColumn(column, chosen);
    },
    place: (row) => rows[row]!,
    kinds: () => [kind],
  };
  return kind;
}

/** A batch of the log. Fields that it still lacks are made when they are asked for. */
export function tailPart(entry: Pick<TailBatch, 'sequence' | 'batch' | 'late'>): ScanPart {
  const { batch, late, sequence } = entry;
  const lacking = late === null ? null : new Schema(late.fields);
  const columnNamed = (name: string): Column | null =>
    findColumn(lacking === null || lacking.find(name) < 0 ? batch : completeBatch(entry), name);
  return {
    length: batch.length,
    sequence,
    filled: () => false,
    bytes: 0,
    range(name) {
      const column = columnNamed(name);
      return column === null ? null : rangeOf(column);
    },
    hasTerm: () => true,
    open: () => ({
      length: batch.length,
      column: columnNamed,
      columnAt(name, rows) {
        const column = columnNamed(name);
        return column === null ? null : selectColumn(column, rows);
      },
      place: (row) => row,
      kinds() {
        return [this];
      },
    }),
  };
}

/** Least and greatest number of a column; null when it has none. */
export function rangeOf(column: Column): readonly [min: number, max: number] | null {
  if (column.kind === 'constant') {
    return typeof column.value === 'number' && column.length > 0 ? [column.value, column.value] : null;
  }
  let min = Infinity;
  let max = -Infinity;
  for (let row = 0; row < column.length; row++) {
    const value = numberAt(column, row);
    if (value === null) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? [min, max] : null;
}

/** The number in a row of a number, constant, values or selected column; null otherwise. */
export function numberAt(column: Column, row: number): number | null {
  switch (column.kind) {
    case 'number':
      return column.validity === null || ((column.validity[row >> 3]! >> (row & 7)) & 1) === 1
        ? column.values[row]!
        : null;
    case 'constant':
      return typeof column.value === 'number' ? column.value : null;
    case 'values': {
      const value = column.values[row]!;
      return typeof value === 'number' ? value : null;
    }
    case 'selected':
      return numberAt(column.base, column.rows[row]!);
    default:
      return null;
  }
}

interface FieldIndex {
  find(name: string): StoredField | null;
}

const indexes = new WeakMap<SegmentReader, FieldIndex>();

/** The fields of a segment by name, found as `Schema` finds names. */
function fieldsOf(segment: SegmentReader): FieldIndex {
  const known = indexes.get(segment);
  if (known !== undefined) return known;
  const { fields } = segment.index;
  const schema = new Schema(fields.map((field) => field.name));
  const index: FieldIndex = {
    find(name) {
      const position = schema.find(name);
      return position < 0 ? null : fields[position]!;
    },
  };
  indexes.set(segment, index);
  return index;
}

/** Whether a field has more than one value in some block of a segment, as far as its index says. */
export function varies(segment: SegmentReader, name: string): boolean {
  const { index } = segment;
  const field = fieldsOf(segment).find(name);
  if (field === null) return name.toLowerCase() === '_raw';
  const slots = field.aliasSets.flat().flatMap((alias) => slotColumns(index, alias));
  return [...field.text, field.number, field.boolean, ...slots].some((column) => {
    if (column < 0) return false;
    const { kind, blocks } = index.columns[column]!;
    return blocks.some(({ nulls, min, max }, block) => {
      if (nulls === index.blocks[block]!) return false;
      return kind === 'text' || nulls > 0 || min !== max;
    });
  });
}

function slotColumns({ shapes }: SegmentIndex, alias: Alias): readonly number[] {
  if (alias.kind !== 'text' && alias.kind !== 'number') return [];
  return shapes[alias.shape]!.slots[alias.slot]!;
}
