import { constants, zstdCompressSync } from 'node:zlib';
import { bytesIn } from '../engine/columns/byte-set.ts';
import {
  ARROW_MAGIC,
  type ArrowBlock,
  type ArrowField,
  type ArrowNode,
  dictionaryBatchMessage,
  endOfStream,
  footer,
  recordBatchMessage,
  schemaMessage,
} from './arrow-file.ts';
import { checksum } from './checksum.ts';
import { digitsOf } from './collect-text.ts';
import { NO_SHAPE } from './cuts.ts';
import { FormCoder } from './forms.ts';
import { type ColumnPlan, planColumns } from './plan-columns.ts';
import { resolveAliases } from './resolve-aliases.ts';
import type { SegmentCollector } from './segment-collector.ts';
import {
  BLOCK_BYTES,
  BLOCK_ROWS,
  type BlockColumn,
  type BufferPlace,
  type PhysicalColumn,
  type SegmentIndex,
  TRAILER_BYTES,
  TRAILER_MARK,
} from './segment-index.ts';
import { termFilters } from './term-filter.ts';

/** A finished segment: the file's bytes in pieces, and what the manifest keeps of it. */
export interface EncodedSegment {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  readonly checksum: number;
  readonly index: SegmentIndex;
}

/** How a buffer is compressed, and what part of it must go for that to be worth unpacking it again. */
interface Compression {
  readonly level: number;
  readonly minMatch: number;
  readonly saves: number;
}

/** Texts: read now and then. */
const THOROUGH: Compression = { level: 3, minMatch: 0, saves: 0.1 };
const FAST: Compression = { level: 1, minMatch: 0, saves: 0.1 };
/**
 * Numbers and codes: read by most queries, at many times the speed at which they are unpacked. What zstd
 * gains on them comes from their few values, not from repeats, and without short matches it is faster.
 */
function codesOf(width: number): Compression {
  // Bytes of wide numbers are worth more than those of narrow ones: there are fewer numbers to unpack in them.
  return { level: 1, minMatch: 7, saves: width === 1 ? 0.5 : width === 2 ? 0.4 : 0.25 };
}
/** Raw bytes and their compressed form are worth the choice from this length on. */
const WORTH_TRYING = 64;

class FileBytes {
  readonly chunks: Uint8Array[] = [];
  length = 0;
  checksum = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.chunks.push(bytes);
    this.length += bytes.length;
    this.checksum = checksum(bytes, this.checksum);
  }

  /** Zeros up to a multiple of 8. */
  align(): void {
    const rest = -this.length & 7;
    if (rest > 0) this.push(new Uint8Array(rest));
  }
}

/** One buffer as Arrow stores it: 8 bytes of uncompressed length (-1: as it is), then the bytes. Without a compression it is stored as it is. */
export function packBuffer(bytes: Uint8Array, compression: Compression | null = FAST): Uint8Array {
  if (bytes.length === 0) return bytes;
  let body = bytes;
  let mark = -1n;
  if (bytes.length >= WORTH_TRYING && compression !== null) {
    const packed = zstdCompressSync(bytes, {
      chunkSize: bytes.length + 1024,
      params: {
        [constants.ZSTD_c_compressionLevel]: compression.level,
        [constants.ZSTD_c_minMatch]: compression.minMatch,
      },
    });
    if (packed.length < bytes.length * (1 - compression.saves)) {
      body = packed;
      mark = BigInt(bytes.length);
    }
  }
  const out = new Uint8Array(8 + body.length);
  new DataView(out.buffer).setBigInt64(0, mark, true);
  out.set(body, 8);
  return out;
}

/** Blocks for which compression of a buffer is not tried again once it gained nothing. */
const PAUSE = 7;

/** Compresses the buffers of blocks, but for those of columns whose last blocks gained nothing by it. */
class CompressionTrials {
  readonly #pauses = new Map<ColumnPlan, number[]>();

  add(body: Body, column: ColumnPlan, number: number, bytes: Uint8Array): BufferPlace {
    const pauses = this.#pauses.get(column) ?? [];
    this.#pauses.set(column, pauses);
    const pause = pauses[number] ?? 0;
    const compression = pause > 0 ? null : column.kind === 'text' ? THOROUGH : codesOf(column.width);
    const place = addBuffer(body, bytes, compression);
    const gained = place[1] < bytes.length;
    pauses[number] = pause > 0 ? pause - 1 : gained || bytes.length < WORTH_TRYING ? 0 : PAUSE;
    return place;
  }
}

