import type { Batch } from '../../engine/columns/batch.ts';
import type { SourceKind, StoredSource } from '../../ingest/stored-sources.ts';
import type { CompiledRules } from '../../rules/compile-rules.ts';
import type { Store } from '../../store/store.ts';
import type { Log } from '../operations/log.ts';

/** A source that fetches messages by itself while the server runs, as one that reads a bucket does. */
export interface RunningSource {
  /** Begins to fetch; returns at once. Failures are told to the log and tried again: they never end the server. */
  start(): void;
  /** Stops fetching. Resolves once nothing of it runs any more and all it has read is stored or not acknowledged. */
  stop(): Promise<void>;
}

/** What a running source gets to know and to use. */
export interface SourceHost {
  readonly store: Store;
  readonly log: Log;
  now(): number;
  /** The extraction rules as they are now; null when there are none. */
  rules(): Promise<CompiledRules | null>;
  /**
   * To be called with messages that were just stored, for the readers of live results and the metrics.
   * Where the batches are only the first of very many, `messages` tells how many there were.
   */
  stored(source: string, batches: readonly Batch[], bytes: number, messages?: number): void;
}

/** Makes the running form of a stored source. Throws an Error in words for people when its settings are wrong. */
export type SourceOpener = (source: StoredSource, host: SourceHost) => RunningSource | Promise<RunningSource>;

/** How sources of each kind run. HTTP sources need none: the receiver serves them. */
export type SourceOpeners = ReadonlyMap<SourceKind, SourceOpener>;
