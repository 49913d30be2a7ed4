import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `cosh(x)`. */
export const cosh = defineFunction({
  name: 'cosh',
  summary: 'The hyperbolic cosine of a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.cosh(x as number),
  kernel: mapNumbers('cosh', 'double', Math.cosh),
  examples: [exampleOf('cosh(1)', '1.5430806348152437')],
});
