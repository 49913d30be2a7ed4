import type { Diagnostic } from '../../grammar/diagnostics.ts';
import type { Column } from '../columns/column.ts';
import { type Accumulator, defineAggregate } from '../define.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { DistinctValues } from './distinct-values.ts';

/** `count_distinct(field)`. */
export const countDistinct = defineAggregate({
  name: 'count_distinct',
  summary: 'Counts the different values of a field, exactly.',
  description:
    'Values are compared by their text, letter case matters. Null is no value, an empty text is one. With several ' +
    'fields it counts different combinations; a row with a null in one of them is left out. The count is exact ' +
    'however many values there are. The result is `_count_distinct` unless named with `as`.',
  input: 'any',
  usage: '(<field>[, <field>…])',
  outputs: defaultOutput('_count_distinct'),
  mergeable: true,
  check(call): readonly Diagnostic[] {
    return call.args.every((arg) => arg.kind === 'field') && call.args.length > 1 ? [] : checkOneField(call);
  },
  create: () => new CountDistinctAccumulator(),
  examples: [
    {
      query: '* | parse "code=*" as code | count_distinct(code)',
      input: 'code=301\ncode=503\ncode=301\ncode=204',
      expect: '_count_distinct\n3',
    },
  ],
});

class CountDistinctAccumulator implements Accumulator {
  readonly #distinct = new DistinctValues();

  add(
    groupOf: Uint32Array,
    length: number,
    _groupCount: number,
    column: Column | null,
    more: readonly Column[] = [],
  ): void {
    if (column === null) return;
    if (more.length === 0) this.#distinct.add(groupOf, length, column);
    else this.#distinct.addTuples(groupOf, length, [column, ...more]);
  }

  state(groupCount: number): readonly Column[] {
    return this.#distinct.state(groupCount);
  }

  merge(groupOf: Uint32Array, length: number, _groupCount: number, state: readonly Column[]): void {
    this.#distinct.merge(groupOf, length, state);
  }

  finish(groupCount: number): readonly Column[] {
    return [numberColumn(this.#distinct.counts(groupCount), groupCount, null)];
  }
}
