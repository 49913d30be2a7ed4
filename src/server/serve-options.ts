import type { WorkerPool } from '../engine/run/share.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './operations/log.ts';
import { type Retention, UPKEEP_TIMES, type UpkeepTimes } from './operations/upkeep.ts';
import { RECEIVER_LIMITS, type ReceiverLimits } from './receiver/receiver.ts';
import { JOB_LIMITS, type JobLimits } from './search/search-jobs.ts';
import type { SourceOpeners } from './sources/running-source.ts';

/** How to serve a store. Only the store, the address and the log must be given. */
export interface ServeOptions {
  /** Open for writing; the server closes it when it stops. */
  readonly store: Store;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
  /** Further names that a Host header may have while the server is on a loopback address. */
  readonly allowedHosts?: readonly string[];
  readonly retention?: Retention;
  readonly workers?: WorkerPool;
  readonly sources?: SourceOpeners;
  readonly now?: () => number;
  readonly limits?: Partial<ServeLimits>;
}

/** What the server gives to those who ask much of it. */
export interface ServeLimits extends ReceiverLimits {
  /** Bytes of bodies in memory at a time. */
  readonly inFlight: number;
  readonly connections: number;
  /** Milliseconds that headers may take. */
  readonly headersTimeout: number;
  /** Milliseconds for which a client may leave an answer unread. */
  readonly unread: number;
  /** Milliseconds that a query may take. */
  readonly queryTime: number;
  readonly queriesAtOnce: number;
  /** Milliseconds that running requests get when the server stops. */
  readonly drain: number;
  readonly jobs: JobLimits;
  readonly upkeep: UpkeepTimes;
}

export const SERVE_LIMITS: ServeLimits = {
  ...RECEIVER_LIMITS,
  inFlight: 512 << 20,
  connections: 2000,
  headersTimeout: 15_000,
  unread: 120_000,
  queryTime: 600_000,
  queriesAtOnce: 4,
  drain: 20_000,
  jobs: JOB_LIMITS,
  upkeep: UPKEEP_TIMES,
};

/** A server at work. */
export interface RunningServer {
  /** `http://127.0.0.1:8350` */
  readonly url: string;
  /** Stops taking requests, lets running ones end, closes the store. */
  stop(): Promise<void>;
}

/** An address beyond this machine needs at least one key. */
export class NoKeysError extends Error {
  readonly hint: string;
  constructor(host: string) {
    super(`\`--host ${host}\` is open to other machines, and the store has no access keys`);
    this.name = 'NoKeysError';
    this.hint =
      'make one with `weir keys add NAME --scope query`, and put a proxy with TLS in front: keys and messages are sent in the clear';
  }
}
