import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `tan(x)`. */
export const tan = defineFunction({
  name: 'tan',
  summary: 'The tangent of an angle in radians.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.tan(x as number),
  kernel: mapNumbers('tan', 'double', Math.tan),
  examples: [exampleOf('tan(1)', '1.5574077246549023')],
});
