import { defineFunction, exampleOf } from '../define.ts';
import { castToWhole, LONG } from './cast-to-whole.ts';

/** `toLong(x)`. */
export const toLong = defineFunction({
  name: 'toLong',
  aliases: ['long'],
  summary: 'A value as a whole number (64 bits).',
  description:
    'The fraction is cut off. Without an alias the field itself becomes the number. Text that is no number gives null; the row stays. Whole numbers are exact up to 2^53.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'long',
  withoutAlias: 'write-back',
  ...castToWhole('toLong', LONG),
  examples: [exampleOf('toLong("1.9")', '1'), exampleOf('toLong(-1.9)', '-1')],
});
