import { Worker } from 'node:worker_threads';
import type { Batch } from '../engine/columns/batch.ts';
import type { WrittenSegment } from './bulk-writer.ts';
import type { LateFields } from './late-fields.ts';
import { type SharedBatch, shareBatch } from './shared-batch.ts';
import type { TailFrame } from './tail.ts';

/** What the thread starts with. */
export interface WorkerSetup {
  /** Where segments go. */
  readonly folder: string;
  /** Memory for batches on their way, one for each slot. */
  readonly memories: readonly SharedArrayBuffer[];
}

export type ToWorker =
  | {
      readonly kind: 'batch';
      readonly slot: number;
      readonly batch: SharedBatch;
      /** The text of the fields that the batch lacks, or null. */
      readonly late: string | null;
      /** Set for a batch that is too large for the slot's own memory. */
      readonly memory: SharedArrayBuffer | null;
    }
  | {
      readonly kind: 'frame';
      /** A frame of a log where it lies. */
      readonly frame: Uint8Array<SharedArrayBuffer>;
      /** Which of its batches is meant. */
      readonly batch: number;
    }
  | { readonly kind: 'write'; readonly file: string; readonly sequence: number }
  | { readonly kind: 'finish' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'free'; readonly slot: number }
  | { readonly kind: 'full'; readonly rows: number }
  | { readonly kind: 'written'; readonly segment: WrittenSegment }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly code: string | null; readonly message: string };

const SLOTS = 3;
const SLOT_BYTES = 16 << 20;

/** Names a segment of so many rows. */
export type NameSegment = (rows: number) => { readonly file: string; readonly sequence: number };

/** Collects and writes segments on a thread of its own. */
export class BulkThread {
  readonly #worker: Worker;
  /** Names the segments that are written from now on. */
  name: NameSegment;
  readonly #memories: readonly SharedArrayBuffer[];
  #free: number[] = [];
  #ready = false;
  #written: WrittenSegment[] = [];
  #failure: Error | null = null;
  /** Called when something came that somebody may wait for. */
  #wake: (() => void) | null = null;
  #finished = false;

  constructor(folder: string, name: NameSegment) {
    this.name = name;
    this.#memories = Array.from({ length: SLOTS }, () => new SharedArrayBuffer(SLOT_BYTES));
    const url = import.meta.url.endsWith('.ts') ? './bulk-worker.ts' : './bulk-worker.js';
    const workerData: WorkerSetup = { folder, memories: this.#memories };
    this.#worker = new Worker(new URL(url, import.meta.url), { workerData });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => this.#take(message));
    this.#worker.on('error', (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Whether the thread has started; before that, `add` would have to wait for it. */
  get ready(): boolean {
    return this.#ready;
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#ready = true;
        this.#free = this.#memories.map((_, slot) => slot);
        break;
      case 'free':
        this.#free.push(message.slot);
        break;
      case 'full':
        this.#post({ kind: 'write', ...this.name(message.rows) });
        break;
      case 'written':
        this.#written.push(message.segment);
        break;
      case 'finished':
        this.#finished = true;
        break;
      case 'failed':
        this.#fail(
          Object.assign(new Error(message.message), message.code === null ? {} : { code: message.code }),
        );
        break;
    }
    this.#wake?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Resolves once `done` says so; rejects when the thread failed. */
  async #until(done: () => boolean): Promise<void> {
    this.#worker.ref();
    try {
      while (!done()) {
        if (this.#failure !== null) throw this.#failure;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
      if (this.#failure !== null) throw this.#failure;
    } finally {
      this.#worker.unref();
    }
  }

  /** Hands a batch over, which the thread completes; resolves when its arrays may be reused. */
  async add(batch: Batch, late: LateFields | null = null): Promise<void> {
    if (this.#free.length === 0 || this.#failure !== null) await this.#until(() => this.#free.length > 0);
    const slot = this.#free.shift()!;
    let shared = shareBatch(batch, this.#memories[slot]!);
    let memory: SharedArrayBuffer | null = null;
    for (let size = SLOT_BYTES * 4; shared === null; size *= 4) {
      memory = new SharedArrayBuffer(size);
      shared = shareBatch(batch, memory);
    }
    this.#post({ kind: 'batch', slot, batch: shared, late: late?.text ?? null, memory });
  }

  /** As `add` for a batch of a log, which is read where it lies; its memory must stay as it is until `finish`. */
  addFrame({ bytes, batch }: TailFrame): void {
    this.#post({ kind: 'frame', frame: bytes, batch });
  }

  /** Resolves with everything written since the last call, once all batches are in segments. */
  async finish(): Promise<readonly WrittenSegment[]> {
    this.#finished = false;
    this.#post({ kind: 'finish' });
    await this.#until(() => this.#finished);
    return this.#written.splice(0);
  }

  /** Ends the thread; the segments that were written since the last `finish`. */
  async close(): Promise<readonly WrittenSegment[]> {
    await this.#worker.terminate();
    return this.#written.splice(0);
  }
}
