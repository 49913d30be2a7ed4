import { defineFunction, exampleOf } from '../define.ts';
import { mapNumberPairs } from '../kernels/map-numbers.ts';

/** `max(a, b)`. */
export const max = defineFunction({
  name: 'max',
  summary: 'The larger of two numbers.',
  description: 'With one field, `max` is the aggregate. Null and text that is no number give null.',
  parameters: [
    { name: 'a', type: 'number' },
    { name: 'b', type: 'number' },
  ],
  returns: 'double',
  evaluate: ([a, b]) => Math.max(a as number, b as number),
  kernel: mapNumberPairs('max', Math.max),
  examples: [exampleOf('max(3, 70)', '70')],
});