interface Body {
  readonly nodes: ArrowNode[];
  /** Offset and length pairs within the body. */
  readonly ranges: number[];
  readonly parts: Uint8Array[];
  length: number;
}

function newBody(): Body {
  return { nodes: [], ranges: [], parts: [], length: 0 };
}

/** Appends a buffer to a body; its place is relative to the body until `writeBody`. */
function addBuffer(body: Body, bytes: Uint8Array, compression: Compression | null = FAST): BufferPlace {
  const packed = packBuffer(bytes, compression);
  const place: BufferPlace = [body.length, packed.length, packed.length === 0 ? 0 : checksum(packed)];
  body.ranges.push(body.length, packed.length);
  body.parts.push(packed);
  const rest = -packed.length & 7;
  if (rest > 0) body.parts.push(new Uint8Array(rest));
  body.length += packed.length + rest;
  return place;
}

function writeMessage(file: FileBytes, head: Uint8Array, body: Body): { block: ArrowBlock; bodyAt: number } {
  const block: ArrowBlock = [file.length, head.length, body.length];
  file.push(head);
  const bodyAt = file.length;
  for (const part of body.parts) file.push(part);
  return { block, bodyAt };
}

function moved(place: BufferPlace, by: number): BufferPlace {
  return [place[0] + by, place[1], place[2]];
}

/** Where blocks end, in rows. */
function blockEnds({ rows, shapeOf, otherRaw }: SegmentCollector): number[] {
  const ends: number[] = [];
  for (let from = 0; from < rows; ) {
    let to = Math.min(from + BLOCK_ROWS, rows);
    // Without the text of messages that have no shape, rows alone count.
    if (otherRaw.words.size >= BLOCK_BYTES) {
      let bytes = 0;
      for (let row = from; row < to; row++) {
        if (shapeOf[row] === NO_SHAPE) bytes += otherRaw.sizeOf(row);
        if (bytes >= BLOCK_BYTES) to = row + 1;
      }
    }
    ends.push(to);
    from = to;
  }
  return ends;
}

/** Encodes what was collected. Yields between blocks, so that a server can answer meanwhile. */
export function* encodeSegment(
  collector: SegmentCollector,
  sequence: number,
): Generator<undefined, EncodedSegment> {
  collector.finish();
  const ends = blockEnds(collector);
  const fieldAliases = resolveAliases(collector, ends, (row) => messageSize(collector, row));
  const plan = planColumns(collector, fieldAliases, new FormCoder(collector.kernels));
  yield;
  const file = new FileBytes();
  const fields = plan.columns.map((column, number) => arrowField(column, number));
  const metadata = new Map([
    ['weir', 'segment 1: messages are rebuilt from these columns; see the index before the footer'],
  ]);
  file.push(ARROW_MAGIC);
  file.push(new Uint8Array(2));
  file.push(schemaMessage(fields, metadata));
  const dictionaries: ArrowBlock[] = [];
  const wordBuffers = plan.columns.map((column, number) => {
    if (column.words === null) return [];
    const { offsets, data, count } = column.words;
    const body = newBody();
    const validity = new Uint8Array((count + 8) >> 3).fill(0xff);
    validity[0] = 0xfe; // index 0 is null
    validity[validity.length - 1]! &= 0xff >> (validity.length * 8 - count - 1);
    body.nodes.push({ length: count + 1, nulls: 1 });
    const places = [validity, offsets, data].map((bytes) => addBuffer(body, bytes));
    const head = dictionaryBatchMessage(number, count + 1, body.nodes, body.ranges, body.length);
    const { block, bodyAt } = writeMessage(file, head, body);
    dictionaries.push(block);
    return places.map((place) => moved(place, bodyAt));
  });
  const batches: ArrowBlock[] = [];
  const trials = new CompressionTrials();
  const blocks: BlockColumn[][] = plan.columns.map(() => []);
  let from = 0;
  for (const end of ends) {
    yield;
    const body = newBody();
    const blockColumns = plan.columns.map((column) => {
      const encoded = column.encode(from, end);
      body.nodes.push({ length: end - from, nulls: encoded.nulls });
      const buffers = encoded.buffers.map((bytes, number) => trials.add(body, column, number, bytes));
      return { ...encoded, buffers };
    });
    const head = recordBatchMessage(end - from, body.nodes, body.ranges, body.length);
    const { block, bodyAt } = writeMessage(file, head, body);
    batches.push(block);
    blockColumns.forEach((column, number) => {
      blocks[number]!.push({ ...column, buffers: column.buffers.map((place) => moved(place, bodyAt)) });
    });
    from = end;
  }
  file.push(endOfStream());
  const filters = termFilters(collector, ends, plan, collector.kernels);
  const terms =
    filters === null
      ? null
      : {
          segment: addFilter(file, filters.segment),
          blocks: filters.blocks.map((filter) => addFilter(file, filter)),
        };
  const index: SegmentIndex = {
    rows: collector.rows,
    rawBytes: collector.rawBytes,
    sequence: [sequence, sequence + collector.rows],
    blocks: ends.map((end, block) => end - (block === 0 ? 0 : ends[block - 1]!)),
    columns: plan.columns.map(
      (column, number): PhysicalColumn => ({
        name: column.name,
        kind: column.kind,
        width: column.width,
        base: column.base,
        scale: column.scale,
        words: column.words?.count ?? 0,
        wordBuffers: wordBuffers[number]!,
        ...(column.words === null
          ? {}
          : { letters: Buffer.from(bytesIn(column.words.data)).toString('hex') }),
        blocks: blocks[number]!,
      }),
    ),
    shapes: plan.shapes,
    shapeRows: shapeRows(collector, ends),
    otherRaw: plan.otherRaw,
    fields: plan.fields,
    terms,
  };
  writeIndex(file, index);
  file.push(footer(fields, metadata, dictionaries, batches));
  return { chunks: file.chunks, bytes: file.length, checksum: file.checksum, index };
}

