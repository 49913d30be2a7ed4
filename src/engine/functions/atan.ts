import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `atan(x)`. */
export const atan = defineFunction({
  name: 'atan',
  summary: 'The angle in radians whose tangent is a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.atan(x as number),
  kernel: mapNumbers('atan', 'double', Math.atan),
  examples: [exampleOf('atan(1)', '0.7853981633974483')],
});
