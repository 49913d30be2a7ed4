import { type Batch, concatBatches } from '../engine/columns/batch.ts';
import type { LateFields } from './late-fields.ts';

/** A batch of a frame in shared memory. */
export interface TailFrame {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly batch: number;
}

/** Rows that are durable in a log but in no segment yet. */
export interface TailBatch {
  readonly sequence: number;
  readonly batch: Batch;
  /** What the batch still lacks, or null. */
  readonly late: LateFields | null;
  /** Where other threads find it: a frame of the log and which of its batches; null when it is in no frame that they see. */
  readonly frame: TailFrame | null;
  /** The number of the log that holds it. */
  readonly log: number;
  readonly bytes: number;
}

/** Batches up to this many rows are joined, so that many small appends stay cheap to read. */
const JOINED_ROWS = 16_384;

/** The batch with all of its fields. */
export function completeBatch({ batch, late }: Pick<TailBatch, 'batch' | 'late'>): Batch {
  return late === null ? batch : late.complete(batch);
}

/** The batches that are in a log only, in order of arrival but for appends that overtook each other. */
export class Tail {
  #entries: TailBatch[];
  #rows = 0;
  #bytes = 0;

  constructor(entries: readonly TailBatch[]) {
    this.#entries = [...entries];
    for (const entry of entries) this.#count(entry, 1);
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The batches now; later changes do not show. */
  entries(): readonly TailBatch[] {
    return [...this.#entries];
  }

  push(entry: TailBatch): void {
    this.#count(entry, 1);
    this.#entries.push(entry);
    // As digits of a counter: a batch is joined with the one before it once it is as large.
    for (;;) {
      const last = this.#entries.at(-1)!;
      const before = this.#entries.at(-2);
      if (before === undefined || !mayJoin(before, last)) return;
      this.#entries.splice(-2, 2, {
        sequence: before.sequence,
        batch: concatBatches([before.batch, last.batch]),
        late: null,
        frame: null,
        log: before.log,
        bytes: before.bytes + last.bytes,
      });
    }
  }

  /** Forgets what is in segments now: the batches of logs below `log`. */
  dropBefore(log: number): void {
    for (const entry of this.#entries) if (entry.log < log) this.#count(entry, -1);
    this.#entries = this.#entries.filter((entry) => entry.log >= log);
  }

  #count({ batch, bytes }: TailBatch, sign: 1 | -1): void {
    this.#rows += sign * batch.length;
    this.#bytes += sign * bytes;
  }
}

function mayJoin(before: TailBatch, last: TailBatch): boolean {
  const rows = before.batch.length;
  return (
    before.log === last.log &&
    before.late === null &&
    last.late === null &&
    before.sequence + rows === last.sequence &&
    rows <= last.batch.length &&
    rows + last.batch.length <= JOINED_ROWS
  );
}
