import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Bytes of input that another thread pays for: below them the work is done before it has started. */
export const WORTH_A_THREAD = 48 << 20;
/** About how many times its size a compressed file has when unpacked. */
const UNPACKED = 5;

const waiting: Worker[] = [];

/** `WEIR_THREADS`, else as many as the machine has. */
export function threadsWanted(): number {
  const given = Number(process.env.WEIR_THREADS);
  return Number.isInteger(given) && given > 0 ? given : availableParallelism();
}

/** A thread for queries: one that was started early, or a new one. It does not keep the process alive. */
export function queryThread(): Worker {
  return waiting.pop() ?? startThread();
}

function startThread(): Worker {
  const bundled = new URL('./worker.js', import.meta.url);
  const worker = new Worker(
    existsSync(fileURLToPath(bundled)) ? bundled : new URL('./worker.ts', import.meta.url),
  );
  worker.unref();
  return worker;
}

/**
 * Starts a thread at once when the words of the command line are a query over large files, so that
 * it gets ready while this thread still reads the code of the command. Not needed, it ends with the process.
 */
export function startEarlyThread(words: readonly string[]): void {
  if (threadsWanted() < 2 || bytesOf(inputsIn(words)) < WORTH_A_THREAD) return;
  const worker = startThread();
  waiting.push(worker);
  // A thread that cannot start is none to wait for; the query may not even need it.
  worker.once('error', () => {
    const at = waiting.indexOf(worker);
    if (at >= 0) waiting.splice(at, 1);
  });
}

/** The paths after `--input`, as far as they can be told without knowing all options. */
function inputsIn(words: readonly string[]): string[] {
  const at = words.indexOf('--input');
  const rest = at < 0 ? [] : words.slice(at + 1);
  const end = rest.findIndex((word) => word.startsWith('-'));
  return end < 0 ? rest : rest.slice(0, end);
}

function bytesOf(paths: readonly string[]): number {
  let bytes = 0;
  for (const path of paths) {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFile()) bytes += status.size * (/\.(gz|zst)$/.test(path) ? UNPACKED : 1);
  }
  return bytes;
}
