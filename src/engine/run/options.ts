import { grouped } from '../../grammar/counted.ts';
import { QueryFailure, type RunContext } from '../define.ts';
import type { Registry } from '../registry.ts';
import type { LookupTables, TimeRange } from '../source.ts';
import type { WorkerPool } from './share.ts';

/** How to run a query. Everything may be left out. */
export interface RunOptions {
  /** The language; what ships by default. */
  readonly registry?: Registry;
  /** `[from, to)`, epoch ms; default everything there is. */
  readonly time?: TimeRange;
  /** Which clock `time` speaks of; default `message`. */
  readonly timeBasis?: 'message' | 'receipt';
  /** IANA time zone; default UTC. */
  readonly timeZone?: string;
  /** Wall clock, epoch ms. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  /** Tables for `lookup`, `cat` and `save`; default none. */
  readonly lookups?: LookupTables;
  /** Rows per batch asked of the source; default 16,384. */
  readonly batchRows?: number;
  /** Bytes that the process may hold; beyond it the run fails. Default no limit. */
  readonly memoryBudget?: number;
  /** Other threads that may help; default none. */
  readonly workers?: WorkerPool;
  /** Threads in all, this one included; default all of the pool. */
  readonly threads?: number;
  /** Whether the result holds links as `columns/link.ts` writes them; default their labels. */
  readonly links?: boolean;
  /** Milliseconds that the run may take; default no limit. */
  readonly timeBudget?: number;
}

/** What a run tells besides rows. Warnings are complete once the batches have been read. */
export interface Notices {
  /** Warnings in order, each once: `3 of 10,412 rows: toNumber got text`. */
  warnings(): readonly string[];
}

/** Collects what the parts of a run have to say. */
export class Notes implements Notices {
  /** Rows that came out of the scan so far. */
  rows = 0;
  readonly #messages = new Set<string>();
  readonly #rowWarnings = new Map<string, number>();

  warn(message: string): void {
    this.#messages.add(message);
  }

  rowWarning(what: string, rows = 1): void {
    this.#rowWarnings.set(what, (this.#rowWarnings.get(what) ?? 0) + rows);
  }

  /** What was counted so far, to be added up elsewhere. */
  counts(): {
    readonly messages: readonly string[];
    readonly rowWarnings: readonly (readonly [what: string, rows: number])[];
  } {
    return { messages: [...this.#messages], rowWarnings: [...this.#rowWarnings] };
  }

  warnings(): readonly string[] {
    const rowWarnings = [...this.#rowWarnings].map(([what, rows]) => {
      const of = Math.max(rows, this.rows);
      return `${grouped(rows)} of ${grouped(of)} rows: ${what}`;
    });
    return [...this.#messages, ...rowWarnings];
  }
}

/** The context that the parts of one run share. */
export function runContext(options: RunOptions, time: TimeRange, notes: Notes): RunContext {
  return {
    time,
    timeZone: options.timeZone ?? 'UTC',
    now: options.now ?? Date.now,
    rowWarning: (what, rows) => notes.rowWarning(what, rows),
    warn: (message) => notes.warn(message),
    signal: options.signal ?? new AbortController().signal,
  };
}

/** No tables at all. */
export const NO_LOOKUPS: LookupTables = {
  open: async () => null,
  save: async (name) => {
    throw new QueryFailure('unsupported', `there is no place to save the table \`${name}\` in`);
  },
  names: async () => [],
};
