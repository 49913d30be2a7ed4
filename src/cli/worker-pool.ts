import type { Worker } from 'node:worker_threads';
import { QueryFailure } from '../engine/define.ts';
import { type ShareAnswer, type ShareTask, stopSharing, type WorkerPool } from '../engine/run/share.ts';
import { queryThread, threadsWanted, WORTH_A_THREAD } from './early-thread.ts';

/** What a thread is asked. Several runs may ask it at a time: answers say which one they are for. */
export interface ThreadTask {
  readonly id: number;
  readonly task: ShareTask;
}

/** What a thread answers: what it collected, why the run had to stop, or an error of ours. */
export interface ThreadAnswer {
  readonly id: number;
  readonly answer?: ShareAnswer;
  readonly stopped?: Pick<QueryFailure, 'reason' | 'message' | 'hint'>;
  readonly failure?: unknown;
}

/** How many threads help at the most: beyond this, memory bandwidth is what is short. */
const MOST = 7;
/** Below this many bytes the work is done before threads that run have got their task. */
const WORTH_ASKING = 4 << 20;

/** Threads that are started when a run first asks for them, and end with the process. */
export function workerPool(start: () => Worker = queryThread): WorkerPool {
  const threads: PoolThread[] = [];
  let bytesDone = 0;
  const ended = (thread: PoolThread): void => {
    const at = threads.indexOf(thread);
    if (at >= 0) threads.splice(at, 1);
  };
  return {
    threads: Math.min(MOST, threadsWanted() - 1),
    pays(bytes) {
      bytesDone += bytes;
      return bytes >= WORTH_ASKING && (threads.length > 0 || bytesDone >= WORTH_A_THREAD);
    },
    async run(task, count, signal) {
      while (threads.length < count) threads.push(new PoolThread(start(), ended));
      return await Promise.all(threads.slice(0, count).map((thread) => thread.ask(task, signal)));
    },
  };
}

interface Asked {
  resolve(answer: ShareAnswer): void;
  reject(failure: unknown): void;
}

/** A thread and the runs that wait for its answers. */
class PoolThread {
  readonly #worker: Worker;
  readonly #asked = new Map<number, Asked>();
  #next = 0;

  /** `ended` is called when the thread cannot be asked any more. */
  constructor(worker: Worker, ended: (thread: PoolThread) => void) {
    this.#worker = worker;
    worker.on('message', (message: ThreadAnswer) => this.#take(message));
    worker.on('error', (failure) => {
      ended(this);
      for (const { reject } of this.#asked.values()) reject(failure);
      this.#asked.clear();
    });
  }

  async ask(task: ShareTask, signal: AbortSignal): Promise<ShareAnswer> {
    // Every piece counts as taken: the thread finds none and answers.
    const stop = () => stopSharing(task.counter);
    signal.addEventListener('abort', stop);
    this.#worker.ref();
    try {
      return await new Promise<ShareAnswer>((resolve, reject) => {
        const id = this.#next++;
        this.#asked.set(id, { resolve, reject });
        this.#worker.postMessage({ id, task } satisfies ThreadTask);
      });
    } finally {
      signal.removeEventListener('abort', stop);
      if (this.#asked.size === 0) this.#worker.unref();
    }
  }

  #take({ id, answer, stopped, failure }: ThreadAnswer): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (answer !== undefined) asked?.resolve(answer);
    else if (stopped === undefined) asked?.reject(failure);
    else asked?.reject(new QueryFailure(stopped.reason, stopped.message, stopped.hint));
  }
}
