import type { Worker } from 'node:worker_threads';
import { QueryFailure } from '../engine/define.ts';
import { type ShareAnswer, type ShareTask, stopSharing, type WorkerPool } from '../engine/run/share.ts';
import { queryThread, threadsWanted } from './early-thread.ts';

/** What a thread answers: what it collected, why the run had to stop, or an error of ours. */
interface WorkerMessage {
  readonly answer?: ShareAnswer;
  readonly stopped?: Pick<QueryFailure, 'reason' | 'message' | 'hint'>;
  readonly failure?: unknown;
}

/** How many threads help at the most: beyond this, memory bandwidth is what is short. */
const MOST = 7;

/** Threads that are started when a run first asks for them, and end with the process. */
export function workerPool(): WorkerPool {
  const workers: Worker[] = [];
  return {
    threads: Math.min(MOST, threadsWanted() - 1),
    async run(task, count, signal) {
      while (workers.length < count) workers.push(queryThread());
      return await Promise.all(workers.slice(0, count).map((worker) => ask(worker, task, signal)));
    },
  };
}

function ask(worker: Worker, task: ShareTask, signal: AbortSignal): Promise<ShareAnswer> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.off('message', answered);
      worker.off('error', failed);
      signal.removeEventListener('abort', stop);
      worker.unref();
    };
    const answered = ({ answer, stopped, failure }: WorkerMessage) => {
      done();
      if (answer !== undefined) resolve(answer);
      else if (stopped === undefined) reject(failure);
      else reject(new QueryFailure(stopped.reason, stopped.message, stopped.hint));
    };
    const failed = (failure: unknown) => {
      done();
      reject(failure);
    };
    // Every piece counts as taken: the thread finds none and answers.
    const stop = () => stopSharing(task.counter);
    worker.on('message', answered);
    worker.on('error', failed);
    signal.addEventListener('abort', stop);
    worker.ref();
    worker.postMessage(task);
  });
}
