import { type Column, flatten, isSet, type TextColumn, textColumn } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { DenseNumbers } from '../kernels/dense-numbers.ts';

/** Beyond this many samples in memory groups are compressed. */
const MOST_SAMPLES = 1 << 23;
/** A compressed group keeps about this many weighted samples: the t-digest's compression. */
const COMPRESSION = 2000;

/**
 * The numbers of every group, to take percentiles from. Exact until there are eight million samples;
 * then each group becomes a t-digest (Dunning's merging form, scale function k1) of weighted samples.
 */
export class PctSamples {
  readonly #limit: number;
  #groups = new Uint32Array(256);
  #values = new Float64Array(256);
  /** How many values each sample stands for; null while all stand for one. */
  #weights: Float64Array | null = null;
  #count = 0;
  /** Compress when this many are reached. */
  #bound: number;

  constructor(limit = MOST_SAMPLES) {
    this.#limit = limit;
    this.#bound = limit;
  }

  add(groupOf: Uint32Array, length: number, { values, validity }: DenseNumbers): void {
    this.#reserve(length);
    for (let row = 0; row < length; row++) {
      if (validity !== null && !isSet(validity, row)) continue;
      this.#groups[this.#count] = groupOf[row]!;
      this.#values[this.#count] = values[row]!;
      if (this.#weights !== null) this.#weights[this.#count] = 1;
      this.#count++;
    }
  }

  /** The percentiles of each group, null for a group without samples: one array per percentile. */
  percentiles(groupCount: number, percents: readonly number[]): (number | null)[][] {
    const sorted = this.#sorted(groupCount);
    return percents.map((percent) => {
      const results: (number | null)[] = [];
      for (let group = 0; group < groupCount; group++) {
        results.push(percentile(sorted, sorted.from[group]!, sorted.from[group + 1]!, percent));
      }
      return results;
    });
  }

  /** The samples of each group as one text: base64 of little-endian doubles, value and weight in turn. */
  state(groupCount: number): readonly Column[] {
    const { from, values, weights } = this.#sorted(groupCount);
    const texts: string[] = [];
    for (let group = 0; group < groupCount; group++) {
      const start = from[group]!;
      const pairs = new Float64Array((from[group + 1]! - start) * 2);
      for (let at = 0; at < pairs.length / 2; at++) {
        pairs[2 * at] = values[start + at]!;
        pairs[2 * at + 1] = weights?.[start + at] ?? 1;
      }
      texts.push(Buffer.from(pairs.buffer).toString('base64'));
    }
    return [textColumn(texts)];
  }

  /** Adds the samples that `state` of another one made. */
  merge(groupOf: Uint32Array, length: number, state: readonly Column[]): void {
    const { data, starts, ends } = flatten(state[0]!) as TextColumn;
    for (let row = 0; row < length; row++) {
      const bytes = Buffer.from(
        Buffer.from(data.buffer, data.byteOffset + starts[row]!, ends[row]! - starts[row]!).toString(
          'latin1',
        ),
        'base64',
      );
      const pairs = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      this.#reserve(pairs.length / 2);
      for (let at = 0; at < pairs.length; at += 2) {
        const weight = pairs[at + 1]!;
        if (weight !== 1 && this.#weights === null)
          this.#weights = new Float64Array(this.#values.length).fill(1);
        this.#groups[this.#count] = groupOf[row]!;
        this.#values[this.#count] = pairs[at]!;
        if (this.#weights !== null) this.#weights[this.#count] = weight;
        this.#count++;
      }
    }
  }

  #reserve(more: number): void {
    if (this.#count + more > this.#bound) this.#compress();
    this.#groups = grown(this.#groups, this.#count + more);
    this.#values = grown(this.#values, this.#count + more);
    if (this.#weights !== null) this.#weights = grown(this.#weights, this.#values.length);
  }

  #compress(): void {
    let groupCount = 0;
    for (let at = 0; at < this.#count; at++) groupCount = Math.max(groupCount, this.#groups[at]! + 1);
    const { from, values, weights } = this.#sorted(groupCount);
    const kept = new Float64Array(values.length);
    this.#count = 0;
    for (let group = 0; group < groupCount; group++) {
      for (const [value, weight] of digest(values, weights, from[group]!, from[group + 1]!)) {
        this.#groups[this.#count] = group;
        this.#values[this.#count] = value;
        kept[this.#count] = weight;
        this.#count++;
      }
    }
    this.#weights = grown(kept, this.#values.length);
    // With very many groups little can be saved; compressing again soon would only cost time.
    this.#bound = Math.max(this.#limit, this.#count * 2);
  }

  /** The samples in order of group, then value. */
  #sorted(groupCount: number): SortedSamples {
    const from = new Uint32Array(groupCount + 1);
    for (let at = 0; at < this.#count; at++) from[this.#groups[at]! + 1]!++;
    for (let group = 0; group < groupCount; group++) from[group + 1]! += from[group]!;
    const next = from.slice();
    const values = new Float64Array(this.#count);
    const order = this.#weights === null ? null : new Uint32Array(this.#count);
    for (let at = 0; at < this.#count; at++) {
      const to = next[this.#groups[at]!]!++;
      values[to] = this.#values[at]!;
      if (order !== null) order[to] = at;
    }
    if (order === null) {
      for (let group = 0; group < groupCount; group++) values.subarray(from[group]!, from[group + 1]!).sort();
      return { from, values, weights: null };
    }
    for (let group = 0; group < groupCount; group++) {
      order.subarray(from[group]!, from[group + 1]!).sort((a, b) => this.#values[a]! - this.#values[b]!);
    }
    return {
      from,
      values: Float64Array.from(order, (at) => this.#values[at]!),
      weights: Float64Array.from(order, (at) => this.#weights![at]!),
    };
  }
}

interface SortedSamples {
  /** Group `g` has the samples `[from[g], from[g + 1])`. */
  readonly from: Uint32Array;
  readonly values: Float64Array;
  readonly weights: Float64Array | null;
}

/** Linear interpolation at rank `percent / 100 * (n - 1)`. */
function percentile(
  { values, weights }: SortedSamples,
  start: number,
  end: number,
  percent: number,
): number | null {
  if (start === end) return null;
  if (weights === null) {
    const rank = (percent / 100) * (end - start - 1);
    const low = Math.floor(rank);
    return between(values[start + low]!, values[start + Math.ceil(rank)]!, rank - low);
  }
  let total = 0;
  for (let at = start; at < end; at++) total += weights[at]!;
  const rank = (percent / 100) * (total - 1);
  // A sample of weight w stands for w values around the middle of its ranks.
  let before = 0;
  let lastMiddle = 0;
  for (let at = start; at < end; at++) {
    const middle = before + (weights[at]! - 1) / 2;
    if (rank <= middle) {
      if (at === start || middle === lastMiddle) return values[at]!;
      return between(values[at - 1]!, values[at]!, (rank - lastMiddle) / (middle - lastMiddle));
    }
    lastMiddle = middle;
    before += weights[at]!;
  }
  return values[end - 1]!;
}

function between(low: number, high: number, share: number): number {
  return share === 0 || low === high ? low : low + (high - low) * share;
}

/** Merges sorted samples into about `COMPRESSION` weighted ones, fine at both ends. Few samples stay as they are. */
function digest(
  values: Float64Array,
  weights: Float64Array | null,
  start: number,
  end: number,
): readonly (readonly [value: number, weight: number])[] {
  const merged: [number, number][] = [];
  let total = 0;
  for (let at = start; at < end; at++) total += weights?.[at] ?? 1;
  const few = end - start <= COMPRESSION;
  let done = 0;
  let limit = 0;
  for (let at = start; at < end; at++) {
    const weight = weights?.[at] ?? 1;
    const last = merged.at(-1);
    if (
      few ||
      last === undefined ||
      (done + weight) / total > limit ||
      !Number.isFinite(values[at]! + last[0])
    ) {
      limit = shareLimit(done / total);
      merged.push([values[at]!, weight]);
    } else {
      last[1] += weight;
      last[0] += ((values[at]! - last[0]) * weight) / last[1];
    }
    done += weight;
  }
  return merged;
}

/** Up to which share of all values a sample that starts at `share` may reach: one step of k1. */
function shareLimit(share: number): number {
  const step = (COMPRESSION * Math.asin(2 * share - 1)) / (2 * Math.PI) + 1;
  return step >= COMPRESSION / 4 ? 1 : (Math.sin((2 * Math.PI * step) / COMPRESSION) + 1) / 2;
}
