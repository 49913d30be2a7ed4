import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `cbrt(x)`. */
export const cbrt = defineFunction({
  name: 'cbrt',
  summary: 'The cube root of a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.cbrt(x as number),
  kernel: mapNumbers('cbrt', 'double', Math.cbrt),
  examples: [exampleOf('cbrt(8)', '2')],
});
