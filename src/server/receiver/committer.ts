import { type Batch, concatBatches, keepBatch } from '../../engine/columns/batch.ts';
import type { LateFields } from '../../store/late-fields.ts';
import type { Store } from '../../store/store.ts';

/** More about messages to be stored. */
export interface CommitOptions {
  readonly batchId: string | null;
  /** Fields that they get later, or null. */
  readonly late: LateFields | null;
  onCopied(): void;
}

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

  /**
   * Resolves once the messages are durable; rejects with a StoreError, and then none of them is stored.
   * After `onCopied` the arrays of the batches may be used for something else.
   */
  async commit(batches: readonly Batch[], { batchId, late, onCopied }: CommitOptions): Promise<void> {
    const rows = batches.reduce((sum, batch) => sum + batch.length, 0);
    if (rows >= LARGE || batchId !== null || late !== null) {
      return await this.#store.append(batches, { batchId, late, onCopied });
    }
    const own = batches.map(keepBatch);
    onCopied();
    if (rows === 0) return;
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ batches: own, resolve, reject });
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
