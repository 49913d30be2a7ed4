import { acquireKernels, releaseKernels } from '../../src/engine/kernels/wasm/memory.ts';
import { planQuery } from '../../src/engine/plan/plan-query.ts';
import { splitPlan } from '../../src/engine/plan/split.ts';
import { registry } from '../../src/engine/registry.ts';
import { batchSource, messageBatch } from '../../src/engine/run/memory-source.ts';
import { Notes, runContext } from '../../src/engine/run/options.ts';
import {
  packPartial,
  type ShareAnswer,
  type ShareTask,
  startShare,
  type WorkerPool,
} from '../../src/engine/run/share.ts';
import type { PieceScan, ScanRequest, Source } from '../../src/engine/source.ts';
import type { Message } from './generate-data.ts';

/** Messages in a piece. */
const PIECE = 5;

/**
 * A source that two threads can read, each every other piece, and a pool of one that runs in this
 * thread: what it is told and what it answers is copied as if it were posted.
 */
export function sharedSource(all: readonly Message[]): {
  readonly source: Source;
  readonly workers: WorkerPool;
  /** How often the other thread was asked. */
  asked(): number;
} {
  const plain = batchSource([messageBatch(all)]);
  let asked = 0;
  return {
    asked: () => asked,
    source: {
      ...plain,
      share: async (request) => ({
        kind: 'test',
        input: null,
        counter: new SharedArrayBuffer(4),
        bytes: Number.MAX_SAFE_INTEGER,
        scan: await pieces(all, 0, request),
        close: async () => {},
      }),
    },
    workers: {
      threads: 1,
      pays: () => true,
      run: async (task, _count, signal) => {
        asked++;
        return [await answer(all, structuredClone(task), signal)];
      },
    },
  };
}

async function pieces(all: readonly Message[], first: number, request: ScanRequest): Promise<PieceScan> {
  const empty = await batchSource([]).scan(request);
  let piece = 0;
  return {
    ...empty,
    piece: () => piece,
    needsOrder: () => false,
    async *batches() {
      for (let from = first * PIECE; from < all.length; from += 2 * PIECE) {
        piece = from / PIECE;
        const scan = await batchSource([messageBatch(all.slice(from, from + PIECE))]).scan(request);
        yield* scan.batches(null);
      }
    },
  };
}

async function answer(all: readonly Message[], task: ShareTask, signal: AbortSignal): Promise<ShareAnswer> {
  const request = { ...task.request, signal };
  const notes = new Notes();
  const context = runContext({ timeZone: task.timeZone, now: () => task.now, signal }, task.time, notes);
  const { plan } = planQuery(task.query, registry);
  const scan = await pieces(all, 1, request);
  const share = startShare(splitPlan(plan, registry), scan, request, registry, context);
  const kernels = acquireKernels();
  try {
    await share.run(kernels, () => null);
  } finally {
    releaseKernels(kernels);
  }
  const counts = notes.counts();
  return structuredClone({
    partial: packPartial(share.aggregate.partial()),
    rows: share.rows(),
    rowWarnings: counts.rowWarnings,
    warnings: counts.messages,
    statistics: scan.statistics(),
    profiles: share.profiles,
    needsOrder: false,
  });
}
