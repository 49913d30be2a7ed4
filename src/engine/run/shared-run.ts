import { setImmediate } from 'node:timers/promises';
import type { RunContext, Sink } from '../define.ts';
import { acquireKernels, type KernelMemory, releaseKernels, withKernels } from '../kernels/wasm/memory.ts';
import type { Plan } from '../plan/plan.ts';
import { type SplitPlan, splitPlan } from '../plan/split.ts';
import type { Registry } from '../registry.ts';
import type { ScanRequest, ScanStatistics, SharedScan, Source } from '../source.ts';
import type { Budget } from './budget.ts';
import type { StageProfile } from './chain.ts';
import type { Notes, RunOptions } from './options.ts';
import {
  type Share,
  type ShareAnswer,
  startShare,
  stopSharing,
  unpackPartial,
  type WorkerPool,
} from './share.ts';
import { SharedMemory } from './shared-memory.ts';
import { type StartOptions, startStages } from './start-stages.ts';

const TURN = 50;

/** A run by several threads that went through. */
export interface SharedOutcome {
  readonly scan: ScanStatistics;
  readonly profiles: readonly StageProfile[];
}

export interface SharedRunRequest {
  readonly plan: Plan;
  readonly source: Source;
  readonly request: ScanRequest;
  readonly options: RunOptions;
  readonly registry: Registry;
  readonly context: RunContext;
  readonly notes: Notes;
  readonly budget: Budget;
  readonly start: StartOptions;
}

/**
 * Runs a plan on this and other threads where that is possible and pays: every thread aggregates the
 * pieces that it takes, and what comes after the aggregate runs here. Gives the result to `out`; null
 * when nothing was done, so that the run has to be done by one thread.
 */
export async function runShared(run: SharedRunRequest, out: Sink): Promise<SharedOutcome | null> {
  const { plan, source, request, options, registry } = run;
  const pool = options.workers;
  if (pool === undefined || pool.threads === 0 || plan.subqueries || request.order !== 'any') return null;
  const split = splitPlan(plan, registry);
  if (split.merged === null || source.share === undefined) return null;
  const shared = await source.share(request);
  if (shared === null) return null;
  try {
    return pool.pays(shared.bytes) ? await runTogether(run, split, shared, pool, out) : null;
  } finally {
    await shared.close();
  }
}

async function runTogether(
  run: SharedRunRequest,
  split: SplitPlan,
  shared: SharedScan,
  pool: WorkerPool,
  out: Sink,
): Promise<SharedOutcome | null> {
  const { request, registry, context } = run;
  const share = startShare(split, shared.scan, request, registry, context);
  const memory = new SharedMemory();
  const others = askOthers(run, shared, pool, memory);
  run.budget.watch(memory);
  const kernels = acquireKernels();
  try {
    let answers: readonly ShareAnswer[];
    try {
      await share.run(kernels, turns(run));
      run.budget.check(context.signal);
      answers = await others;
    } catch (failure) {
      stopSharing(shared.counter);
      throw failure;
    } finally {
      run.budget.watch(null);
    }
    return mergeAnswers(run, split, shared, share, answers, kernels, out);
  } finally {
    releaseKernels(kernels);
  }
}

/** Puts what the other threads collected to what was collected here, and gives it to `out`; null when that cannot be done. */
function mergeAnswers(
  run: SharedRunRequest,
  split: SplitPlan,
  shared: SharedScan,
  share: Share,
  answers: readonly ShareAnswer[],
  kernels: KernelMemory | null,
  out: Sink,
): SharedOutcome | null {
  const { notes } = run;
  if (shared.scan.needsOrder() || answers.some(({ needsOrder }) => needsOrder)) return null;

  notes.rows += share.rows();
  for (const { rows, rowWarnings, warnings } of answers) {
    notes.rows += rows;
    for (const [what, count] of rowWarnings) notes.rowWarning(what, count);
    for (const warning of warnings) notes.warn(warning);
  }
  const here = startStages(split.here, run.start);
  withKernels(kernels, () => {
    for (const { partial } of answers) {
      share.aggregate.merge(unpackPartial(partial));
      kernels?.reset();
      run.budget.checkMemory();
    }
    share.aggregate.finish({ push: (batch) => here.push(batch, out) });
    here.finish(out);
  });
  const profiles = share.profiles.map((profile, at) =>
    joined(
      profile,
      answers.map((answer) => answer.profiles[at]),
    ),
  );
  return {
    scan: [shared.scan.statistics(), ...answers.map(({ statistics }) => statistics)].reduce(together),
    profiles: [...profiles, ...here.profiles],
  };
}

function askOthers(
  { plan, request, options, context }: SharedRunRequest,
  shared: SharedScan,
  pool: WorkerPool,
  memory: SharedMemory,
): Promise<readonly ShareAnswer[]> {
  const { signal, ...plain } = request;
  const task = {
    kind: shared.kind,
    input: shared.input,
    counter: shared.counter,
    query: plan.query,
    request: plain,
    time: context.time,
    timeZone: context.timeZone,
    now: context.now(),
    memory: memory.buffer,
  };
  const answers = pool.run(
    task,
    Math.min(pool.threads, options.threads === undefined ? pool.threads : options.threads - 1),
    signal,
  );
  // A failure is looked at once this thread's own part is done.
  answers.catch(() => {});
  return answers;
}

/** Lets other work have a turn now and then, and looks whether the run may go on. */
function turns({ budget, context }: SharedRunRequest): () => Promise<void> | null {
  let last = performance.now();
  return () => {
    if (performance.now() - last < TURN) return null;
    last = performance.now();
    budget.check(context.signal);
    return setImmediate();
  };
}

function joined(profile: StageProfile, others: readonly (StageProfile | undefined)[]): StageProfile {
  const sum = { ...profile };
  for (const other of others) {
    sum.rowsIn += other?.rowsIn ?? 0;
    sum.rowsOut += other?.rowsOut ?? 0;
    sum.ms = Math.max(sum.ms, other?.ms ?? 0);
  }
  return sum;
}

function together(a: ScanStatistics, b: ScanStatistics): ScanStatistics {
  return {
    bytesRead: a.bytesRead + b.bytesRead,
    bytesSkipped: a.bytesSkipped + b.bytesSkipped,
    rows: a.rows + b.rows,
    segments: Math.max(a.segments, b.segments),
    segmentsSkipped: a.segmentsSkipped + b.segmentsSkipped,
  };
}
