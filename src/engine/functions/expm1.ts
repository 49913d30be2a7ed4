import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `expm1(x)`. */
export const expm1 = defineFunction({
  name: 'expm1',
  summary: 'e raised to the power of a number, minus 1; exact near 0.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.expm1(x as number),
  kernel: mapNumbers('expm1', 'double', Math.expm1),
  examples: [exampleOf('expm1(0.1)', '0.10517091807564763')],
});
