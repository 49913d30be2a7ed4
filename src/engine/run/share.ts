import type { Query } from '../../grammar/ast.ts';
import { type PackedColumn, packColumn, unpackColumn } from '../columns/packed.ts';
import type { RunContext } from '../define.ts';
import { inKernels } from '../kernels/batch-in-kernels.ts';
import { type KernelMemory, withKernels } from '../kernels/wasm/memory.ts';
import type { SplitPlan } from '../plan/split.ts';
import type { Registry } from '../registry.ts';
import type { PieceScan, ScanRequest, ScanStatistics, TimeRange } from '../source.ts';
import { type PartialAggregate, RunningAggregate } from './aggregate-stage.ts';
import { chainStages, type StageProfile } from './chain.ts';
import { residualStages } from './residual.ts';
import { stageName, startStages } from './start-stages.ts';

/** What another thread is asked to do: plain data. */
export interface ShareTask {
  readonly kind: string;
  readonly input: unknown;
  readonly counter: SharedArrayBuffer;
  /** The query without parameters and subqueries; the thread makes the same plan of it. */
  readonly query: Query;
  readonly request: Omit<ScanRequest, 'signal'>;
  readonly time: TimeRange;
  readonly timeZone: string;
  /** Epoch ms: the same clock for all threads. */
  readonly now: number;
  /** Of a `SharedMemory`: what the threads use. */
  readonly memory: SharedArrayBuffer;
}

/** What it answers: plain data. */
export interface ShareAnswer {
  readonly partial: PackedPartial;
  readonly rows: number;
  readonly rowWarnings: readonly (readonly [what: string, rows: number])[];
  readonly warnings: readonly string[];
  readonly statistics: ScanStatistics;
  readonly profiles: readonly StageProfile[];
  readonly needsOrder: boolean;
}

/** What the counter of a shared scan is set to when nobody should take another piece, nor needs an answer. */
const STOPPED = 0x7fff0000;

/** Makes all threads stop at their next piece. */
export function stopSharing(counter: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(counter), 0, STOPPED);
}

/** Whether the threads were told to stop. */
export function sharingStopped(counter: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(counter), 0) >= STOPPED;
}

/** A partial aggregate that `postMessage` can carry. */
export interface PackedPartial {
  readonly groups: number;
  readonly keys: readonly PackedColumn[];
  readonly states: readonly (readonly PackedColumn[])[];
  readonly firstSeen: Float64Array<ArrayBuffer>;
}

/** Threads that can take part in a run. */
export interface WorkerPool {
  /** Does the task on `count` other threads; each answers for its part. Rejects when one of them fails. */
  run(task: ShareTask, count: number, signal: AbortSignal): Promise<readonly ShareAnswer[]>;
  /** How many other threads there are. */
  readonly threads: number;
  /**
   * Whether a run over `bytes` bytes of text, or what costs as much, should ask them. Runs that are too
   * small to start a thread for add up: the threads stay for those to come.
   */
  pays(bytes: number): boolean;
}

/** One thread's part of a run: the stages before the aggregate, and the aggregate over what this thread reads. */
export interface Share {
  readonly aggregate: RunningAggregate;
  readonly profiles: readonly StageProfile[];
  rows(): number;
  /**
   * Reads until no piece is left, with `kernels` to work in: the tables of the aggregate stay there for what
   * comes after. `turn` is awaited after each batch.
   */
  run(kernels: KernelMemory | null, turn: () => Promise<void> | null): Promise<void>;
}

/** Prepares this thread's part of a run. */
export function startShare(
  split: SplitPlan,
  scan: PieceScan,
  request: ScanRequest,
  registry: Registry,
  context: RunContext,
): Share {
  const { merged } = split;
  if (merged === null || merged.stage.kind !== 'aggregate')
    throw new Error('only a plan with a merged aggregate can be shared');
  const residual = chainStages(residualStages(request, scan.applied));
  const stages = startStages(split.onWorkers, {
    registry,
    context,
    prepared: new Map(),
    after: () => {
      throw new Error('a stage with effects cannot run on several threads');
    },
  });
  const aggregate = new RunningAggregate(merged.stage, registry, context);
  const grouping = chainStages([{ name: stageName(merged), stage: aggregate }]);
  let rows = 0;
  const nothing = { push() {} };
  const grouped = { push: (batch: Parameters<typeof grouping.push>[0]) => grouping.push(batch, nothing) };
  const scanned = {
    push(batch: Parameters<typeof stages.push>[0]) {
      rows += batch.length;
      stages.push(batch, grouped);
    },
  };
  return {
    aggregate,
    profiles: [...residual.profiles, ...stages.profiles, ...grouping.profiles],
    rows: () => rows,
    async run(kernels, turn) {
      for await (const batch of scan.batches(kernels)) {
        if (context.signal.aborted) return;
        aggregate.fromPiece(scan.piece());
        withKernels(kernels, () => residual.push(inKernels(batch, kernels), scanned));
        kernels?.reset();
        const pause = turn();
        if (pause !== null) await pause;
      }
      withKernels(kernels, () => {
        residual.finish(scanned);
        stages.finish(grouped);
      });
    },
  };
}

export function packPartial({ groups, keys, states, firstSeen }: PartialAggregate): PackedPartial {
  return {
    groups,
    keys: keys.map(packColumn),
    states: states.map((state) => state.map(packColumn)),
    firstSeen,
  };
}

export function unpackPartial({ groups, keys, states, firstSeen }: PackedPartial): PartialAggregate {
  return {
    groups,
    keys: keys.map(unpackColumn),
    states: states.map((state) => state.map(unpackColumn)),
    firstSeen,
  };
}
