import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `asin(x)`. */
export const asin = defineFunction({
  name: 'asin',
  summary: 'The angle in radians whose sine is a number.',
  description: 'NaN outside -1 to 1. Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.asin(x as number),
  kernel: mapNumbers('asin', 'double', Math.asin),
  examples: [exampleOf('asin(1)', '1.5707963267948966')],
});
