import type { Batch } from '../engine/columns/batch.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import type { WrittenSegment } from './bulk-writer.ts';
import { realDisk } from './disk.ts';
import { StoreError } from './failure.ts';
import { SegmentCollector } from './segment-collector.ts';
import { segmentFile, writeSegment } from './write-segment.ts';

/** File and row numbers that a store has set aside for segments written by several threads: plain data. */
export interface ReservedSegments {
  readonly folder: string;
  readonly firstFile: number;
  readonly files: number;
  /** How many of the files are taken: one 32-bit integer. */
  readonly taken: SharedArrayBuffer;
  /** The number of the first row. */
  readonly sequence: number;
}

/** The files that may have been written with reserved numbers. */
export function reservedFiles({ firstFile, files, taken }: ReservedSegments): string[] {
  const used = Math.min(files, Atomics.load(new Int32Array(taken), 0));
  return Array.from({ length: used }, (_, file) => segmentFile(firstFile + file));
}

/**
 * Writes the segments of one thread with reserved numbers. Rows come in runs: each run has row numbers
 * of its own, so that runs may be written in any order and still be found in the order of arrival.
 */
export class RunWriter {
  /** The segments written so far; their files are durable, but part of no manifest. */
  readonly written: WrittenSegment[] = [];
  readonly #reserved: ReservedSegments;
  readonly #kernels: KernelMemory;
  #collector: SegmentCollector;
  #next = 0;

  /** Batches lie in `kernels` as a rule. */
  constructor(reserved: ReservedSegments, kernels: KernelMemory) {
    this.#reserved = reserved;
    this.#kernels = kernels;
    this.#collector = new SegmentCollector(Infinity, kernels);
  }

  /** Begins a run whose first row is the `offset`-th of the reserved ones. */
  begin(offset: number): void {
    this.#next = this.#reserved.sequence + offset;
  }

  /** Adds the rows of a batch and copies them; null, or what to wait for before the next one. */
  add(batch: Batch): Promise<void> | null {
    this.#collector.add(batch);
    return this.#collector.full ? this.end() : null;
  }

  /** Writes what the run has collected. */
  async end(): Promise<void> {
    const collector = this.#collector;
    if (collector.rows === 0) return;
    this.#collector = new SegmentCollector(Infinity, this.#kernels);
    const { folder, firstFile, files, taken } = this.#reserved;
    const number = Atomics.add(new Int32Array(taken), 0, 1);
    if (number >= files) throw new StoreError('full', 'more segments than were reserved');
    const file = segmentFile(firstFile + number);
    const sequence = this.#next;
    this.#next += collector.rows;
    const entry = await writeSegment(realDisk, folder, file, collector, sequence);
    this.written.push({ entry, fields: collector.fieldNames() });
  }

  /** Gives the memory back. */
  close(): void {
    this.#collector.release();
  }
}
