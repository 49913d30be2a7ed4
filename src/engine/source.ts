import type { Scope } from '../grammar/ast.ts';
import type { Batch } from './columns/batch.ts';
import type { Value } from './columns/value.ts';
import type { KernelMemory } from './kernels/wasm/memory.ts';

/** Epoch milliseconds, `[from, to)`. Open ends are -Infinity and Infinity. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export const ALL_TIME: TimeRange = { from: -Infinity, to: Infinity };

/** The fields that every message has, in the order in which raw rows show them. */
export const MESSAGE_FIELDS = [
  '_raw',
  '_messageTime',
  '_receiptTime',
  '_sourceCategory',
  '_sourceName',
  '_sourceHost',
  '_size',
] as const;

/** What a query asks of a source. Everything but `fields` may be left undone; the scan says so. */
export interface ScanRequest {
  /** Fields that are read later, any letter case; null means all that there are. */
  readonly fields: readonly string[] | null;
  readonly time: TimeRange;
  /** Which clock `time` speaks of: `_messageTime` or `_receiptTime`. */
  readonly timeBasis: 'message' | 'receipt';
  readonly filter: Scope;
  /** `newest`: descending `_messageTime`, ties in descending order of arrival. `any`: as is cheapest. */
  readonly order: 'newest' | 'any';
  /** At most this many rows are needed (after filter, time and order), or null. */
  readonly limit: number | null;
  /** Rows wanted per batch; a source may give fewer or more. */
  readonly batchRows: number;
  readonly signal: AbortSignal;
}

/** What a source promises about the batches of one scan. What is not applied, the engine applies. */
export interface Scan {
  readonly applied: { readonly time: boolean; readonly filter: boolean; readonly order: boolean };
  /**
   * The batches. A batch's arrays belong to the source and may be reused once the next batch is
   * asked for. Ends early, without an error, when the request's signal is aborted. With `kernels` a
   * source may put its bytes there; the caller resets that memory before it asks for the next batch.
   */
  batches(kernels?: KernelMemory | null): AsyncIterable<Batch>;
  /** For `--profile`: bytes read and skipped, segments skipped, and the like, after the batches. */
  statistics(): ScanStatistics;
}

export interface ScanStatistics {
  readonly bytesRead: number;
  readonly bytesSkipped: number;
  readonly rows: number;
  readonly segments: number;
  readonly segmentsSkipped: number;
}

/**
 * A scan that several threads do together. The source has cut what there is to read into pieces; each
 * thread opens `input` by the reader of that `kind` and takes pieces off `counter` until none is left.
 */
export interface SharedScan {
  /** Which reader opens `input` on another thread. */
  readonly kind: string;
  /** Plain data that `postMessage` can carry. */
  readonly input: unknown;
  /** The number of the next piece nobody has taken: one 32-bit integer. */
  readonly counter: SharedArrayBuffer;
  /** About how many bytes are to be read in all; tells whether another thread pays. */
  readonly bytes: number;
  /** This thread's part. */
  readonly scan: PieceScan;
  /** Ends the scan: no thread reads any more, or none ever did. To be called once. */
  close(): Promise<void>;
}

/** One thread's part of a shared scan. */
export interface PieceScan extends Scan {
  /** The number of the piece that the last batch came from; grows from batch to batch. */
  piece(): number;
  /** True when a piece cannot be understood without those before it: the scan has to be done again by one thread. */
  needsOrder(): boolean;
}

/** Anything that messages can be read from: a store, files, standard input, ClickHouse, memory. */
export interface Source {
  /** For people: `store .weir`, `3 files`. */
  readonly description: string;
  scan(request: ScanRequest): Promise<Scan>;
  /** The scan for several threads; null where the source cannot be cut into pieces. Only for requests of `any` order. */
  share?(request: ScanRequest): Promise<SharedScan | null>;
  /** The fields that messages of this source can have, or null when that is not known beforehand. */
  fields(): Promise<readonly string[] | null>;
  /** The time range of what is there, or null when not known or empty. */
  timeRange(): Promise<TimeRange | null>;
}

/** A lookup table, opened for one query. */
export interface LookupTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The primary key of a `path://` table; empty for tables that match on any columns. */
  readonly keys: readonly string[];
  /** How the table compares keys: `ip` tables contain networks. */
  readonly match: 'case-insensitive' | 'case-sensitive' | 'ip';
  /**
   * The row whose `keyColumns` hold `key`, in the order of `columns`; null when there is none. Two
   * rows with the same key: the last one.
   */
  find(keyColumns: readonly string[], key: readonly Value[]): readonly Value[] | null;
  /** Every row matching, for tables where one key has several (threat indicators). */
  findAll(keyColumns: readonly string[], key: readonly Value[]): readonly (readonly Value[])[];
  /**
   * Whether a value finds a row by one key column only if some row of `rows` has its text there, letter case
   * aside: not where networks contain addresses. Not said means no.
   */
  readonly findsByText?: boolean;
  /** All rows, for `cat`. Tables too large to list (geo, asn) return null. */
  rows(): Iterable<readonly Value[]> | null;
  /** What a user of these key columns should know, once per run: duplicate keys, data of a demo. */
  warnings?(keyColumns: readonly string[]): readonly string[];
}

/** Where lookup tables come from and where `save` puts them. */
export interface LookupTables {
  /** Null when there is no table of that name. Names are what queries write after `from`. */
  open(name: string): Promise<LookupTable | null>;
  /** Stores rows in a table. `append` merges by primary key. Throws a QueryFailure when they do not fit. */
  save(
    name: string,
    columns: readonly string[],
    rows: readonly (readonly Value[])[],
    append: boolean,
  ): Promise<void>;
  names(): Promise<readonly string[]>;
}
