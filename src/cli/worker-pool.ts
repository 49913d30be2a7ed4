import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { QueryFailure } from '../engine/define.ts';
import { type ShareAnswer, type ShareTask, stopSharing, type WorkerPool } from '../engine/run/share.ts';

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
      while (workers.length < count) workers.push(startWorker());
      return await Promise.all(workers.slice(0, count).map((worker) => ask(worker, task, signal)));
    },
  };
}

/** `WEIR_THREADS`, else as many as the machine has. */
function threadsWanted(): number {
  const given = Number(process.env.WEIR_THREADS);
  return Number.isInteger(given) && given > 0 ? given : availableParallelism();
}

function startWorker(): Worker {
  const bundled = new URL('./worker.js', import.meta.url);
  const worker = new Worker(
    existsSync(fileURLToPath(bundled)) ? bundled : new URL('./worker.ts', import.meta.url),
  );
  worker.unref();
  return worker;
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
