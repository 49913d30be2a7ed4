import { setImmediate } from 'node:timers/promises';
import type { Query } from '../../grammar/ast.ts';
import { type Batch, keepBatch } from '../columns/batch.ts';
import { withLabels } from '../columns/link.ts';
import { QueryFailure, type RunContext } from '../define.ts';
import { inKernels } from '../kernels/batch-in-kernels.ts';
import { acquireKernels, releaseKernels, withKernels } from '../kernels/wasm/memory.ts';
import { orderCut } from '../plan/order-cut.ts';
import type { Plan } from '../plan/plan.ts';
import { planQuery } from '../plan/plan-query.ts';
import { type Registry, registry as shipped } from '../registry.ts';
import { ALL_TIME, type ScanRequest, type ScanStatistics, type Source, type TimeRange } from '../source.ts';
import { arranged } from './arranged.ts';
import { Budget } from './budget.ts';
import { type Chain, chainStages, joinChains, type StageProfile } from './chain.ts';
import { makesLinks } from './makes-links.ts';
import { narrowed } from './narrowed.ts';
import { NO_LOOKUPS, Notes, type Notices, type RunOptions, runContext } from './options.ts';
import { prepareStages } from './prepare.ts';
import { newestFirst, residualStages } from './residual.ts';
import { explained } from './shared-memory.ts';
import { runShared, type SharedOutcome } from './shared-run.ts';
import { type StartOptions, startStages } from './start-stages.ts';
import { inlineSubqueries } from './subqueries.ts';
import { warnOfUnknownFields } from './unknown-fields.ts';

/** Rows per batch when nobody says otherwise. */
export const BATCH_ROWS = 16_384;

/** Other work gets a turn at least this often, in ms: cancelling must work while rows are at hand. */
const TURN = 50;

/** A query at work. */
export interface Run extends Notices {
  /** The plan that runs; subqueries are resolved in it. */
  readonly plan: Plan;
  readonly time: TimeRange;
  /** The result, once. Throws a QueryFailure when the run has to stop. */
  batches(): AsyncIterable<Batch>;
  statistics(): RunStatistics;
}

/** Where rows and time went; complete once the batches have been read. */
export interface RunStatistics {
  readonly scan: ScanStatistics;
  readonly stages: readonly StageProfile[];
  /** Milliseconds from the start of the scan to the last row. */
  readonly ms: number;
}

/** Starts a plan that has no errors: runs subqueries and `prepare` hooks; rows flow when `batches` is read. */
export async function execute(given: Plan, source: Source, options: RunOptions = {}): Promise<Run> {
  const registry = options.registry ?? shipped;
  const notes = new Notes();
  const budget = new Budget(options);
  const time = await knownTime(options.time ?? ALL_TIME, source);
  const context = runContext(options, time, notes);
  const child = (query: Query, range: TimeRange) =>
    collect(query, source, { ...options, time: range, links: true }, notes);
  const whole = given.subqueries ? await inlined(given, registry, context, child) : given;
  await warnOfUnknownFields(whole.scan.filter, source, context);
  const lookups = options.lookups ?? NO_LOOKUPS;
  const made = await prepareStages(whole.stages, whole.query, context, lookups, child, registry);
  const { plan, prepared } = narrowed(whole, made, registry);
  const effects: (() => Promise<void>)[] = [];
  const start: StartOptions = { registry, context, prepared, after: (effect) => effects.push(effect) };
  const request: ScanRequest = {
    fields: fieldsWanted(plan, options),
    time: options.time ?? ALL_TIME,
    timeBasis: options.timeBasis ?? 'message',
    filter: plan.scan.filter,
    order: plan.scan.order,
    limit: plan.scan.limit,
    batchRows: options.batchRows ?? BATCH_ROWS,
    signal: context.signal,
  };
  const scan = await source.scan(request);
  const residual = chainStages(residualStages(request, scan.applied));
  const inOrder = request.order === 'any' || scan.applied.order;
  const stages = inOrder ? startStages(plan.stages, start) : startInOrder(plan, start, request.batchRows);
  let ms = 0;
  let shared: SharedOutcome | null = null;

  async function* batches(): AsyncIterable<Batch> {
    try {
      yield* results();
    } catch (failure) {
      throw explained(failure);
    }
  }

  async function* results(): AsyncIterable<Batch> {
    const started = performance.now();
    let out: Batch[] = [];
    const hasLinks = options.links !== true && makesLinks(plan.query.stages, registry);
    const shown = (batch: Batch) => (hasLinks ? withLabels(batch) : batch);
    const result = { push: (batch: Batch) => out.push(keepBatch(shown(arranged(batch, plan)))) };
    const scanned = {
      push(batch: Batch) {
        notes.rows += batch.length;
        if (!stages.done()) stages.push(batch, result);
      },
    };
    const taken = () => {
      const ready = out;
      out = [];
      return ready;
    };
    shared = await runShared(
      { plan, source, request, options, registry, context, notes, budget, start },
      result,
    );
    if (shared !== null) {
      yield* taken();
      for (const effect of effects) await effect();
      ms = performance.now() - started;
      return;
    }
    const kernels = acquireKernels();
    try {
      if (!stages.done()) {
        let turn = started;
        for await (const batch of scan.batches(kernels)) {
          budget.check(context.signal);
          withKernels(kernels, () => residual.push(inKernels(batch, kernels), scanned));
          kernels?.reset();
          yield* taken();
          if (stages.done()) break;
          if (performance.now() - turn < TURN) continue;
          await setImmediate();
          turn = performance.now();
        }
      }
      budget.check(context.signal);
      withKernels(kernels, () => {
        if (!stages.done()) residual.finish(scanned);
        stages.finish(result);
      });
    } finally {
      releaseKernels(kernels);
    }
    yield* taken();
    for (const effect of effects) await effect();
    ms = performance.now() - started;
  }

  return {
    plan,
    time,
    batches,
    warnings: () => notes.warnings(),
    statistics: () =>
      shared === null
        ? { scan: scan.statistics(), stages: [...residual.profiles, ...stages.profiles], ms }
        : { scan: shared.scan, stages: shared.profiles, ms },
  };
}

