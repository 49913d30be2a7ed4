import { type Bitmap, type Column, isSet, newBitmap, setBit } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { Accumulator } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { numberColumn } from '../kernels/number-column.ts';
import type { ReadNumbers } from './field-numbers.ts';

/** The state of `min` and `max`. NaN wins over any number, as in IEEE arithmetic. */
export class ExtremeAccumulator implements Accumulator {
  readonly #read: ReadNumbers;
  readonly #greatest: boolean;
  /** What every number beats: the value of a group that has none. */
  readonly #worst: number;
  #best: Float64Array;
  #seen = new Uint8Array(16);

  constructor(read: ReadNumbers, which: 'least' | 'greatest') {
    this.#read = read;
    this.#greatest = which === 'greatest';
    this.#worst = this.#greatest ? -Infinity : Infinity;
    this.#best = new Float64Array(16).fill(this.#worst);
  }

  add(groupOf: Uint32Array, length: number, groupCount: number, column: Column | null): void {
    const { values, validity } = this.#read(column);
    this.#addAll(groupOf, length, groupCount, values, validity);
  }

  state(groupCount: number): readonly Column[] {
    return this.finish(groupCount);
  }

  merge(groupOf: Uint32Array, length: number, groupCount: number, state: readonly Column[]): void {
    const { values, validity } = denseNumbersOf(state[0]!);
    this.#addAll(groupOf, length, groupCount, values, validity);
  }

  finish(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    const validity = newBitmap(groupCount);
    for (let group = 0; group < groupCount; group++) if (this.#seen[group] === 1) setBit(validity, group);
    return [numberColumn(this.#best.slice(0, groupCount), groupCount, validity)];
  }

  #addAll(
    groupOf: Uint32Array,
    length: number,
    groupCount: number,
    values: Float64Array,
    validity: Bitmap | null,
  ): void {
    this.#grow(groupCount);
    if (this.#greatest) keepGreatest(this.#best, this.#seen, groupOf, length, values, validity);
    else keepLeast(this.#best, this.#seen, groupOf, length, values, validity);
  }

  #grow(groupCount: number): void {
    this.#best = grown(this.#best, groupCount, this.#worst);
    this.#seen = grown(this.#seen, groupCount);
  }
}

function keepLeast(
  best: Float64Array,
  seen: Uint8Array,
  groupOf: Uint32Array,
  length: number,
  values: Float64Array,
  validity: Bitmap | null,
): void {
  for (let row = 0; row < length; row++) {
    if (validity !== null && !isSet(validity, row)) continue;
    const group = groupOf[row]!;
    best[group] = Math.min(best[group]!, values[row]!);
    seen[group] = 1;
  }
}

function keepGreatest(
  best: Float64Array,
  seen: Uint8Array,
  groupOf: Uint32Array,
  length: number,
  values: Float64Array,
  validity: Bitmap | null,
): void {
  for (let row = 0; row < length; row++) {
    if (validity !== null && !isSet(validity, row)) continue;
    const group = groupOf[row]!;
    best[group] = Math.max(best[group]!, values[row]!);
    seen[group] = 1;
  }
}
