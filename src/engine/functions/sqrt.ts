import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `sqrt(x)`. */
export const sqrt = defineFunction({
  name: 'sqrt',
  summary: 'The square root of a number.',
  description: 'NaN for a negative number. Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.sqrt(x as number),
  kernel: mapNumbers('sqrt', 'double', Math.sqrt),
  examples: [exampleOf('sqrt(9)', '3'), exampleOf('sqrt(-1)', 'NaN')],
});
