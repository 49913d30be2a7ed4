import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `abs(x)`. */
export const abs = defineFunction({
  name: 'abs',
  summary: 'The absolute value of a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.abs(x as number),
  kernel: mapNumbers('abs', 'double', Math.abs),
  examples: [exampleOf('abs(-1.5)', '1.5')],
});
