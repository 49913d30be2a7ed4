import type { Batch } from '../../engine/columns/batch.ts';
import { columnNamed } from '../../engine/columns/batch.ts';
import { valueAt } from '../../engine/columns/column.ts';
import type { TimeRange } from '../../engine/source.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../engine/time/civil.ts';
import type { HistogramBucket } from '../api.ts';

/** Widths that people read well, as `timeslice` writes them. */
const WIDTHS: readonly (readonly [milliseconds: number, text: string])[] = [
  [SECOND, '1s'],
  [5 * SECOND, '5s'],
  [15 * SECOND, '15s'],
  [MINUTE, '1m'],
  [5 * MINUTE, '5m'],
  [15 * MINUTE, '15m'],
  [HOUR, '1h'],
  [6 * HOUR, '6h'],
  [DAY, '1d'],
  [7 * DAY, '7d'],
];
const MOST_BUCKETS = 120;

/** How wide the buckets of a histogram over this range are. */
export function bucketWidth({ from, to }: TimeRange): {
  readonly milliseconds: number;
  readonly text: string;
} {
  const [milliseconds, text] =
    WIDTHS.find(([width]) => (to - from) / width <= MOST_BUCKETS) ?? WIDTHS[WIDTHS.length - 1]!;
  return { milliseconds, text };
}

/** The buckets in a result of `count by _timeslice`, oldest first. */
export function bucketsOf(batch: Batch, length: number): readonly HistogramBucket[] {
  const start = columnNamed(batch, '_timeslice');
  const count = columnNamed(batch, '_count');
  return Array.from({ length: batch.length }, (_, row) => ({
    length,
    count: Number(valueAt(count, row)),
    startTimestamp: Number(valueAt(start, row)),
  })).toSorted((one, other) => one.startTimestamp - other.startTimestamp);
}
