import { getHeapStatistics } from 'node:v8';
import { grouped } from '../../grammar/counted.ts';
import { QueryFailure } from '../define.ts';
import type { RunOptions } from './options.ts';
import { MEMORY_EVERY, memoryInUse, type SharedMemory, tooMuch } from './shared-memory.ts';

/** How much of the heap that the engine may use at most; beyond it the process would end. */
const HEAP_SHARE = 0.85;

/** Watches what a run may use. */
export class Budget {
  readonly #memory: number;
  readonly #heap = getHeapStatistics().heap_size_limit * HEAP_SHARE;
  readonly #timeBudget: number;
  readonly #deadline: number;
  #otherThreads: SharedMemory | null = null;
  #nextLook = 0;

  constructor(options: Pick<RunOptions, 'memoryBudget' | 'timeBudget'>) {
    this.#memory = options.memoryBudget ?? Infinity;
    this.#timeBudget = options.timeBudget ?? Infinity;
    this.#deadline = performance.now() + this.#timeBudget;
  }

  /** Counts the memory of other threads as well; null: there are none any more. */
  watch(otherThreads: SharedMemory | null): void {
    this.#otherThreads = otherThreads;
  }

  /** Throws a QueryFailure when the run was cancelled or has used more than it may. */
  check(signal: AbortSignal): void {
    if (signal.aborted) throw new QueryFailure('cancelled', 'the query was cancelled');
    const now = performance.now();
    if (now > this.#deadline) {
      const seconds = (this.#timeBudget / 1000).toLocaleString('en');
      throw new QueryFailure(
        'time',
        `the query took longer than ${seconds} s`,
        'search a shorter time range',
      );
    }
    if (now < this.#nextLook) return;
    this.#nextLook = now + MEMORY_EVERY;
    this.checkMemory();
  }

  /** Throws a QueryFailure when the run has used more memory than it may. */
  checkMemory(): void {
    const { heap, all } = memoryInUse();
    const others = this.#otherThreads?.bytes() ?? 0;
    if (all + others <= this.#memory && heap <= this.#heap) return;
    const bytes = heap > this.#heap ? this.#heap : this.#memory;
    throw tooMuch(`the query needs more than ${grouped(Math.round(bytes / 1024 / 1024))} MB of memory`);
  }
}
