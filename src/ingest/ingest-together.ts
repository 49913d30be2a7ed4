import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { acquireKernels, releaseKernels } from '../engine/kernels/wasm/memory.ts';
import type { Partition } from '../rules/partition.ts';
import type { Rule } from '../rules/rule.ts';
import type { BulkWriter } from '../store/bulk-writer.ts';
import { findFiles, type InputFile, type PathProblem } from './files.ts';
import type { InputFormat } from './format.ts';
import type { IngestProgress } from './ingest.ts';
import { planIngest } from './ingest-plan.ts';
import { Tally } from './receipt.ts';
import {
  type IngestAnswer,
  type IngestTask,
  ingestRuns,
  PROGRESS_UNIT,
  SHARED,
  sharedMemory,
} from './shared-ingest.ts';
import type { SourceConfig } from './source-config.ts';

/** Files that go into a store by several threads, if they are fit for that. */
export interface TogetherRequest {
  readonly paths: readonly string[];
  readonly format: InputFormat;
  readonly config: SourceConfig;
  readonly rules: readonly Rule[];
  readonly partitions: readonly Partition[];
  readonly writer: BulkWriter;
  readonly signal: AbortSignal;
  onProgress(progress: IngestProgress): void;
}

const MOST_THREADS = 8;

/**
 * Reads files into segments on several threads: each reads, extracts and writes whole runs, which are
 * parts of files or several files. The caller commits. Null, with nothing added, when the files must be
 * read in order. After an interruption what was read so far is there. Rejects when the store fails.
 */
export async function ingestTogether(request: TogetherRequest): Promise<Tally | null> {
  const { files, problems } = await findFiles(request.paths);
  const plan = planIngest(files, request.config, request.format, threadsAtMost());
  const kernels = plan === null ? null : acquireKernels();
  if (plan === null || kernels === null) return null;
  try {
    const segments = request.writer.reserve(plan.rows, plan.segments);
    if (segments === null) return null;
    const { format, config, rules, partitions } = request;
    const shared = sharedMemory(plan.threads);
    const { runs } = plan;
    const task = { files, format, config, rules, partitions, segments, runs, shared, thread: 0 };
    const answers = await runTask(task, plan.threads, request, (turn) => ingestRuns(task, kernels, turn));
    const failed = answers.find(({ failure }) => failure !== null)?.failure;
    if (failed) {
      const { code, message } = failed;
      throw request.writer.failure(Object.assign(new Error(message), code === null ? {} : { code }));
    }
    if (answers.some(({ unfit }) => unfit !== null)) {
      await request.writer.giveUp();
      return null;
    }
    request.writer.adopt(answers.flatMap(({ written }) => written));
    return talliedOf(files, problems, answers, request.signal.aborted);
  } finally {
    releaseKernels(kernels);
  }
}

function threadsAtMost(): number {
  const given = Number(process.env.WEIR_THREADS);
  return Math.min(MOST_THREADS, Number.isInteger(given) && given > 0 ? given : availableParallelism());
}

async function runTask(
  task: IngestTask,
  threads: number,
  { paths, signal, onProgress }: TogetherRequest,
  here: (turn: () => Promise<void>) => Promise<IngestAnswer>,
): Promise<readonly IngestAnswer[]> {
  const shared = new Int32Array(task.shared);
  const bytes = task.files.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const stop = (): void => {
    Atomics.store(shared, SHARED.stop, 1);
  };
  const others = Array.from({ length: threads - 1 }, (_, other) => ask({ ...task, thread: other + 1 }, stop));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const own = here(() => {
      onProgress({
        path: paths[0] ?? '',
        bytes: Math.min(bytes, shared[SHARED.units]! * PROGRESS_UNIT),
        totalBytes: bytes,
        messages: shared[SHARED.messages]! >>> 0,
      });
      return setImmediate();
    });
    return await Promise.all([own, ...others]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * One other thread's answer. One that dies before it takes a run leaves them to the others; later, what
 * it read is lost, and the files count as unfit.
 */
async function ask(task: IngestTask, stop: () => void): Promise<IngestAnswer> {
  const url = import.meta.url.endsWith('.ts') ? './ingest-worker.ts' : './ingest-worker.js';
  const worker = new Worker(new URL(url, import.meta.url));
  try {
    const answer = await new Promise<IngestAnswer | string>((resolve) => {
      worker.once('message', resolve);
      worker.once('error', (error) => resolve(String(error)));
      worker.once('exit', () => resolve('a thread ended'));
      worker.postMessage(task);
    });
    if (typeof answer !== 'string') return answer;
    const tookRuns = Atomics.load(new Int32Array(task.shared), SHARED.threads + task.thread) !== 0;
    if (tookRuns) stop();
    return { written: [], parts: [], unfit: tookRuns ? answer : null, failure: null };
  } finally {
    await worker.terminate();
  }
}

/** The receipt's counts: those of all threads, file by file. */
function talliedOf(
  files: readonly InputFile[],
  problems: readonly PathProblem[],
  answers: readonly IngestAnswer[],
  interrupted: boolean,
): Tally {
  const all = new Tally();
  for (const { path, message } of problems) all.failed(path, message);
  const parts = Map.groupBy(
    answers.flatMap((answer) => answer.parts),
    ({ file }) => file,
  );
  files.forEach(({ path, size }, at) => {
    const tally = new Tally();
    const own = parts.get(at) ?? [];
    for (const part of own) tally.add(part.tally);
    all.add(tally);
    const failed = own.find(({ error }) => error !== null)?.error ?? null;
    const formats = own.map(({ format }) => format);
    all.files.push({
      path,
      format: formats.includes('flow log') ? 'flow log' : (formats.find((format) => format !== null) ?? null),
      bytes: tally.bytesIn,
      read: tally.read,
      stored: tally.stored,
      error: failed ?? (interrupted && tally.bytesIn < (size ?? 0) ? 'interrupted' : null),
    });
  });
  return all;
}
