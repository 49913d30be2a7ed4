import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `tanh(x)`. */
export const tanh = defineFunction({
  name: 'tanh',
  summary: 'The hyperbolic tangent of a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.tanh(x as number),
  kernel: mapNumbers('tanh', 'double', Math.tanh),
  examples: [exampleOf('tanh(1)', '0.7615941559557649')],
});
