import { numberOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { castWhole, wholeNumber } from '../kernels/casts.ts';

const LEAST = -(2 ** 63);
const GREATEST = 2 ** 63;

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
  evaluate: ([x], context) => {
    const number = typeof x === 'string' || typeof x === 'number' ? numberOf(x) : null;
    if (number !== null) return wholeNumber(number, LEAST, GREATEST);
    context.rowWarning('toLong got text');
    return null;
  },
  kernel: ([x], _, context) =>
    x === undefined
      ? null
      : castWhole(x, LEAST, GREATEST, (rows) => context.rowWarning('toLong got text', rows)),
  examples: [exampleOf('toLong("1.9")', '1'), exampleOf('toLong(-1.9)', '-1')],
});
