import { type Batch, concatBatches } from '../../engine/columns/batch.ts';
import type { LateFields } from '../../store/late-fields.ts';
import type { Store } from '../../store/store.ts';

interface Waiting {
  readonly batches: readonly Batch[];
  resolve(): void;
  reject(reason: unknown): void;
}

/** Bodies with at least this many messages are worth an append of their own. */
const LARGE = 1000;
/** Small bodies stored together hold at most about this many messages. */
const MOST_TOGETHER = 65_536;

/**
 * Stores what requests bring. Small bodies that arrive while others are being stored go into one batch:
 * a store full of batches of one message would be slow to write and to read.
 */
export class Committer {
  readonly #store: Store;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves once the messages are durable; rejects with a StoreError, and then none of them is stored. */
  async commit(
    batches: readonly Batch[],
    batchId: string | null,
    late: LateFields | null = null,
  ): Promise<void> {
    const rows = batches.reduce((sum, batch) => sum + batch.length, 0);
    if (batchId !== null) return await this.#store.append(batches, { batchId, late });
    if (rows === 0) return;
    if (rows >= LARGE || late !== null) return await this.#store.append(batches, { late });
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ batches, resolve, reject });
    });
    if (!this.#running) void this.#run();
    await stored;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const together = this.#takeTogether();
      try {
        await this.#store.append(concatBatches(together.flatMap(({ batches }) => batches)));
        for (const { resolve } of together) resolve();
      } catch (failure) {
        for (const { reject } of together) reject(failure);
      }
    }
    this.#running = false;
  }

  #takeTogether(): readonly Waiting[] {
    let rows = 0;
    let count = 0;
    for (const { batches } of this.#waiting) {
      rows += batches.reduce((sum, batch) => sum + batch.length, 0);
      count++;
      if (rows >= MOST_TOGETHER) break;
    }
    return this.#waiting.splice(0, count);
  }
}
