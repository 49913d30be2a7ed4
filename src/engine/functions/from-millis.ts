import { defineFunction, exampleOf } from '../define.ts';
import { castToWhole, LONG } from './cast-to-whole.ts';

/** `fromMillis(x)`. */
export const fromMillis = defineFunction({
  name: 'fromMillis',
  summary: 'A time in milliseconds since 1970, as `formatDate` takes it.',
  description:
    'Numbers stay as they are (without fraction), digits become a number. Text that is no number gives null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'long',
  withoutAlias: 'new-field',
  ...castToWhole('fromMillis', LONG),
  examples: [exampleOf('fromMillis("1704067200000")', '1704067200000')],
});
