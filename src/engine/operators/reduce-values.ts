import { roundTo } from '../kernels/decimal.ts';
import { textId } from '../kernels/murmur3.ts';

/** A cluster of rows with similar values. */
export interface ValueCluster {
  readonly id: string;
  /** `key=value count (share%)` in the order of the keys, most frequent values first. */
  readonly signature: string;
  readonly count: number;
}

/** Rows by cluster. */
export interface ValueClustering {
  readonly clusters: readonly ValueCluster[];
  readonly ofRow: Int32Array;
}

const LEAST_SUPPORT = 0.01;
const JOINS_FROM = 0.5;
const LEAST_SHARE = 0.05;

/** A growing cluster: how often each value of each key occurs in it. */
interface Histogram {
  count: number;
  readonly values: readonly Map<string, number>[];
}

/**
 * Groups rows by the values of some keys, in the given order of rows. A row joins the cluster in which
 * its values have the highest mean share if that is at least a half. Values in less than 1 % of rows
 * count as absent, as null does.
 */
export function clusterValues(
  keys: readonly string[],
  columns: readonly (readonly (string | null)[])[],
  order: Iterable<number>,
): ValueClustering {
  const frequent = columns.map((column) => frequentValues(column));
  const histograms: Histogram[] = [];
  const ofRow = new Int32Array(columns[0]?.length ?? 0).fill(-1);
  for (const row of order) {
    const values = columns.map((column, key) => {
      const value = column[row] ?? null;
      return value !== null && frequent[key]?.has(value) ? value : null;
    });
    const cluster = placeRow(values, histograms);
    addRow(histograms[cluster] as Histogram, values);
    ofRow[row] = cluster;
  }
  const clusters = histograms.map((histogram) => {
    const signature = signatureOf(keys, histogram);
    return { id: textId(signature), signature, count: histogram.count };
  });
  return { clusters, ofRow };
}

function frequentValues(column: readonly (string | null)[]): Set<string> {
  const counts = new Map<string, number>();
  for (const value of column) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const least = column.length * LEAST_SUPPORT;
  return new Set([...counts].filter(([, count]) => count >= least).map(([value]) => value));
}

function placeRow(values: readonly (string | null)[], histograms: Histogram[]): number {
  let best = -1;
  let bestShare = 0;
  histograms.forEach((histogram, at) => {
    const share = meanShare(values, histogram);
    if (share > bestShare) {
      best = at;
      bestShare = share;
    }
  });
  if (best >= 0 && bestShare >= JOINS_FROM) return best;
  return histograms.push({ count: 0, values: values.map(() => new Map()) }) - 1;
}

/** Over the keys that the row has; a row without any fits the cluster of such rows. */
function meanShare(values: readonly (string | null)[], { count, values: known }: Histogram): number {
  let sum = 0;
  let present = 0;
  values.forEach((value, key) => {
    if (value === null) return;
    present++;
    sum += (known[key]?.get(value) ?? 0) / count;
  });
  if (present > 0) return sum / present;
  return known.every((each) => each.size === 0) ? 1 : 0;
}

function addRow(histogram: Histogram, values: readonly (string | null)[]): void {
  histogram.count++;
  values.forEach((value, key) => {
    const known = histogram.values[key];
    if (value !== null) known?.set(value, (known.get(value) ?? 0) + 1);
  });
}

function signatureOf(keys: readonly string[], { count, values }: Histogram): string {
  return values
    .flatMap((known, key) =>
      [...known]
        .filter(([, times]) => times / count >= LEAST_SHARE)
        .toSorted((a, b) => b[1] - a[1])
        .map(([value, times]) => `${keys[key]}=${value} ${times} (${roundTo((times / count) * 100, 1)}%)`),
    )
    .join(', ');
}
