import { type Batch, keepBatch } from '../../engine/columns/batch.ts';
import { QueryFailure } from '../../engine/define.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { execute, type Run } from '../../engine/run/execute.ts';
import type { WorkerPool } from '../../engine/run/share.ts';
import type { LookupTables, TimeRange } from '../../engine/source.ts';
import type { Macro } from '../../grammar/parameters.ts';
import { macrosFor } from '../../ingest/stored-macros.ts';
import { createLookups } from '../../lookups/lookups.ts';
import type { Store } from '../../store/store.ts';
import type { Metrics } from '../operations/metrics.ts';
import { Slots } from '../operations/slots.ts';

/** How much queries may take. */
export interface QueryLimits {
  /** Queries at work at a time; others wait. */
  readonly atOnce: number;
  /** Bytes that the process may hold before a query is ended. */
  readonly memoryBudget: number;
  /** Milliseconds. */
  readonly timeBudget: number;
}

/** How to run one query. */
export interface QueryRequest {
  readonly time: TimeRange;
  readonly timeBasis?: 'message' | 'receipt';
  readonly timeZone: string;
  readonly signal: AbortSignal;
  /** Whether `save` may write tables. */
  readonly mayWrite: boolean;
  /** Where it comes from, for the metrics. */
  readonly kind: 'job' | 'dashboard' | 'page';
}

/** Runs the queries of all doors over one store, so many at a time. */
export class QueryRunner {
  readonly lookups: LookupTables;
  readonly #store: Store;
  readonly #limits: QueryLimits;
  readonly #slots: Slots;
  readonly #metrics: Metrics;
  readonly #workers: WorkerPool | null;

  constructor(store: Store, limits: QueryLimits, metrics: Metrics, workers: WorkerPool | null) {
    this.#store = store;
    this.#limits = limits;
    this.#slots = new Slots(limits.atOnce);
    this.#metrics = metrics;
    this.#workers = workers;
    this.lookups = createLookups(store.documents);
  }

  /** The store's macros that a query may use. */
  async macros(text: string): Promise<ReadonlyMap<string, Macro>> {
    return await macrosFor(text, this.#store.documents);
  }

  /** Runs a plan without errors and hands over its batches, whose arrays are the taker's. `take` may say false to end it early. */
  async run(
    plan: Plan,
    request: QueryRequest,
    take: (batch: Batch, run: Run) => boolean,
  ): Promise<{ readonly run: Run; readonly ended: boolean }> {
    const started = performance.now();
    const done = await this.#slots.take(request.signal);
    this.#metrics.queries.add([request.kind]);
    this.#metrics.queriesRunning++;
    try {
      const run = await execute(plan, this.#store.source(), this.#options(request));
      for await (const batch of run.batches()) {
        if (batch.length > 0 && !take(keepBatch(batch), run)) return { run, ended: true };
      }
      return { run, ended: false };
    } finally {
      this.#metrics.queriesRunning--;
      this.#metrics.queryTime.observe((performance.now() - started) / 1000);
      done();
    }
  }

  #options({ time, timeBasis, timeZone, signal, mayWrite }: QueryRequest) {
    const { memoryBudget, timeBudget } = this.#limits;
    return {
      time,
      timeBasis: timeBasis ?? ('message' as const),
      timeZone,
      signal,
      memoryBudget,
      timeBudget,
      lookups: mayWrite ? this.lookups : readOnly(this.lookups),
      ...(this.#workers === null ? {} : { workers: this.#workers }),
    };
  }
}

/** The same tables for callers that may not change anything. */
function readOnly(lookups: LookupTables): LookupTables {
  return {
    open: (name) => lookups.open(name),
    names: () => lookups.names(),
    save: async (name) => {
      throw new QueryFailure(
        'unsupported',
        `the table \`${name}\` cannot be saved from here`,
        'saving tables needs a key with the scope `admin`, and the search API or `weir query`',
      );
    },
  };
}
