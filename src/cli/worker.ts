import { parentPort } from 'node:worker_threads';
import { planQuery } from '../engine/plan/plan-query.ts';
import { splitPlan } from '../engine/plan/split.ts';
import { registry } from '../engine/registry.ts';
import { Notes, runContext } from '../engine/run/options.ts';
import { packPartial, type ShareAnswer, type ShareTask, startShare } from '../engine/run/share.ts';
import type { PieceScan } from '../engine/source.ts';
import { openSharedFiles, SHARED_FILES, type SharedFiles } from '../ingest/shared-files.ts';
import { openSharedStore, SHARED_STORE, type SharedStore } from '../store/shared-store.ts';

/** One of several threads that do a run together: takes tasks, answers each with what it collected. */
parentPort?.on('message', async (task: ShareTask) => {
  try {
    parentPort?.postMessage({ answer: await work(task) });
  } catch (failure) {
    parentPort?.postMessage({ failure });
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
  await share.run(() => null);
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
  if (kind === SHARED_STORE) return openSharedStore(input as SharedStore, counter, { ...request, signal });
  throw new Error(`there is no reader of kind ${kind}`);
}
