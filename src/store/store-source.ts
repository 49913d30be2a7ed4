import type { Batch } from '../engine/columns/batch.ts';
import type { Scan, ScanRequest, Source, TimeRange } from '../engine/source.ts';
import type { Manifest, SegmentEntry } from './manifest.ts';
import type { TailBatch } from './recover.ts';
import { RowFinder, ScanTotals, scanAny, scanNames, scanNewest } from './scan.ts';
import { rangeOf, type ScanPart, segmentPart, tailPart } from './scan-part.ts';
import type { SegmentPool } from './segment-pool.ts';
import type { SegmentReader } from './segment-reader.ts';

/** The store at one moment. */
export interface StoreState {
  readonly manifest: Manifest;
  readonly tail: readonly TailBatch[];
}

/** The store as something that queries read. Each scan sees the state of the moment in which it began. */
export class StoreSource implements Source {
  readonly description: string;
  readonly #pool: SegmentPool;
  /** The current state; `again` when segments of the last one were gone. */
  readonly #state: (again: boolean) => Promise<StoreState>;

  constructor(description: string, pool: SegmentPool, state: (again: boolean) => Promise<StoreState>) {
    this.description = description;
    this.#pool = pool;
    this.#state = state;
  }

  async scan(request: ScanRequest): Promise<Scan> {
    const { state, readers, skipped } = await this.#open(request);
    const finder = new RowFinder(request);
    const totals = new ScanTotals();
    totals.segments = readers.length + skipped.length;
    totals.segmentsSkipped = skipped.length;
    totals.bytesSkipped = skipped.reduce((bytes, entry) => bytes + entry.bytes, 0);
    const parts: ScanPart[] = [];
    for (const reader of readers) {
      reader.index.blocks.forEach((_, block) => {
        parts.push(segmentPart(reader, block));
      });
    }
    for (const { batch, sequence } of state.tail) parts.push(tailPart(batch, sequence));
    parts.sort((a, b) => a.sequence - b.sequence);
    const names = scanNames(request.fields, fieldsOf(state));
    const newest = request.order === 'newest';
    const pool = this.#pool;
    return {
      applied: { time: true, filter: finder.filters, order: true },
      async *batches(): AsyncIterable<Batch> {
        try {
          const pushable = finder.filters ? request : { ...request, limit: null };
          yield* (newest ? scanNewest : scanAny)(parts, pushable, names, finder, totals);
        } finally {
          for (const reader of readers) await pool.release(reader);
        }
      },
      statistics: () => totals.statistics(),
    };
  }

  /** Opens the segments that the request's time does not rule out. */
  async #open(request: ScanRequest): Promise<{
    state: StoreState;
    readers: readonly SegmentReader[];
    skipped: readonly SegmentEntry[];
  }> {
    for (let attempt = 0; ; attempt++) {
      const state = await this.#state(attempt > 0);
      const skipped = state.manifest.segments.filter((entry) => outside(entry, request));
      const wanted = state.manifest.segments.filter((entry) => !skipped.includes(entry));
      const readers: SegmentReader[] = [];
      try {
        for (const entry of wanted) readers.push(await this.#pool.acquire(entry.file));
        return { state, readers, skipped };
      } catch (error) {
        for (const reader of readers) await this.#pool.release(reader);
        // Compaction in another process may have replaced a segment since the manifest was read.
        const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!gone || attempt >= 5) throw error;
      }
    }
  }

  async fields(): Promise<readonly string[]> {
    return scanNames(null, fieldsOf(await this.#state(false)));
  }

  async timeRange(): Promise<TimeRange | null> {
    const { manifest, tail } = await this.#state(false);
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
}

function outside(entry: SegmentEntry, { time, timeBasis }: ScanRequest): boolean {
  if (time.from === -Infinity && time.to === Infinity) return false;
  const range = timeBasis === 'message' ? entry.messageTime : entry.receiptTime;
  return range === null || range[1] < time.from || range[0] >= time.to;
}

function fieldsOf({ manifest, tail }: StoreState): readonly string[] {
  const names = [...manifest.fields];
  const known = new Set(names.map((name) => name.toLowerCase()));
  for (const { batch } of tail) {
    for (const name of batch.schema.names) {
      if (known.has(name.toLowerCase())) continue;
      known.add(name.toLowerCase());
      names.push(name);
    }
  }
  return names;
}
