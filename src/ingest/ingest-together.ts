import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { acquireKernels, releaseKernels } from '../engine/kernels/wasm/memory.ts';
import type { Partition } from '../rules/partition.ts';
import type { Rule } from '../rules/rule.ts';
import type { BulkWriter } from '../store/bulk-writer.ts';
import { findFiles, type InputFile } from './files.ts';
import type { IngestProgress } from './ingest.ts';
import { PIECE_BYTES } from './plain-text-file.ts';
import { Tally } from './receipt.ts';
import { sharedFiles } from './shared-files.ts';
import {
  type IngestAnswer,
  type IngestTask,
  ingestRuns,
  ROWS_PER_PIECE,
  SHARED,
  sharedMemory,
} from './shared-ingest.ts';
import type { SourceConfig } from './source-config.ts';

/** Files that go into a store by several threads, if they are fit for that. */
export interface TogetherRequest {
  readonly paths: readonly string[];
  readonly config: SourceConfig;
  readonly rules: readonly Rule[];
  readonly partitions: readonly Partition[];
  readonly writer: BulkWriter;
  readonly signal: AbortSignal;
  onProgress(progress: IngestProgress): void;
}

/** Below this many bytes other threads would hardly have started. */
const WORTH_THREADS = 24 << 20;
/** Bytes of a run at most: about what one segment takes. */
const RUN_BYTES = 104 << 20;
const MOST_THREADS = 8;

/**
 * Reads files of plain text into segments on several threads: each reads, extracts and writes whole
 * runs of pieces. The caller commits. Null, with nothing added, when the files must be read in order.
 * After an interruption what was read so far is there. Rejects when the store fails.
 */
export async function ingestTogether(request: TogetherRequest): Promise<Tally | null> {
  const { files, problems } = await findFiles(request.paths);
  const bytes = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
  if (problems.length > 0 || bytes < WORTH_THREADS) return null;
  const input = sharedFiles(files, request.config, Date.now());
  const kernels = input === null ? null : acquireKernels();
  if (input === null || kernels === null) return null;
  try {
    const task = newTask(request, files, input.paths);
    if (task === null) return null;
    const answers = await runTask(task, request, bytes, (turn) => ingestRuns(task, kernels, turn));
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
    return talliedOf(files, task, answers, request.signal.aborted);
  } finally {
    releaseKernels(kernels);
  }
}

function threadsFor(bytes: number): number {
  const given = Number(process.env.WEIR_THREADS);
  const there = Number.isInteger(given) && given > 0 ? given : availableParallelism();
  return Math.max(1, Math.min(MOST_THREADS, there, Math.floor(bytes / (WORTH_THREADS / 2))));
}

/** As many runs for each thread, none larger than a segment; null when the store cannot be written by threads. */
function newTask(
  request: TogetherRequest,
  files: readonly InputFile[],
  paths: readonly string[],
): IngestTask | null {
  const pieces = files.reduce((sum, { size }) => sum + Math.ceil((size ?? 0) / PIECE_BYTES), 0);
  const threads = threadsFor(pieces * PIECE_BYTES);
  const rounds = Math.ceil((pieces * PIECE_BYTES) / (threads * RUN_BYTES));
  const runPieces = Math.ceil(pieces / (threads * rounds));
  const segments = request.writer.reserve(pieces * ROWS_PER_PIECE, pieces + threads * rounds);
  if (segments === null) return null;
  const { config, rules, partitions } = request;
  const shared = sharedMemory(threads);
  return { paths, config, rules, partitions, segments, runPieces, shared, thread: 0 };
}

async function runTask(
  task: IngestTask,
  { paths, signal, onProgress }: TogetherRequest,
  bytes: number,
  here: (turn: () => Promise<void>) => Promise<IngestAnswer>,
): Promise<readonly IngestAnswer[]> {
  const shared = new Int32Array(task.shared);
  const stop = (): void => {
    Atomics.store(shared, SHARED.stop, 1);
  };
  const others = Array.from({ length: threadsFor(bytes) - 1 }, (_, other) =>
    ask({ ...task, thread: other + 1 }, stop),
  );
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const own = here(() => {
      const done = Math.min(bytes, shared[SHARED.pieces]! * PIECE_BYTES);
      onProgress({
        path: paths[0] ?? '',
        bytes: done,
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
    return { written: [], tallies: [], formats: [], unfit: tookRuns ? answer : null, failure: null };
  } finally {
    await worker.terminate();
  }
}

/** The receipt's counts: those of all threads, file by file. */
function talliedOf(
  files: readonly InputFile[],
  task: IngestTask,
  answers: readonly IngestAnswer[],
  interrupted: boolean,
): Tally {
  const all = new Tally();
  for (const file of files) {
    const at = task.paths.indexOf(file.path);
    const tally = new Tally();
    for (const { tallies } of answers) if (at >= 0 && tallies[at] !== undefined) tally.add(tallies[at]);
    all.add(tally);
    const seen = answers.some(({ formats }) => formats[at] === 'flow log');
    all.files.push({
      path: file.path,
      format: seen ? 'flow log' : 'text',
      bytes: tally.bytesIn,
      read: tally.read,
      stored: tally.stored,
      error: interrupted && tally.bytesIn < (file.size ?? 0) ? 'interrupted' : null,
    });
  }
  return all;
}
