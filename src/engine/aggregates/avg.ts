import { type Bitmap, type Column, isSet, newBitmap, setBit } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import { type Accumulator, defineAggregate } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { doubleColumn, numberColumn } from '../kernels/number-column.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { type ReadNumbers, readNumbers } from './field-numbers.ts';

/** `avg(field)`. */
export const avg = defineAggregate({
  name: 'avg',
  summary: 'The mean of the numbers of a field.',
  description:
    'Text that holds a number is converted. Nulls and other text are left out and do not count; a group without ' +
    'any number gives null. The result is `_avg` unless named with `as`.',
  input: 'number',
  usage: '(<field>)',
  outputs: defaultOutput('_avg'),
  mergeable: true,
  check: checkOneField,
  create: (call, context) => new AvgAccumulator(readNumbers(call, context)),
  examples: [
    {
      query: '* | parse "ms=*" as ms | avg(ms)',
      input: 'ms=30\nms=12\nms=18\nms=none',
      expect: '_avg\n20',
    },
  ],
});

class AvgAccumulator implements Accumulator {
  readonly #read: ReadNumbers;
  #sums = new Float64Array(16);
  #counts = new Float64Array(16);

  constructor(read: ReadNumbers) {
    this.#read = read;
  }

  add(groupOf: Uint32Array, length: number, groupCount: number, column: Column | null): void {
    this.#grow(groupCount);
    const { values, validity } = this.#read(column);
    addSamples(this.#sums, this.#counts, groupOf, length, values, validity);
  }

  state(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    return [
      numberColumn(this.#sums.slice(0, groupCount), groupCount, null),
      numberColumn(this.#counts.slice(0, groupCount), groupCount, null),
    ];
  }

  merge(groupOf: Uint32Array, length: number, groupCount: number, state: readonly Column[]): void {
    this.#grow(groupCount);
    const sums = denseNumbersOf(state[0]!).values;
    const counts = denseNumbersOf(state[1]!).values;
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      this.#sums[group]! += sums[row]!;
      this.#counts[group]! += counts[row]!;
    }
  }

  finish(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    const means = new Float64Array(groupCount);
    const validity = newBitmap(groupCount);
    for (let group = 0; group < groupCount; group++) {
      if (this.#counts[group] === 0) continue;
      means[group] = this.#sums[group]! / this.#counts[group]!;
      setBit(validity, group);
    }
    return [doubleColumn(means, validity)];
  }

  #grow(groupCount: number): void {
    this.#sums = grown(this.#sums, groupCount);
    this.#counts = grown(this.#counts, groupCount);
  }
}

function addSamples(
  sums: Float64Array,
  counts: Float64Array,
  groupOf: Uint32Array,
  length: number,
  values: Float64Array,
  validity: Bitmap | null,
): void {
  if (validity === null) {
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      sums[group]! += values[row]!;
      counts[group]!++;
    }
    return;
  }
  for (let row = 0; row < length; row++) {
    if (!isSet(validity, row)) continue;
    const group = groupOf[row]!;
    sums[group]! += values[row]!;
    counts[group]!++;
  }
}
