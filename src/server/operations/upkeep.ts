import { reasonOf } from '../../engine/reason-of.ts';
import { refreshViews } from '../../ingest/refresh-views.ts';
import type { Store } from '../../store/store.ts';
import type { Log } from './log.ts';

/** How long messages are kept; null: for ever. */
export interface Retention {
  /** Milliseconds. */
  readonly maxAge: number | null;
  /** Bytes of all segments. */
  readonly maxBytes: number | null;
}

/** Milliseconds between the works. */
export interface UpkeepTimes {
  readonly flush: number;
  readonly ledger: number;
  readonly retention: number;
  readonly views: number;
}

export const UPKEEP_TIMES: UpkeepTimes = { flush: 60_000, ledger: 5000, retention: 300_000, views: 60_000 };

/** A slice of a view is made so many ms after its end: messages take a while to arrive. */
const VIEW_DELAY = 60_000;

/**
 * Does in the background what a store needs: moves the log into segments (which also joins small ones),
 * writes the ledger, brings views up to date, deletes what is too old or too much. Each work waits for its last turn to end.
 */
export class Upkeep {
  readonly #log: Log;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(store: Store, retention: Retention, log: Log, times: UpkeepTimes = UPKEEP_TIMES) {
    this.#log = log;
    this.#every(times.flush, 'flush', () => store.flush());
    this.#every(times.ledger, 'ledger', () => store.ledger.save());
    this.#every(times.views, 'views', () => this.#refreshViews(store));
    const { maxAge, maxBytes } = retention;
    if (maxAge === null && maxBytes === null) return;
    const limits = { ...(maxAge === null ? {} : { maxAge }), ...(maxBytes === null ? {} : { maxBytes }) };
    const retain = async () => {
      const deleted = await store.retention(limits);
      if (deleted > 0) log.write('info', 'retention', { deleted });
    };
    this.#every(times.retention, 'retention', retain);
  }

  /** Starts no more work; resolves when what runs has ended. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#stopping.abort();
    await Promise.all(this.#running);
  }

  async #refreshViews(store: Store): Promise<void> {
    const { signal } = this.#stopping;
    const refreshed = await refreshViews(store, { delay: VIEW_DELAY, signal });
    for (const { name, rows, problem } of refreshed) {
      if (problem !== null && !signal.aborted)
        this.#log.write('error', 'view-failed', { view: name, problem });
      else if (rows > 0) this.#log.write('info', 'view-refreshed', { view: name, rows });
    }
  }

  #every(milliseconds: number, name: string, work: () => Promise<unknown>): void {
    let busy = false;
    const turn = () => {
      if (busy) return;
      busy = true;
      const running: Promise<void> = this.#work(name, work).finally(() => {
        busy = false;
        this.#running.delete(running);
      });
      this.#running.add(running);
    };
    this.#timers.push(setInterval(turn, milliseconds));
  }

  async #work(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (failure) {
      this.#log.write('error', 'upkeep-failed', { work: name, problem: reasonOf(failure) });
    }
  }
}
