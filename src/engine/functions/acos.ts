import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `acos(x)`. */
export const acos = defineFunction({
  name: 'acos',
  summary: 'The angle in radians whose cosine is a number.',
  description: 'NaN outside -1 to 1. Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.acos(x as number),
  kernel: mapNumbers('acos', 'double', Math.acos),
  examples: [exampleOf('acos(1)', '0'), exampleOf('acos(2)', 'NaN')],
});
