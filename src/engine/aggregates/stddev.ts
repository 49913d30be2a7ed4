import { type Column, isSet, newBitmap, setBit } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import { type Accumulator, defineAggregate } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { doubleColumn, numberColumn } from '../kernels/number-column.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { type ReadNumbers, readNumbers } from './field-numbers.ts';

/** `stddev(field)`. */
export const stddev = defineAggregate({
  name: 'stddev',
  summary: 'The sample standard deviation of the numbers of a field.',
  description:
    'The sum of squared differences from the mean is divided by the number of values less one. A single value ' +
    'gives 0, a group without any number null. Text that holds a number is converted; nulls and other text are ' +
    'left out. The result is `_stddev` unless named with `as`.',
  input: 'number',
  usage: '(<field>)',
  outputs: defaultOutput('_stddev'),
  mergeable: true,
  check: checkOneField,
  create: (call, context) => new StddevAccumulator(readNumbers(call, context)),
  examples: [
    {
      query: '* | parse "v=*" as v | stddev(v)',
      input: 'v=1\nv=3\nv=5',
      expect: '_stddev\n2',
    },
  ],
});

/**
 * Count, mean and sum of squared differences per group: Welford's update, Chan's merge. Means are kept
 * as distances from the group's first value, so that large numbers that differ little lose nothing.
 */
class StddevAccumulator implements Accumulator {
  readonly #read: ReadNumbers;
  #counts = new Float64Array(16);
  #firsts = new Float64Array(16);
  #means = new Float64Array(16);
  #squares = new Float64Array(16);

  constructor(read: ReadNumbers) {
    this.#read = read;
  }

  add(groupOf: Uint32Array, length: number, groupCount: number, column: Column | null): void {
    this.#grow(groupCount);
    const { values, validity } = this.#read(column);
    for (let row = 0; row < length; row++) {
      if (validity !== null && !isSet(validity, row)) continue;
      const group = groupOf[row]!;
      const count = ++this.#counts[group]!;
      if (count === 1) this.#firsts[group] = values[row]!;
      const value = values[row]! - this.#firsts[group]!;
      const before = value - this.#means[group]!;
      this.#means[group]! += before / count;
      this.#squares[group]! += before * (value - this.#means[group]!);
    }
  }

  state(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    return [this.#counts, this.#firsts, this.#means, this.#squares].map((values) =>
      numberColumn(values.slice(0, groupCount), groupCount, null),
    );
  }

  merge(groupOf: Uint32Array, length: number, groupCount: number, state: readonly Column[]): void {
    this.#grow(groupCount);
    const [counts, firsts, means, squares] = state.map((column) => denseNumbersOf(column).values);
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      const added = counts![row]!;
      if (added === 0) continue;
      const had = this.#counts[group]!;
      const total = had + added;
      if (had === 0) this.#firsts[group] = firsts![row]!;
      const apart = firsts![row]! - this.#firsts[group]! + (means![row]! - this.#means[group]!);
      this.#counts[group] = total;
      this.#means[group]! += (apart * added) / total;
      this.#squares[group]! += squares![row]! + (apart * apart * had * added) / total;
    }
  }

  finish(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    const values = new Float64Array(groupCount);
    const validity = newBitmap(groupCount);
    for (let group = 0; group < groupCount; group++) {
      const count = this.#counts[group]!;
      if (count === 0) continue;
      setBit(validity, group);
      if (count > 1) values[group] = Math.sqrt(this.#squares[group]! / (count - 1));
    }
    return [doubleColumn(values, validity)];
  }

  #grow(groupCount: number): void {
    this.#counts = grown(this.#counts, groupCount);
    this.#firsts = grown(this.#firsts, groupCount);
    this.#means = grown(this.#means, groupCount);
    this.#squares = grown(this.#squares, groupCount);
  }
}
