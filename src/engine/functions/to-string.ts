import { flatten } from '../columns/column.ts';
import { textOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';

/** `toString(x)`. */
export const toStringFunction = defineFunction({
  name: 'toString',
  summary: 'A value as text.',
  description:
    'Whole numbers print without fraction and exponent. Without an alias the field itself becomes text. Null stays null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([x]) => textOf(x as string | number | boolean),
  kernel: ([x]) => {
    if (x === undefined) return null;
    const flat = flatten(x);
    return flat.kind === 'text' || flat.kind === 'dictionary' || flat.kind === 'digits' ? flat : null;
  },
  examples: [exampleOf('toString(120000000000)', '120000000000')],
});
