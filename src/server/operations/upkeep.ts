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
}

export const UPKEEP_TIMES: UpkeepTimes = { flush: 60_000, ledger: 5000, retention: 300_000 };

/**
 * Does in the background what a store needs: moves the log into segments (which also joins small ones),
 * writes the ledger, deletes what is too old or too much. Each work waits for its last turn to end.
 */
export class Upkeep {
  readonly #log: Log;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(store: Store, retention: Retention, log: Log, times: UpkeepTimes = UPKEEP_TIMES) {
    this.#log = log;
    this.#every(times.flush, 'flush', () => store.flush());
    this.#every(times.ledger, 'ledger', () => store.ledger.save());
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
    await Promise.all(this.#running);
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
      this.#log.write('error', 'upkeep-failed', { work: name, problem: (failure as Error).message });
    }
  }
}
