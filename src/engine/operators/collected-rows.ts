import { type Batch, concatBatches, keepBatch } from '../columns/batch.ts';
import type { Sink } from '../define.ts';

/** A sink that keeps copies of the rows that stages push into it. */
export class CollectedRows implements Sink {
  readonly #batches: Batch[] = [];

  push(batch: Batch): void {
    this.#batches.push(keepBatch(batch));
  }

  /** All rows so far as one batch. */
  table(): Batch {
    return concatBatches(this.#batches);
  }
}
