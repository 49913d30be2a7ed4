import type { Batch } from '../engine/columns/batch.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import type { PieceScan, ScanRequest } from '../engine/source.ts';
import type { Scope } from '../grammar/ast.ts';
import { pathIn, realDisk } from './disk.ts';
import { LateFields } from './late-fields.ts';
import { RowFinder, ScanTotals, scanAny } from './scan.ts';
import { type ScanPart, segmentPart, tailPart } from './scan-part.ts';
import { SegmentReader } from './segment-reader.ts';
import type { TailFrame } from './tail.ts';
import { decodeFrameBatch } from './write-ahead-log.ts';

/** The kind of `SharedScan` that stores make. */
export const SHARED_STORE = 'store';

/** Segments for several threads: plain data. */
export interface SharedStore {
  /** Where the segments lie. */
  readonly folder: string;
  readonly files: readonly string[];
  /** The names of the scan's batches. */
  readonly names: readonly string[];
  /** What is searched for: the request's filter, and what the store adds to it. */
  readonly filter: Scope;
  /** What is in the log only, where it lies in shared memory. */
  readonly tail: readonly SharedTail[];
}

/** A batch of the log. */
export interface SharedTail {
  readonly sequence: number;
  readonly frame: TailFrame;
}

/** With at least this many segments a piece is a whole one, so that its dictionaries are read by one thread. */
const MANY_SEGMENTS = 6;
/** Blocks of a piece otherwise. */
const PIECE_BLOCKS = 4;
/** Rows of the log in a piece, about. */
const PIECE_ROWS = 32_768;

/** All blocks of the segments. */
export function segmentParts(readers: readonly SegmentReader[]): ScanPart[] {
  return readers.flatMap((reader) => reader.index.blocks.map((_, block) => segmentPart(reader, block)));
}

/** What is read, in pieces, the same on each thread. */
function piecesOf({ readers, tail }: OpenedStore): ScanPart[][] {
  return [...segmentPieces(readers), ...tailPieces(tail)];
}

function tailPieces(tail: readonly ScanPart[]): ScanPart[][] {
  const pieces: ScanPart[][] = [];
  let rows = PIECE_ROWS;
  for (const part of tail) {
    if (rows >= PIECE_ROWS) {
      pieces.push([]);
      rows = 0;
    }
    pieces.at(-1)!.push(part);
    rows += part.length;
  }
  return pieces;
}

function segmentPieces(readers: readonly SegmentReader[]): ScanPart[][] {
  const size = readers.length >= MANY_SEGMENTS ? Infinity : PIECE_BLOCKS;
  return readers.flatMap((reader) => {
    const parts = segmentParts([reader]);
    const pieces: ScanPart[][] = [];
    for (let from = 0; from < parts.length; from += size) pieces.push(parts.slice(from, from + size));
    return pieces;
  });
}

/** What one thread reads of. */
export interface OpenedStore {
  readonly readers: readonly SegmentReader[];
  /** What is in the log only and all threads see. */
  readonly tail: readonly ScanPart[];
}

/** How one thread gets at the segments and the log. */
export interface PieceReaders {
  open(): Promise<OpenedStore>;
  close(opened: OpenedStore): Promise<void>;
  /** Parts that only this thread reads, after the pieces. */
  readonly after: readonly ScanPart[];
}

/** One thread's part of a scan: reads the pieces that it takes off `counter`. */
export function pieceScan(
  names: readonly string[],
  counter: SharedArrayBuffer,
  request: ScanRequest,
  totals: ScanTotals,
  source: PieceReaders,
): PieceScan {
  const finder = new RowFinder(request);
  const next = new Int32Array(counter);
  let piece = 0;
  return {
    applied: { time: true, filter: finder.filters, order: true },
    async *batches(kernels: KernelMemory | null = null): AsyncIterable<Batch> {
      const opened = await source.open();
      try {
        const pieces = piecesOf(opened);
        for (;;) {
          const taken = Atomics.add(next, 0, 1);
          if (taken >= pieces.length) break;
          piece = taken;
          yield* scanAny(pieces[taken]!, request, names, finder, totals, kernels);
        }
        piece = pieces.length;
        yield* scanAny(source.after, request, names, finder, totals, kernels);
      } finally {
        await source.close(opened);
      }
    },
    piece: () => piece,
    needsOrder: () => false,
    statistics: () => totals.statistics(),
  };
}

async function openTail(tail: readonly SharedTail[]): Promise<readonly ScanPart[]> {
  const parts: ScanPart[] = [];
  for (const { sequence, frame } of tail) {
    const { batch, late } = decodeFrameBatch(frame.bytes, frame.batch);
    const fields = late === null ? null : await LateFields.of(late);
    parts.push(tailPart({ sequence, batch, late: fields }));
  }
  return parts;
}

/** Opens a shared store on another thread. */
export function openSharedStore(
  input: SharedStore,
  counter: SharedArrayBuffer,
  request: ScanRequest,
): PieceScan {
  const filtered = { ...request, filter: input.filter };
  return pieceScan(input.names, counter, filtered, new ScanTotals(), {
    async open() {
      const readers: SegmentReader[] = [];
      for (const file of input.files) {
        readers.push(SegmentReader.open(file, await realDisk.open(pathIn(input.folder, file), 'read')));
      }
      return { readers, tail: await openTail(input.tail) };
    },
    async close({ readers }) {
      for (const reader of readers) await reader.close();
    },
    after: [],
  });
}
