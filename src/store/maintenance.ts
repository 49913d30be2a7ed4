import { setImmediate } from 'node:timers/promises';
import { ALL_TIME, type ScanRequest, type TimeRange } from '../engine/source.ts';
import type { Scope } from '../grammar/ast.ts';
import type { WrittenSegment } from './bulk-writer.ts';
import type { Manifest, SegmentEntry } from './manifest.ts';
import { RowFinder, scanNames, sharedSchema } from './scan.ts';
import { batchOf, type ScanPart, segmentPart } from './scan-part.ts';
import { SegmentCollector } from './segment-collector.ts';
import { SEGMENT_ROWS } from './segment-index.ts';
import type { SegmentPool } from './segment-pool.ts';

/** What changes of stored segments need of their store; they run one at a time. */
export interface MaintenanceTarget {
  manifest(): Manifest;
  readonly pool: SegmentPool;
  write(collector: SegmentCollector, sequence: number): Promise<WrittenSegment>;
  /** Puts segments in the place of others in one step. */
  replace(gone: readonly SegmentEntry[], written: readonly WrittenSegment[]): Promise<void>;
}

/** Which messages a delete removes. */
export interface Deletion {
  readonly filter: Scope;
  readonly time?: TimeRange;
  readonly timeBasis?: 'message' | 'receipt';
}

/** Segments below this share of a full one are worth joining in the background, this many at a time. */
const SMALL_SHARE = 8;
const ENOUGH_SMALL = 8;
/** Bytes of messages that are joined at most: they may all be in memory at once. */
const JOINED_BYTES = 192 << 20;

/**
 * Runs of segments to join, each run next to each other in order of arrival and together no larger
 * than one segment. `all`: whatever fits; otherwise only runs of many small ones. Rows in
 * `[from, to)` of `unflushed` are in the log: no run spans them.
 */
export function compactionRuns(
  segments: readonly SegmentEntry[],
  all: boolean,
  unflushed: readonly number[],
): SegmentEntry[][] {
  const runs: SegmentEntry[][] = [];
  let run: SegmentEntry[] = [];
  let rows = 0;
  let bytes = 0;
  const close = (): void => {
    if (run.length >= (all ? 2 : ENOUGH_SMALL)) runs.push(run);
    run = [];
    rows = 0;
    bytes = 0;
  };
  for (const entry of segments) {
    const before = run.at(-1);
    const gap =
      before !== undefined &&
      unflushed.some((sequence) => sequence >= before.sequence[1] && sequence < entry.sequence[0]);
    const few = entry.rows * SMALL_SHARE < SEGMENT_ROWS && entry.rawBytes * SMALL_SHARE < JOINED_BYTES;
    const full = rows + entry.rows > SEGMENT_ROWS || bytes + entry.rawBytes > JOINED_BYTES;
    if (gap || !(all || few) || full) close();
    if (!all && !few) continue;
    run.push(entry);
    rows += entry.rows;
    bytes += entry.rawBytes;
  }
  close();
  return runs;
}

/** Joins the segments of a run into one. */
export async function compactRun(target: MaintenanceTarget, run: readonly SegmentEntry[]): Promise<void> {
  const collector = new SegmentCollector(run.reduce((rows, entry) => rows + entry.rows, 0));
  for (const entry of run) await copyRows(target, entry, collector, null);
  const first = run[0]!.sequence[0];
  const written = collector.rows === 0 ? [] : [await target.write(collector, first)];
  await target.replace(run, written);
}

/** Deletes matching messages from one segment; how many there were. */
export async function deleteFrom(
  target: MaintenanceTarget,
  entry: SegmentEntry,
  deletion: Deletion,
): Promise<number> {
  const finder = new RowFinder(requestOf(deletion));
  const collector = new SegmentCollector(entry.rows);
  const deleted = await countMatches(target, entry, finder);
  if (deleted === 0) return 0;
  if (deleted < entry.rows) await copyRows(target, entry, collector, finder);
  const written = collector.rows === 0 ? [] : [await target.write(collector, entry.sequence[0])];
  await target.replace([entry], written);
  return deleted;
}

/** The segments with the oldest messages, until the others take at most `most` bytes. */
export function oldestBeyond(segments: readonly SegmentEntry[], most: number): SegmentEntry[] {
  const oldestFirst = segments.toSorted(
    (a, b) => (a.messageTime?.[1] ?? -Infinity) - (b.messageTime?.[1] ?? -Infinity),
  );
  let bytes = segments.reduce((sum, entry) => sum + entry.bytes, 0);
  const gone: SegmentEntry[] = [];
  for (const entry of oldestFirst) {
    if (bytes <= most) break;
    gone.push(entry);
    bytes -= entry.bytes;
  }
  return gone;
}

function requestOf({ filter, time = ALL_TIME, timeBasis = 'message' }: Deletion): ScanRequest {
  const { signal } = new AbortController();
  return { fields: null, time, timeBasis, filter, order: 'any', limit: null, batchRows: 65536, signal };
}

async function countMatches(
  target: MaintenanceTarget,
  entry: SegmentEntry,
  finder: RowFinder,
): Promise<number> {
  let count = 0;
  await eachPart(target, entry, async (part) => {
    if (finder.excludes(part, { bytesRead: 0 })) return;
    count += finder.find(part, part.open({ bytesRead: 0 }))?.length ?? part.length;
  });
  return count;
}

/** Adds a segment's rows to a collector, without those that `without` finds. */
async function copyRows(
  target: MaintenanceTarget,
  entry: SegmentEntry,
  collector: SegmentCollector,
  without: RowFinder | null,
): Promise<void> {
  const schema = sharedSchema(scanNames(null, target.manifest().fields));
  await eachPart(target, entry, async (part) => {
    const open = part.open({ bytesRead: 0 });
    const unwanted =
      without === null || without.excludes(part, { bytesRead: 0 })
        ? new Uint32Array(0)
        : without.find(part, open);
    if (unwanted === null) return;
    const rows = unwanted.length === 0 ? null : others(unwanted, part.length);
    if (rows?.length !== 0) collector.add(batchOf(open, schema, rows));
  });
}

async function eachPart(
  target: MaintenanceTarget,
  entry: SegmentEntry,
  visit: (part: ScanPart) => Promise<void>,
): Promise<void> {
  const reader = await target.pool.acquire(entry.file);
  try {
    for (let block = 0; block < reader.index.blocks.length; block++) {
      await visit(segmentPart(reader, block));
      await setImmediate();
    }
  } finally {
    await target.pool.release(reader);
  }
}

/** The rows below `length` that are not in `rows` (ascending). */
function others(rows: Uint32Array, length: number): Uint32Array {
  const rest = new Uint32Array(length - rows.length);
  let next = 0;
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (rows[next] === row) next++;
    else rest[count++] = row;
  }
  return rest;
}
