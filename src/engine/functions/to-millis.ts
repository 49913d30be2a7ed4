import { numberOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { castWhole, wholeNumber } from '../kernels/casts.ts';

const LEAST = -(2 ** 63);
const GREATEST = 2 ** 63;

/** `toMillis(x)`. */
export const toMillis = defineFunction({
  name: 'toMillis',
  summary: 'A time as milliseconds since 1970.',
  description:
    'Numbers stay as they are (without fraction), digits become a number. Text that is no number gives null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'long',
  withoutAlias: 'new-field',
  evaluate: ([x], context) => {
    const number = typeof x === 'string' || typeof x === 'number' ? numberOf(x) : null;
    if (number !== null) return wholeNumber(number, LEAST, GREATEST);
    context.rowWarning('toMillis got text');
    return null;
  },
  kernel: ([x], _, context) =>
    x === undefined
      ? null
      : castWhole(x, LEAST, GREATEST, (rows) => context.rowWarning('toMillis got text', rows)),
  examples: [exampleOf('toMillis(1704067200000)', '1704067200000')],
});
