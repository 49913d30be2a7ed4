import { type Column, flatten, isNullAt, isSet } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import { type Accumulator, defineAggregate } from '../define.ts';
import { countByKernel } from '../kernels/count-codes.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { checkField, defaultOutput } from './arguments.ts';

/** Groups up to this many are counted in tables of their own, which are added up after each batch. */
const FEW_GROUPS = 4096;

/** `count`, `count(*)`, `count(field)`. */
export const count = defineAggregate({
  name: 'count',
  summary: 'Counts the rows of each group; with a field, the rows where it is not null.',
  description:
    '`count` and `count(*)` count rows. `count(field)` counts the rows in which the field has a value; an empty ' +
    'text counts as one. `count host` is short for `count by host`. The result is `_count` unless named with `as`.',
  input: 'none-or-any',
  usage: '[(<field>|*)]',
  outputs: defaultOutput('_count'),
  mergeable: true,
  check: checkField,
  create: () => new CountAccumulator(),
  examples: [
    {
      query: '* | parse "host=*" as host | count by host | sort by _count',
      input: 'host=a\nhost=b\nhost=a',
      expect: 'host,_count\na,2\nb,1',
    },
  ],
});

class CountAccumulator implements Accumulator {
  #counts = new Float64Array(16);

  add(groupOf: Uint32Array, length: number, groupCount: number, column: Column | null): void {
    this.#counts = grown(this.#counts, groupCount);
    if (column === null) countRows(this.#counts, groupOf, length, groupCount);
    else countValues(this.#counts, groupOf, length, groupCount, column);
  }

  addRows(rows: Float64Array): void {
    this.#counts = grown(this.#counts, rows.length);
    for (let group = 0; group < rows.length; group++) this.#counts[group]! += rows[group]!;
  }

  state(groupCount: number): readonly Column[] {
    return this.finish(groupCount);
  }

  merge(groupOf: Uint32Array, length: number, groupCount: number, state: readonly Column[]): void {
    this.#counts = grown(this.#counts, groupCount);
    const column = flatten(state[0]!);
    if (column.kind !== 'number') return;
    for (let row = 0; row < length; row++) this.#counts[groupOf[row]!]! += column.values[row]!;
  }

  finish(groupCount: number): readonly Column[] {
    this.#counts = grown(this.#counts, groupCount);
    return [numberColumn(this.#counts.slice(0, groupCount), groupCount, null)];
  }
}

function countRows(counts: Float64Array, groupOf: Uint32Array, length: number, groupCount: number): void {
  if (groupCount === 1) {
    counts[0]! += length;
    return;
  }
  if (groupCount <= FEW_GROUPS && length >= groupCount && countByKernel(groupOf, length, counts, groupCount))
    return;
  for (let row = 0; row < length; row++) counts[groupOf[row]!]!++;
}

function countValues(
  counts: Float64Array,
  groupOf: Uint32Array,
  length: number,
  groupCount: number,
  column: Column,
): void {
  const flat = flatten(column);
  switch (flat.kind) {
    case 'constant':
      if (flat.value !== null) for (let row = 0; row < length; row++) counts[groupOf[row]!]!++;
      return;
    case 'dictionary': {
      const { codes } = flat;
      for (let row = 0; row < length; row++) if (codes[row] !== 0) counts[groupOf[row]!]!++;
      return;
    }
    case 'text':
    case 'number':
    case 'digits': {
      const { validity } = flat;
      if (validity === null) countRows(counts, groupOf, length, groupCount);
      else for (let row = 0; row < length; row++) if (isSet(validity, row)) counts[groupOf[row]!]!++;
      return;
    }
    case 'boolean':
    case 'values':
      for (let row = 0; row < length; row++) if (!isNullAt(flat, row)) counts[groupOf[row]!]!++;
  }
}
