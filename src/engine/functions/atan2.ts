import { defineFunction, exampleOf } from '../define.ts';
import { mapNumberPairs } from '../kernels/map-numbers.ts';

/** `atan2(y, x)`. */
export const atan2 = defineFunction({
  name: 'atan2',
  summary: 'The angle in radians of the point (x, y), in all four quadrants.',
  description: 'Null and text that is no number give null.',
  parameters: [
    { name: 'y', type: 'number' },
    { name: 'x', type: 'number' },
  ],
  returns: 'double',
  evaluate: ([y, x]) => Math.atan2(y as number, x as number),
  kernel: mapNumberPairs('atan2', Math.atan2),
  examples: [exampleOf('atan2(0, -1)', '3.141592653589793')],
});
