import type { Batch } from '../engine/columns/batch.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { codeOf } from '../engine/reason-of.ts';
import { valueTest } from '../engine/scope/compile.ts';
import { VIEW_NAME, withoutViews } from '../engine/scope/indexes.ts';
import type { Scan, ScanRequest, SharedScan, Source, TimeRange } from '../engine/source.ts';
import type { Scope } from '../grammar/ast.ts';
import type { Manifest, SegmentEntry } from './manifest.ts';
import { RowFinder, ScanTotals, scanAny, scanNames, scanNewest } from './scan.ts';
import { rangeOf, tailPart, varies } from './scan-part.ts';
import type { SegmentPool } from './segment-pool.ts';
import type { SegmentReader } from './segment-reader.ts';
import { pieceScan, SHARED_STORE, type SharedStore, type SharedTail, segmentParts } from './shared-store.ts';
import type { TailBatch } from './tail.ts';

/** The store at one moment. */
export interface StoreState {
  readonly manifest: Manifest;
  readonly tail: readonly TailBatch[];
}

/** The store as something that queries read. A scan sees the state of the moment in which its first batch is asked for. */
export class StoreSource implements Source {
  readonly description: string;
  readonly #pool: SegmentPool;
  /** Where other threads find the segments; null when they cannot. */
  readonly #folder: string | null;
  /** The current state; `again` when segments of the last one were gone. */
  readonly #state: (again: boolean) => Promise<StoreState>;
  /** Keeps what is in the tail of the states of now until the function that it returns is called. */
  readonly #hold: () => () => void;

  constructor(
    description: string,
    parts: {
      readonly pool: SegmentPool;
      readonly folder: string | null;
      state(again: boolean): Promise<StoreState>;
      hold(): () => void;
    },
  ) {
    this.description = description;
    this.#pool = parts.pool;
    this.#folder = parts.folder;
    this.#state = (again) => parts.state(again);
    this.#hold = () => parts.hold();
  }

