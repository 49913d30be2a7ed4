import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

/** `sin(x)`. */
export const sin = defineFunction({
  name: 'sin',
  summary: 'The sine of an angle in radians.',
  description: 'Null and text that is no number give null.',
  parameters: [{ name: 'x', type: 'number' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x]) => Math.sin(x as number),
  kernel: mapNumbers('sin', 'double', Math.sin),
  examples: [exampleOf('sin(1)', '0.8414709848078965')],
});
