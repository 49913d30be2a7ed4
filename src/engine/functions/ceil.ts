import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `ceil(x)`. */
export const ceil = defineFunction({
  name: 'ceil',
  summary: 'The smallest whole number that is not less than the number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'long',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.ceil(x as number),
  kernel: mapNumbers('ceil', 'long', Math.ceil),
  examples: [exampleOf('ceil(-1.5)', '-1'), exampleOf('ceil(1.2)', '2')],
});
