import { QueryFailure } from '../define.ts';
import type { RunOptions } from './options.ts';

/** Asking for the memory in use costs some microseconds: every so many batches is enough. */
const MEMORY_EVERY = 16;

/** Watches what a run may use. */
export class Budget {
  readonly #memory: number;
  readonly #timeBudget: number;
  readonly #deadline: number;
  #checks = 0;

  constructor(options: Pick<RunOptions, 'memoryBudget' | 'timeBudget'>) {
    this.#memory = options.memoryBudget ?? Infinity;
    this.#timeBudget = options.timeBudget ?? Infinity;
    this.#deadline = performance.now() + this.#timeBudget;
  }

  /** Throws a QueryFailure when the run was cancelled or has used more than it may. */
  check(signal: AbortSignal): void {
    if (signal.aborted) throw new QueryFailure('cancelled', 'the query was cancelled');
    if (performance.now() > this.#deadline) {
      const seconds = (this.#timeBudget / 1000).toLocaleString('en');
      throw new QueryFailure(
        'time',
        `the query took longer than ${seconds} s`,
        'search a shorter time range',
      );
    }
    if (this.#memory === Infinity || ++this.#checks % MEMORY_EVERY !== 0) return;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (heapUsed + arrayBuffers <= this.#memory) return;
    const megabytes = Math.round(this.#memory / 1024 / 1024).toLocaleString('en');
    throw new QueryFailure(
      'memory',
      `the query needs more than ${megabytes} MB of memory`,
      'search a shorter time range, or aggregate before `sort`',
    );
  }
}