  async scan(given: ScanRequest): Promise<Scan> {
    const totals = new ScanTotals();
    const known = fieldsOf(await this.#state(false));
    const request = { ...given, filter: visible(given.filter, known) };
    const finder = new RowFinder(request);
    const names = scanNames(request.fields, known);
    const pool = this.#pool;
    const open = () => this.#open(request, totals);
    const hold = this.#hold;
    return {
      applied: { time: true, filter: finder.filters, order: true },
      async *batches(kernels: KernelMemory | null = null): AsyncIterable<Batch> {
        const release = hold();
        let readers: readonly SegmentReader[] = [];
        try {
          const opened = await open();
          const { state } = opened;
          readers = opened.readers;
          const parts = [...segmentParts(readers), ...state.tail.map(tailPart)].sort(
            (a, b) => a.sequence - b.sequence,
          );
          const pushable = finder.filters ? request : { ...request, limit: null };
          const scan = request.order === 'newest' ? scanNewest : scanAny;
          yield* scan(parts, pushable, names, finder, totals, kernels);
        } finally {
          release();
          for (const reader of readers) await pool.release(reader);
        }
      },
      statistics: () => totals.statistics(),
    };
  }

  /** The scan for several threads. Rows of the log that the others do not see are read by this one, after all pieces. */
  async share(given: ScanRequest): Promise<SharedScan | null> {
    if (this.#folder === null || given.order !== 'any') return null;
    const totals = new ScanTotals();
    const release = this.#hold();
    const readers: SegmentReader[] = [];
    // Other threads may begin late: until all are done the segments stay where they are.
    const close = async () => {
      release();
      for (const reader of readers.splice(0)) await this.#pool.release(reader);
    };
    try {
      const state = await this.#state(false);
      const request = { ...given, filter: visible(given.filter, fieldsOf(state)) };
      const wanted = state.manifest.segments.filter((entry) => !outside(entry, request));
      const names = scanNames(request.fields, fieldsOf(state));
      const files = wanted.map((entry) => entry.file);
      const counter = new SharedArrayBuffer(4);
      const shared = state.tail.filter(inFrame);
      const own = state.tail.filter((entry) => !inFrame(entry));
      const scan = pieceScan(names, counter, request, totals, {
        open: async () => {
          totals.segments = state.manifest.segments.length;
          totals.segmentsSkipped = totals.segments - files.length;
          for (const file of files) readers.push(await this.#pool.acquire(file));
          return { readers, tail: shared.map(tailPart) };
        },
        after: own.map(tailPart),
        close: async () => {},
      });
      const input: SharedStore = {
        folder: this.#folder,
        files,
        names,
        filter: request.filter,
        tail: shared.map(({ sequence, frame }) => ({ sequence, frame })),
      };
      const values =
        wanted.reduce((sum, entry) => sum + entry.rows, 0) * (await this.#varying(files[0], names)) +
        shared.reduce((sum, { batch }) => sum + batch.length, 0) * names.length;
      const bytes = values * BYTES_PER_VALUE;
      return { kind: SHARED_STORE, input, counter, bytes, scan, close };
    } catch (failure) {
      await close();
      throw failure;
    }
  }

  /** How many of the fields differ from row to row, by the first segment. */
  async #varying(file: string | undefined, names: readonly string[]): Promise<number> {
    if (file === undefined) return 0;
    const reader = await this.#pool.acquire(file).catch(() => null);
    if (reader === null) return names.length; // its failure is that of the scan
    const count = names.filter((name) => varies(reader, name)).length;
    await this.#pool.release(reader);
    return count;
  }

  /** Opens the segments that time and category do not rule out. */
  async #open(
    request: ScanRequest,
    totals: ScanTotals,
  ): Promise<{ state: StoreState; readers: readonly SegmentReader[] }> {
    for (let attempt = 0; ; attempt++) {
      const state = await this.#state(attempt > 0);
      const skipped = state.manifest.segments.filter((entry) => outside(entry, request));
      const wanted = state.manifest.segments.filter((entry) => !skipped.includes(entry));
      const readers: SegmentReader[] = [];
      try {
        for (const entry of wanted) readers.push(await this.#pool.acquire(entry.file));
        totals.segments = state.manifest.segments.length;
        totals.segmentsSkipped = skipped.length;
        totals.bytesSkipped = skipped.reduce((bytes, entry) => bytes + entry.bytes, 0);
        return { state, readers };
      } catch (error) {
        for (const reader of readers) await this.#pool.release(reader);
        // Compaction in another process may have replaced a segment since the manifest was read.
        const gone = codeOf(error) === 'ENOENT';
        if (!gone || attempt >= 5) throw error;
      }
    }
  }

  async fields(): Promise<readonly string[]> {
    return scanNames(null, fieldsOf(await this.#state(false)));
  }

  async timeRange(): Promise<TimeRange | null> {
    const release = this.#hold();
    try {
      return timeRangeOf(await this.#state(false));
    } finally {
      release();
    }
  }
}

function timeRangeOf({ manifest, tail }: StoreState): TimeRange | null {
  let from = Infinity;
  let to = -Infinity;
  const widen = (range: readonly [number, number] | null): void => {
    if (range === null) return;
    from = Math.min(from, range[0]);
    to = Math.max(to, range[1] + 1);
  };
  for (const entry of manifest.segments) widen(entry.messageTime);
  for (const { batch } of tail) {
    const position = batch.schema.find('_messageTime');
    if (position >= 0) widen(rangeOf(batch.columns[position]!));
  }
  return from < to ? { from, to } : null;
}

/** The scope without the messages of views, where there are any, unless it names an index. */
export function visible(filter: Scope, fields: readonly string[]): Scope {
  return fields.includes(VIEW_NAME) ? withoutViews(filter) : filter;
}

/** Whether other threads find the batch: what is in no frame is in this thread's memory only. */
function inFrame(entry: TailBatch): entry is TailBatch & SharedTail {
  return entry.frame !== null;
}

/** What a value costs, in bytes of text that would cost as much: stored values are cut and numbered already. */
const BYTES_PER_VALUE = 1.5;

function outside(entry: SegmentEntry, request: ScanRequest): boolean {
  return outsideTime(entry, request) || !mayBeIn(entry, request.filter);
}

/** Whether messages of the segment's categories can match, as far as the scope says. */
function mayBeIn(entry: SegmentEntry, scope: Scope): boolean {
  switch (scope.kind) {
    case 'fieldPredicate': {
      if (scope.field.text.toLowerCase() !== '_sourcecategory' || entry.categories === null) return true;
      const test = valueTest(scope.value);
      return scope.value === '*' || entry.categories.some(([category]) => test.text(category));
    }
    case 'and':
      return scope.of.every((part) => mayBeIn(entry, part));
    case 'or':
      return scope.of.some((part) => mayBeIn(entry, part));
    default:
      return true;
  }
}

function outsideTime(entry: SegmentEntry, { time, timeBasis }: ScanRequest): boolean {
  if (time.from === -Infinity && time.to === Infinity) return false;
  const range = timeBasis === 'message' ? entry.messageTime : entry.receiptTime;
  return range === null || range[1] < time.from || range[0] >= time.to;
}

function fieldsOf({ manifest, tail }: StoreState): readonly string[] {
  const names = [...manifest.fields];
  const known = new Set(names.map((name) => name.toLowerCase()));
  const seen = new Set<readonly string[]>();
  const add = (more: readonly string[]): void => {
    // Most batches share their names.
    if (seen.has(more)) return;
    seen.add(more);
    for (const name of more) {
      if (known.has(name.toLowerCase())) continue;
      known.add(name.toLowerCase());
      names.push(name);
    }
  };
  for (const { batch, late } of tail) {
    add(batch.schema.names);
    if (late !== null) add(late.fields);
  }
  return names;
}
