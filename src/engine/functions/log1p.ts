import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `log1p(x)`. */
export const log1p = defineFunction({
  name: 'log1p',
  summary: 'The natural logarithm of 1 plus a number; exact near 0.',
  description: 'NaN below -1. Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.log1p(x as number),
  kernel: mapNumbers('log1p', 'double', Math.log1p),
  examples: [exampleOf('log1p(0.1)', '0.09531017980432487')],
});
