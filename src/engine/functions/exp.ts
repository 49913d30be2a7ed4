import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `exp(x)`. */
export const exp = defineFunction({
  name: 'exp',
  summary: 'e raised to the power of a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.exp(x as number),
  kernel: mapNumbers('exp', 'double', Math.exp),
  examples: [exampleOf('exp(1)', '2.718281828459045')],
});
