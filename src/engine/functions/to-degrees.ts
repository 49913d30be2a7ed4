import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

const of = (angle: number) => (angle * 180) / Math.PI;

/** `toDegrees(x)`. */
export const toDegrees = defineFunction({
  name: 'toDegrees',
  summary: 'An angle in radians as degrees.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => of(x as number),
  kernel: mapNumbers('toDegrees', 'double', of),
  examples: [exampleOf('toDegrees(asin(1))', '90')],
});
