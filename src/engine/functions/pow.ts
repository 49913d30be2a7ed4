import { defineFunction, exampleOf } from '../define.ts';
import { mapNumberPairs } from '../kernels/map-numbers.ts';

/** `pow(x, y)`. */
export const pow = defineFunction({
  name: 'pow',
  summary: 'A number raised to a power.',
  description: 'There is no operator `^`. Null and text that is no number give null.',
  parameters: [
    { name: 'x', type: 'number' },
    { name: 'y', type: 'number' },
  ],
  returns: 'double',
  evaluate: ([x, y]) => (x as number) ** (y as number),
  kernel: mapNumberPairs('pow', Math.pow),
  examples: [exampleOf('pow(2, 8)', '256')],
});
