import type { Batch } from '../engine/columns/batch.ts';
import { StoreError } from './failure.ts';
import type { SegmentEntry } from './manifest.ts';
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
}

/** What was committed. */
export interface BulkReceipt {
  readonly messages: number;
  readonly segments: number;
  /** Bytes of the segments' files. */
  readonly bytes: number;
}

/**
 * Writes large amounts straight to segments. Nothing is visible or safe before `commit`; after it
 * everything added so far is both. May go on after a commit. Add one batch at a time.
 */
export class BulkWriter {
  readonly #target: BulkTarget;
  #collector = new SegmentCollector(Infinity);
  #written: WrittenSegment[] = [];
  #done = false;

  constructor(target: BulkTarget) {
    this.#target = target;
  }

  /** Adds the rows of a batch and copies them; resolves when the next one may come. */
  async add(batch: Batch): Promise<void> {
    if (this.#done) throw new StoreError('closed', 'the bulk writer is closed');
    this.#collector.add(batch);
    if (this.#collector.full) await this.#finishSegment();
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
    this.#collector.release();
    this.#collector = new SegmentCollector(Infinity);
    for (const { entry } of this.#written) await this.#target.discard(entry.file);
    this.#written = [];
  }
}
