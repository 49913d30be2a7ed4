import type { Batch } from '../engine/columns/batch.ts';
import { BulkThread, type NameSegment } from './bulk-thread.ts';
import { StoreError } from './failure.ts';
import type { SegmentEntry } from './manifest.ts';
import { type ReservedSegments, reservedFiles } from './reserved-segments.ts';
import { SegmentCollector } from './segment-collector.ts';

/** A segment whose file is durable but that no manifest names yet. */
export interface WrittenSegment {
  readonly entry: SegmentEntry;
  readonly fields: readonly string[];
}

/** How far an ingest has come, kept with the data: after a crash both are there or neither. */
export interface Checkpoint {
  readonly name: string;
  readonly text: string;
}

/** What the writer needs of its store. */
export interface BulkTarget {
  write(collector: SegmentCollector): Promise<WrittenSegment>;
  commit(written: readonly WrittenSegment[], checkpoint: Checkpoint | null): Promise<void>;
  discard(file: string): Promise<void>;
  /** The folder of segments when another thread may write there, else null. */
  readonly folder: string | null;
  readonly name: NameSegment;
  /** Sets numbers aside for so many rows and files. */
  reserve(rows: number, files: number): { readonly sequence: number; readonly firstFile: number };
  /** The error to throw for one that writing a segment met. */
  failure(error: unknown): Error;
  /** The writer takes nothing more. */
  done(): void;
}

/** What was committed. */
export interface BulkReceipt {
  readonly messages: number;
  readonly segments: number;
  /** Bytes of the segments' files. */
  readonly bytes: number;
}

/** Rows after which another thread is worth its start. */
const WORTH_A_THREAD = 32_768;

/**
 * Writes large amounts straight to segments. Nothing is visible or safe before `commit`; after it
 * everything added so far is both. May go on after a commit. Add one batch at a time. Large amounts
 * are collected and written by another thread while the caller makes the next batch.
 */
export class BulkWriter {
  readonly #target: BulkTarget;
  #collector = new SegmentCollector(Infinity);
  #written: WrittenSegment[] = [];
  #thread: BulkThread | null = null;
  #reserved: ReservedSegments | null = null;
  #done = false;

  constructor(target: BulkTarget) {
    this.#target = target;
  }

  /** Adds the rows of a batch and copies them; resolves when the next one may come. */
  async add(batch: Batch): Promise<void> {
    if (this.#done) throw new StoreError('closed', 'the bulk writer is closed');
    if (this.#thread?.ready === true) {
      // What was collected here came first and gets the smaller numbers.
      await this.#finishSegment();
      try {
        await this.#thread.add(batch);
      } catch (error) {
        throw this.#target.failure(error);
      }
      return;
    }
    this.#collector.add(batch);
    if (this.#thread === null && this.#collector.rows >= WORTH_A_THREAD && this.#target.folder !== null) {
      this.#thread = new BulkThread(this.#target.folder, this.#target.name);
    }
    if (this.#collector.full) await this.#finishSegment();
  }

  /**
   * Sets numbers aside for at most so many rows and files, for segments that several threads write
   * (`RunWriter`); null where only this thread may write. Then comes `adopt`, `giveUp` or `abort`.
   */
  reserve(rows: number, files: number): ReservedSegments | null {
    const { folder } = this.#target;
    if (folder === null || this.#reserved !== null) return null;
    const numbers = this.#target.reserve(rows, files);
    this.#reserved = { folder, files, taken: new SharedArrayBuffer(4), ...numbers };
    return this.#reserved;
  }

  /** Makes segments that were written with reserved numbers part of the next commit. */
  adopt(segments: readonly WrittenSegment[]): void {
    this.#written.push(...segments);
    this.#reserved = null;
  }

  /** Removes what was written with reserved numbers. Nobody may write with them any more. */
  async giveUp(): Promise<void> {
    const files = this.#reserved === null ? [] : reservedFiles(this.#reserved);
    this.#reserved = null;
    for (const file of files) await this.#target.discard(file);
  }

  /** The error to throw for one that a thread met while it wrote with reserved numbers. */
  failure(error: unknown): Error {
    return this.#target.failure(error);
  }

  async #finishSegment(): Promise<void> {
    if (this.#collector.rows === 0) return;
    const collector = this.#collector;
    this.#collector = new SegmentCollector(Infinity);
    this.#written.push(await this.#target.write(collector));
  }

  /** Makes everything added since the last commit part of the store. */
  async commit(checkpoint: Checkpoint | null = null): Promise<BulkReceipt> {
    await this.#finishSegment();
    if (this.#thread?.ready === true) {
      try {
        this.#written.push(...(await this.#thread.finish()));
      } catch (error) {
        throw this.#target.failure(error);
      }
    }
    const written = this.#written;
    if (written.length > 0 || checkpoint !== null) await this.#target.commit(written, checkpoint);
    this.#written = [];
    return {
      messages: written.reduce((rows, { entry }) => rows + entry.rows, 0),
      segments: written.length,
      bytes: written.reduce((bytes, { entry }) => bytes + entry.bytes, 0),
    };
  }

  /** Gives up what was added since the last commit. */
  async abort(): Promise<void> {
    this.#done = true;
    await this.giveUp();
    this.#collector.release();
    this.#collector = new SegmentCollector(Infinity);
    this.#written.push(...((await this.#thread?.close()) ?? []));
    for (const { entry } of this.#written) await this.#target.discard(entry.file);
    this.#written = [];
    this.#target.done();
  }

  /** Ends the other thread; what was not committed is given up. */
  async close(): Promise<void> {
    if (!this.#done) await this.abort();
  }
}
