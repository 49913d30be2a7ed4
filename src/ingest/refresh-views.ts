import { type Batch, concatBatches, keepBatch } from '../engine/columns/batch.ts';
import { reasonOf } from '../engine/reason-of.ts';
import { execute } from '../engine/run/execute.ts';
import type { WorkerPool } from '../engine/run/share.ts';
import type { LookupTables, TimeRange } from '../engine/source.ts';
import type { Macro } from '../grammar/parameters.ts';
import { createLookups } from '../lookups/lookups.ts';
import type { Store } from '../store/store.ts';
import { macrosOf } from './stored-macros.ts';
import { type StoredView, storedView, storedViews } from './stored-views.ts';
import { checkView, type ViewPlan } from './view.ts';
import { viewMessages } from './view-messages.ts';

/** How to bring views up to date. */
export interface RefreshOptions {
  /** Only the view of this name; default all. */
  readonly name?: string;
  /** Wall clock, epoch ms. */
  readonly now?: () => number;
  /** A slice counts as complete so many ms after its end, so that late messages are in it. Default 0. */
  readonly delay?: number;
  readonly workers?: WorkerPool;
  readonly signal?: AbortSignal;
}

/** What became of one view. */
export interface RefreshedView {
  readonly name: string;
  /** Rows that were added. */
  readonly rows: number;
  /** All slices that end at or before this are in the view; epoch ms. */
  readonly until: number;
  /** Why it could not be brought up to date, or null; what was added before stays. */
  readonly problem: string | null;
}

/**
 * Adds the results for all complete slices that the views do not have. The rows of a step become
 * part of the store together with the note how far the view is, so that none is missing or there
 * twice whatever ends the program. A view that fails does not stop the others.
 */
export async function refreshViews(
  store: Store,
  options: RefreshOptions = {},
): Promise<readonly RefreshedView[]> {
  const { documents } = store;
  const one = options.name === undefined ? null : await storedView(documents, options.name);
  const views = options.name === undefined ? await storedViews(documents) : one === null ? [] : [one];
  if (views.length === 0) return [];
  const shared = { store, options, macros: await macrosOf(documents), lookups: createLookups(documents) };
  const refreshed: RefreshedView[] = [];
  for (const view of views) refreshed.push(await new Refresh(view, shared).run());
  return refreshed;
}

/** The name under which a store notes how far a view is. Another view of the same name begins anew. */
export function viewCheckpoint({ name, added }: Pick<StoredView, 'name' | 'added'>): string {
  return `view ${name} ${added}`;
}

/** Rows are made for at most about so much time at once. */
const STEP = 86_400_000;

interface Shared {
  readonly store: Store;
  readonly options: RefreshOptions;
  readonly macros: ReadonlyMap<string, Macro>;
  readonly lookups: LookupTables;
}

class Refresh {
  readonly #view: StoredView;
  readonly #shared: Shared;
  #rows = 0;
  #until = 0;

  constructor(view: StoredView, shared: Shared) {
    this.#view = view;
    this.#shared = shared;
  }

  async run(): Promise<RefreshedView> {
    let problem: string | null = null;
    try {
      await this.#run();
    } catch (failure) {
      problem = reasonOf(failure);
    }
    return { name: this.#view.name, rows: this.#rows, until: this.#until, problem };
  }

  async #run(): Promise<void> {
    const { store, options, macros } = this.#shared;
    const { view, diagnostics } = checkView(this.#view.query, macros);
    if (view === null) {
      const wrong = diagnostics.find(({ severity }) => severity === 'error');
      throw new Error(`its query does not work any more: ${wrong?.message ?? 'it has mistakes'}`);
    }
    const { width } = view;
    const sliceOf = (time: number) => Math.floor(time / width) * width;
    const begin = store.checkpoint(this.#checkpoint) ?? sliceOf(this.#view.from);
    this.#until = Number(begin);
    const known = await store.source().timeRange();
    if (known === null) return;
    const complete = sliceOf((options.now ?? Date.now)() - (options.delay ?? 0));
    // Slices after the last message wait: what arrives for them later is not too late then.
    const end = Math.min(complete, sliceOf(known.to - 1) + width);
    const step = view.slicewise ? width : Math.max(1, Math.floor(STEP / width)) * width;
    for (let from = Math.max(this.#until, sliceOf(known.from)); from < end; from = this.#until) {
      options.signal?.throwIfAborted();
      await this.#step(view, { from, to: Math.min(from + step, end) });
    }
  }

  /** Runs the query over whole slices and stores its rows. */
  async #step(view: ViewPlan, time: TimeRange): Promise<void> {
    const { store, options } = this.#shared;
    const now = options.now ?? Date.now;
    const run = await execute(view.plan, store.source(), {
      time,
      now,
      lookups: readOnly(this.#shared.lookups),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const batches: Batch[] = [];
    for await (const batch of run.batches()) if (batch.length > 0) batches.push(keepBatch(batch));
    const rows = concatBatches(batches);
    const writer = store.bulk();
    try {
      if (rows.length > 0) {
        await writer.add(
          viewMessages(rows, { name: this.#view.name, raw: view.plan.raw, time: time.from, now: now() }),
        );
      }
      await writer.commit({ name: this.#checkpoint, text: String(time.to) });
    } finally {
      await writer.close();
    }
    this.#rows += rows.length;
    this.#until = time.to;
  }

  get #checkpoint(): string {
    return viewCheckpoint(this.#view);
  }
}

/** A view must not write tables each time it is run. */
function readOnly(lookups: LookupTables): LookupTables {
  return {
    open: (name) => lookups.open(name),
    names: () => lookups.names(),
    save: async (name) => {
      throw new Error(`a view cannot save the table \`${name}\``);
    },
  };
}
