import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `log(x)`. */
export const log = defineFunction({
  name: 'log',
  summary: 'The natural logarithm of a number.',
  description: 'NaN for a negative number, `-Infinity` for 0. Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.log(x as number),
  kernel: mapNumbers('log', 'double', Math.log),
  examples: [exampleOf('log(2)', '0.6931471805599453'), exampleOf('log(0)', '-Infinity')],
});
