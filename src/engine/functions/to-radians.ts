import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

const of = (angle: number) => (angle / 180) * Math.PI;

/** `toRadians(x)`. */
export const toRadians = defineFunction({
  name: 'toRadians',
  summary: 'An angle in degrees as radians.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => of(x as number),
  kernel: mapNumbers('toRadians', 'double', of),
  examples: [exampleOf('toRadians(180)', '3.141592653589793')],
});
