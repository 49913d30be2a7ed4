import type { Batch } from '../engine/columns/batch.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import type { WrittenSegment } from './bulk-writer.ts';
import { realDisk } from './disk.ts';
import { StoreError } from './failure.ts';
import { SegmentCollector } from './segment-collector.ts';
import { finishSegment, segmentFile, writeFinished } from './write-segment.ts';

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
  #end = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  /** Batches lie in `kernels` as a rule. */
  constructor(reserved: ReservedSegments, kernels: KernelMemory) {
    this.#reserved = reserved;
    this.#kernels = kernels;
    this.#collector = new SegmentCollector(Infinity, kernels);
  }

  /** Begins a run of at most `rows` rows, whose first one is the `offset`-th of the reserved ones. */
  begin(offset: number, rows: number): void {
    this.#next = this.#reserved.sequence + offset;
    this.#end = this.#next + rows;
  }

  /** Adds the rows of a batch and copies them; null, or what to wait for before the next one. */
  add(batch: Batch): Promise<void> | null {
    this.#collector.add(batch);
    if (this.#next + this.#collector.rows > this.#end) {
      throw new StoreError('full', 'more rows than were reserved');
    }
    return this.#collector.full ? this.end() : null;
  }

  /** Encodes what the run has collected. It is written while the next segment is collected: see `settle`. */
  async end(): Promise<void> {
    const collector = this.#collector;
    if (collector.rows === 0) return;
    const { folder, firstFile, files, taken } = this.#reserved;
    const number = Atomics.add(new Int32Array(taken), 0, 1);
    if (number >= files) throw new StoreError('full', 'more segments than were reserved');
    const sequence = this.#next;
    this.#next += collector.rows;
    const fields = collector.fieldNames();
    const finished = await finishSegment(collector, segmentFile(firstFile + number), sequence);
    this.#collector = new SegmentCollector(Infinity, this.#kernels);
    await this.settle();
    this.#writing = writeFinished(realDisk, folder, finished).then(
      (entry) => void this.written.push({ entry, fields }),
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  /** Resolves when everything is written that was begun; rejects when something could not be. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Gives the memory back. */
  close(): void {
    this.#collector.release();
  }
}
