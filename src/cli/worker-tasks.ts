import { parentPort } from 'node:worker_threads';
import { type PackedColumn, transferList } from '../engine/columns/packed.ts';
import { QueryFailure } from '../engine/define.ts';
import { acquireKernels, releaseKernels } from '../engine/kernels/wasm/memory.ts';
import { planQuery } from '../engine/plan/plan-query.ts';
import { splitPlan } from '../engine/plan/split.ts';
import { registry } from '../engine/registry.ts';
import { Notes, runContext } from '../engine/run/options.ts';
import {
  packPartial,
  type ShareAnswer,
  type ShareTask,
  sharingStopped,
  startShare,
} from '../engine/run/share.ts';
import { explained, SharedMemory } from '../engine/run/shared-memory.ts';
import type { PieceScan } from '../engine/source.ts';
import { openSharedFiles, SHARED_FILES, type SharedFiles } from '../ingest/shared-files.ts';
import { openSharedGzip, SHARED_GZIP, type SharedGzip } from '../ingest/shared-gzip.ts';
import { openSharedStore, SHARED_STORE, type SharedStore } from '../store/shared-store.ts';
import type { ThreadAnswer, ThreadTask } from './worker-pool.ts';

/** One of several threads that do a run together: takes tasks, answers each with what it collected. */
parentPort?.on('message', async ({ id, task }: ThreadTask) => {
  const tell = (answer: Omit<ThreadAnswer, 'id'>, moved: readonly ArrayBuffer[] = []) =>
    parentPort?.postMessage({ id, ...answer } satisfies ThreadAnswer, moved);
  try {
    const answer = await work(task);
    const { keys, states, firstSeen } = answer.partial;
    const columns: readonly PackedColumn[] = [...keys, ...states.flat()];
    tell({ answer }, [...new Set([...transferList(columns), firstSeen.buffer])]);
  } catch (failure) {
    const known = explained(failure);
    // An error loses its class on the way, and all but its message.
    if (known instanceof QueryFailure) {
      tell({ stopped: { reason: known.reason, message: known.message, hint: known.hint } });
    } else tell({ failure });
  }
});

async function work(task: ShareTask): Promise<ShareAnswer> {
  const notes = new Notes();
  const context = runContext({ timeZone: task.timeZone, now: () => task.now }, task.time, notes);
  const { plan } = planQuery(task.query, registry);
  const scan = open(task, context.signal);
  const share = startShare(
    splitPlan(plan, registry),
    scan,
    { ...task.request, signal: context.signal },
    registry,
    context,
  );
  const memory = new SharedMemory(task.memory);
  const kernels = acquireKernels();
  try {
    await share.run(kernels, () => {
      memory.tell();
      return null;
    });
  } finally {
    releaseKernels(kernels);
  }
  // Nobody waits for what was collected.
  if (sharingStopped(task.counter)) throw new QueryFailure('cancelled', 'the query was cancelled');
  const { messages, rowWarnings } = notes.counts();
  return {
    partial: packPartial(share.aggregate.partial()),
    rows: share.rows(),
    rowWarnings,
    warnings: messages,
    statistics: scan.statistics(),
    profiles: share.profiles,
    needsOrder: scan.needsOrder(),
  };
}

function open({ kind, input, counter, request }: ShareTask, signal: AbortSignal): PieceScan {
  if (kind === SHARED_FILES) return openSharedFiles(input as SharedFiles, counter, request);
  if (kind === SHARED_GZIP) return openSharedGzip(input as SharedGzip, counter, request);
  if (kind === SHARED_STORE) return openSharedStore(input as SharedStore, counter, { ...request, signal });
  throw new Error(`there is no reader of kind ${kind}`);
}
