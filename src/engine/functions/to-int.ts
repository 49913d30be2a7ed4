import { numberOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { castWhole, wholeNumber } from '../kernels/casts.ts';

const LEAST = -(2 ** 31);
const GREATEST = 2 ** 31 - 1;

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
  evaluate: ([x], context) => {
    const number = typeof x === 'string' || typeof x === 'number' ? numberOf(x) : null;
    if (number !== null) return wholeNumber(number, LEAST, GREATEST);
    context.rowWarning('toInt got text');
    return null;
  },
  kernel: ([x], _, context) =>
    x === undefined
      ? null
      : castWhole(x, LEAST, GREATEST, (rows) => context.rowWarning('toInt got text', rows)),
  examples: [exampleOf('toInt("42")', '42'), exampleOf('toInt(2147483647)', '2147483647')],
});