/** The stages of a plan with the messages put in order as late as may be. */
function startInOrder(plan: Plan, start: StartOptions, batchRows: number): Chain {
  const cut = orderCut(plan);
  return joinChains([
    startStages(plan.stages.slice(0, cut.stages), start),
    chainStages([{ name: 'newest first', stage: newestFirst(cut.rowsWanted, batchRows, cut.needed) }]),
    startStages(plan.stages.slice(cut.stages), start),
  ]);
}

/** The fields that the plan reads, and those that the engine needs to do what the source may leave undone. */
function fieldsWanted({ scan }: Plan, { time = ALL_TIME, timeBasis }: RunOptions): readonly string[] | null {
  if (scan.fields === null) return null;
  const fields = new Set(scan.fields);
  if (scan.order === 'newest') fields.add('_messagetime');
  const ranged = time.from > -Infinity || time.to < Infinity;
  if (ranged) fields.add(timeBasis === 'receipt' ? '_receipttime' : '_messagetime');
  return [...fields];
}

async function inlined(
  plan: Plan,
  registry: Registry,
  context: RunContext,
  child: (query: Query, time: TimeRange) => Promise<readonly Batch[]>,
): Promise<Plan> {
  return planQuery(await inlineSubqueries(plan.query, context, child), registry).plan;
}

/** Runs a query to its end for another one; its warnings become the other's. */
async function collect(
  query: Query,
  source: Source,
  options: RunOptions,
  notes: Notes,
): Promise<readonly Batch[]> {
  const { plan, diagnostics } = planQuery(query, options.registry ?? shipped);
  const wrong = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (wrong !== undefined) throw new QueryFailure('unsupported', wrong.message, wrong.help ?? null);
  const run = await execute(plan, source, options);
  const batches: Batch[] = [];
  for await (const batch of run.batches()) batches.push(batch);
  for (const warning of run.warnings()) notes.warn(warning);
  return batches;
}

/** The range with open ends closed by what the source knows, so that stages can rely on it. */
async function knownTime(time: TimeRange, source: Source): Promise<TimeRange> {
  if (Number.isFinite(time.from) && Number.isFinite(time.to)) return time;
  const known = await source.timeRange();
  if (known === null) return time;
  return {
    from: Number.isFinite(time.from) ? time.from : Math.min(known.from, time.to),
    to: Number.isFinite(time.to) ? time.to : Math.max(known.to, time.from),
  };
}
