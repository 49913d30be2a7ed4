import { constantColumn, isNullAt } from '../columns/column.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { truth } from '../kernels/test-text.ts';

/** `isNull(x)`. */
export const isNull = defineFunction({
  name: 'isNull',
  summary: 'True when a field has no value.',
  description:
    'Nulls come from a parse with `nodrop` that did not match, from lookups without a match and from holes in `transpose`. Empty text is not null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([x]) => x === null,
  kernel: ([x], length) => {
    if (x === undefined) return null;
    if (x.kind === 'constant') return constantColumn(x.value === null, length);
    const values = new Uint8Array(length);
    for (let row = 0; row < length; row++) values[row] = truth(isNullAt(x, row));
    return { kind: 'boolean', length, values };
  },
  examples: [exampleOf('isNull(missing)', 'true'), exampleOf('isNull("")', 'false')],
});
