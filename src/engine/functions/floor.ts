import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `floor(x)`. */
export const floor = defineFunction({
  name: 'floor',
  summary: 'The largest whole number that is not greater than the number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'long',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.floor(x as number),
  kernel: mapNumbers('floor', 'long', Math.floor),
  examples: [exampleOf('floor(-1.5)', '-2'), exampleOf('floor(1.8)', '1')],
});
