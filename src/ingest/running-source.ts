import type { Batch } from '../engine/columns/batch.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';

/** A source that fetches its messages itself, as long as it runs. */
export interface RunningSource {
  /** Begins; a second call does nothing. */
  start(): void;
  /** Ends after the work at hand; what is stored by then stays. Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
  status(): SourceStatus;
}

/** What a source did since it began. Times are epoch ms, null when it did not happen yet. */
export interface SourceStatus {
  /** Objects or files read and stored. */
  readonly objects: number;
  readonly messages: number;
  /** Bytes as they were fetched. */
  readonly bytes: number;
  /** What could not be read and waits to be tried again. */
  readonly failing: number;
  readonly lastScan: number | null;
  /** The last problem in words, null once things work again. */
  readonly problem: string | null;
}

/** What a running source needs of whoever runs it. */
export interface SourceHooks {
  /** The extraction rules of now. */
  rules(): Promise<CompiledRules | null> | CompiledRules | null;
  /** Takes what happens: events are words with dashes, details plain values. */
  write(level: 'info' | 'warn' | 'error', event: string, details?: Readonly<Record<string, unknown>>): void;
  /** Wall clock, epoch ms. */
  now(): number;
  /** Gets what was just stored: the first batches of it, and how many messages and fetched bytes it was in all. */
  stored?(batches: readonly Batch[], messages: number, bytes: number): void;
}
