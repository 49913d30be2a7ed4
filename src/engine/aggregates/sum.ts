import { type Bitmap, type Column, newBitmap, setBit } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import { type Accumulator, defineAggregate } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { currentKernels } from '../kernels/wasm/memory.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { type ReadNumbers, readNumbers } from './field-numbers.ts';

/** `sum(field)`. */
export const sum = defineAggregate({
  name: 'sum',
  summary: 'Adds up the numbers of a field.',
  description:
    'Text that holds a number is converted. Nulls and other text are left out; a group without any number gives ' +
    'null. The result is `_sum` unless named with `as`.',
  input: 'number',
  usage: '(<field>)',
  outputs: defaultOutput('_sum'),
  mergeable: true,
  check: checkOneField,
  create: (call, context) => new SumAccumulator(readNumbers(call, context)),
  examples: [
    {
      query: '* | parse "host=* bytes=*" as host, bytes | sum(bytes) as bytes by host | sort by bytes',
      input: 'host=a bytes=10\nhost=b bytes=7\nhost=a bytes=5',
      expect: 'host,bytes\na,15\nb,7',
    },
  ],
});

/** The sum of a group without a number: adding anything to it but another -0 gives something else. */
const NOTHING = -0;

class SumAccumulator implements Accumulator {
  readonly #read: ReadNumbers;
  #sums = new Float64Array(16).fill(NOTHING);

  constructor(read: ReadNumbers) {
    this.#read = read;
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
    this.#sums = grown(this.#sums, groupCount, NOTHING);
    const values = this.#sums.slice(0, groupCount);
    return [numberColumn(values, groupCount, groupsWithNumbers(values))];
  }

  #addAll(
    groupOf: Uint32Array,
    length: number,
    groupCount: number,
    values: Float64Array,
    validity: Bitmap | null,
  ): void {
    this.#sums = grown(this.#sums, groupCount, NOTHING);
    const sums = this.#sums;
    if (sumByKernel(sums, groupOf, length, groupCount, values, validity)) return;
    // Adding 0 turns a -0 of the data into 0, so that it counts as a number.
    if (validity === null) {
      for (let row = 0; row < length; row++) sums[groupOf[row]!]! += values[row]! + 0;
      return;
    }
    for (let from = 0; from < length; from += 8) {
      const bits = validity[from >> 3]!;
      const to = Math.min(from + 8, length);
      if (bits === 0xff) {
        for (let row = from; row < to; row++) sums[groupOf[row]!]! += values[row]! + 0;
      } else {
        for (let row = from; row < to; row++) {
          if (((bits >> (row - from)) & 1) === 1) sums[groupOf[row]!]! += values[row]! + 0;
        }
      }
    }
  }
}

/** The groups that have a sum; null when all have. */
function groupsWithNumbers(sums: Float64Array): Bitmap | null {
  let without = 0;
  for (const sum of sums) if (sum === 0 && Object.is(sum, NOTHING)) without++;
  if (without === 0) return null;
  const validity = newBitmap(sums.length);
  for (let group = 0; group < sums.length; group++) {
    if (!Object.is(sums[group], NOTHING)) setBit(validity, group);
  }
  return validity;
}

/** Copying more sums than this into kernel memory and back costs more than it gains. */
const FEW_GROUPS = 4096;

function sumByKernel(
  sums: Float64Array,
  groupOf: Uint32Array,
  length: number,
  groupCount: number,
  values: Float64Array,
  validity: Bitmap | null,
): boolean {
  const kernels = currentKernels();
  if (kernels === null || groupCount > FEW_GROUPS || length < groupCount) return false;
  if (!kernels.holds(groupOf) || !kernels.holds(values)) return false;
  if (validity !== null && !kernels.holds(validity)) return false;
  const inside = kernels.copyOf(sums.subarray(0, groupCount));
  if (inside === null) return false;
  kernels.exports.sumGroups(
    length,
    groupOf.byteOffset,
    values.byteOffset,
    validity?.byteOffset ?? 0,
    inside.byteOffset,
  );
  sums.set(inside);
  return true;
}
