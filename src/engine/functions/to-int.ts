import { defineFunction, exampleOf } from '../define.ts';
import { castToWhole, INT } from './cast-to-whole.ts';

/** `toInt(x)`. */
export const toInt = defineFunction({
  name: 'toInt',
  aliases: ['int'],
  summary: 'A value as a whole number of 32 bits.',
  description:
    'The fraction is cut off. Without an alias the field itself becomes the number. Text that is no number gives null; the row stays. A number that does not fit in 32 bits gives null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'long',
  withoutAlias: 'write-back',
  ...castToWhole('toInt', INT),
  examples: [exampleOf('toInt("42")', '42'), exampleOf('toInt(2147483647)', '2147483647')],
});
