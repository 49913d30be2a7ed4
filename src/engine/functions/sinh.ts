import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `sinh(x)`. */
export const sinh = defineFunction({
  name: 'sinh',
  summary: 'The hyperbolic sine of a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.sinh(x as number),
  kernel: mapNumbers('sinh', 'double', Math.sinh),
  examples: [exampleOf('sinh(1)', '1.1752011936438014')],
});
