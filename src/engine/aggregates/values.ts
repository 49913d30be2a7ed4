import { type Column, textColumn } from '../columns/column.ts';
import { type Accumulator, defineAggregate } from '../define.ts';
import { compareText } from '../kernels/bytes.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { DistinctValues } from './distinct-values.ts';

/** So many values of a group are shown. */
const MOST = 100;

/** `values(field)`. */
export const values = defineAggregate({
  name: 'values',
  summary: 'The different values of a field, sorted and joined by line ends.',
  description:
    'Values are sorted by code point as text: digits before letters, upper case before lower case, `10` before ' +
    `\`9\`. Null is left out, an empty text is kept. Only the first ${MOST} values in that order are shown. A group ` +
    'without any value gives null. The result is `_values` unless named with `as`.',
  input: 'any',
  usage: '(<field>)',
  outputs: defaultOutput('_values'),
  mergeable: true,
  check: checkOneField,
  create: () => new ValuesAccumulator(),
  examples: [
    {
      query: '* | parse "code=*" as code | values(code)',
      input: 'code=503\ncode=301\ncode=301\ncode=204',
      expect: '_values\n"204\n301\n503"',
    },
  ],
});

class ValuesAccumulator implements Accumulator {
  readonly #distinct = new DistinctValues();

  add(groupOf: Uint32Array, length: number, _groupCount: number, column: Column | null): void {
    if (column !== null) this.#distinct.add(groupOf, length, column);
  }

  state(groupCount: number): readonly Column[] {
    return this.#distinct.state(groupCount);
  }

  merge(groupOf: Uint32Array, length: number, _groupCount: number, state: readonly Column[]): void {
    this.#distinct.merge(groupOf, length, state);
  }

  finish(groupCount: number): readonly Column[] {
    const joined = this.#distinct
      .texts(groupCount)
      .map((texts) => (texts.length === 0 ? null : texts.sort(compareText).slice(0, MOST).join('\n')));
    return [textColumn(joined)];
  }
}
