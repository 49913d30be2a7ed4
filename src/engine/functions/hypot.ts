import { defineFunction, exampleOf } from '../define.ts';
import { mapNumberPairs } from '../kernels/map-numbers.ts';

/** `hypot(a, b)`. */
export const hypot = defineFunction({
  name: 'hypot',
  summary: 'The length of the hypotenuse: the square root of a² + b².',
  description: 'Null and text that is no number give null.',
  parameters: [
    { name: 'a', type: 'number' },
    { name: 'b', type: 'number' },
  ],
  returns: 'double',
  evaluate: ([a, b]) => Math.hypot(a as number, b as number),
  kernel: mapNumberPairs('hypot', Math.hypot),
  examples: [exampleOf('hypot(3, 4)', '5')],
});
