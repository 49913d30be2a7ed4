import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `signum(x)`. */
export const signum = defineFunction({
  name: 'signum',
  summary: '-1, 0 or 1: the sign of a number.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.sign(x as number),
  kernel: mapNumbers('signum', 'double', Math.sign),
  examples: [exampleOf('signum(-7)', '-1')],
});