/** Filters are random bits: they are stored as they are, with the head that buffers have. */
function addFilter(file: FileBytes, filter: Uint8Array): BufferPlace {
  if (filter.length === 0) return [0, 0, 0];
  const packed = packBuffer(filter);
  const place: BufferPlace = [file.length, packed.length, checksum(packed)];
  file.push(packed);
  file.align();
  return place;
}

function writeIndex(file: FileBytes, index: SegmentIndex): void {
  const packed = zstdCompressSync(new TextEncoder().encode(JSON.stringify(index)));
  const at = file.length;
  file.push(packed);
  file.align();
  const trailer = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(trailer.buffer);
  view.setFloat64(0, at, true);
  view.setUint32(8, packed.length, true);
  view.setUint32(12, checksum(packed), true);
  view.setUint32(16, checksum(trailer.subarray(0, 16)), true);
  view.setBigUint64(24, TRAILER_MARK, true);
  file.push(trailer);
}

function arrowField(column: ColumnPlan, number: number): ArrowField {
  const metadata = new Map<string, string>();
  if (column.base !== 0) metadata.set('weir:base', String(column.base));
  if (column.scale !== 1) metadata.set('weir:scale', String(column.scale));
  const bits = (column.width * 8) as 8 | 16 | 32;
  switch (column.kind) {
    case 'int':
      return { name: column.name, type: { kind: 'int', bits }, dictionary: null, metadata };
    case 'dictionary':
      return { name: column.name, type: { kind: 'int', bits }, dictionary: number, metadata };
    case 'double':
      return { name: column.name, type: { kind: 'double' }, dictionary: null, metadata };
    case 'boolean':
      return { name: column.name, type: { kind: 'boolean' }, dictionary: null, metadata };
    case 'text':
      return { name: column.name, type: { kind: 'utf8' }, dictionary: null, metadata };
  }
}

function shapeRows({ shapeOf, shapes }: SegmentCollector, ends: readonly number[]): number[][] {
  let from = 0;
  return ends.map((end) => {
    const counts = new Uint32Array(256);
    for (let row = from; row < end; row++) counts[shapeOf[row]!]!++;
    from = end;
    return [...counts.subarray(0, shapes.length)];
  });
}

/** Bytes of the message of a row. */
function messageSize(collector: SegmentCollector, row: number): number {
  const number = collector.shapeOf[row]!;
  if (number === NO_SHAPE) return collector.otherRaw.sizeOf(row);
  const { shape, slots } = collector.shapes[number]!;
  let size = 0;
  for (const piece of shape.pieces) size += piece.length;
  for (const slot of slots) {
    const value = slot.rows[row]!;
    size += value >= 0 ? digitsOf(value) : slot.sizeOf(row);
  }
  return size;
}
