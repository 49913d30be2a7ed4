import { numberOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { castWhole, wholeNumber } from '../kernels/casts.ts';

const LEAST = -(2 ** 63);
const GREATEST = 2 ** 63;

/** `fromMillis(x)`. */
export const fromMillis = defineFunction({
  name: 'fromMillis',
  summary: 'A time in milliseconds since 1970, as `formatDate` takes it.',
  description:
    'Numbers stay as they are (without fraction), digits become a number. Text that is no number gives null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'long',
  withoutAlias: 'new-field',
  evaluate: ([x], context) => {
    const number = typeof x === 'string' || typeof x === 'number' ? numberOf(x) : null;
    if (number !== null) return wholeNumber(number, LEAST, GREATEST);
    context.rowWarning('fromMillis got text');
    return null;
  },
  kernel: ([x], _, context) =>
    x === undefined
      ? null
      : castWhole(x, LEAST, GREATEST, (rows) => context.rowWarning('fromMillis got text', rows)),
  examples: [exampleOf('fromMillis("1704067200000")', '1704067200000')],
});
