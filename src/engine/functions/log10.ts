import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `log10(x)`. */
export const log10 = defineFunction({
  name: 'log10',
  summary: 'The logarithm to base 10 of a number.',
  description: 'NaN for a negative number, `-Infinity` for 0. Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.log10(x as number),
  kernel: mapNumbers('log10', 'double', Math.log10),
  examples: [exampleOf('log10(2)', '0.3010299956639812')],
});
