import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `cos(x)`. */
export const cos = defineFunction({
  name: 'cos',
  summary: 'The cosine of an angle in radians.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.cos(x as number),
  kernel: mapNumbers('cos', 'double', Math.cos),
  examples: [exampleOf('cos(1)', '0.5403023058681398')],
});
