import { defineFunction, exampleOf } from '../define.ts';
import { mapNumberPairs } from '../kernels/map-numbers.ts';

/** `min(a, b)`. */
export const min = defineFunction({
  name: 'min',
  summary: 'The smaller of two numbers.',
  description: 'With one field, `min` is the aggregate. Null and text that is no number give null.',
  parameters: [
    { name: 'a', type: 'number' },
    { name: 'b', type: 'number' },
  ],
  returns: 'double',
  evaluate: ([a, b]) => Math.min(a as number, b as number),
  kernel: mapNumberPairs('min', Math.min),
  examples: [exampleOf('min(3, 70)', '3')],
});
