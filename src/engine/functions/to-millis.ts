import { defineFunction, exampleOf } from '../define.ts';
import { castToWhole, LONG } from './cast-to-whole.ts';

/** `toMillis(x)`. */
export const toMillis = defineFunction({
  name: 'toMillis',
  summary: 'A time as milliseconds since 1970.',
  description:
    'Numbers stay as they are (without fraction), digits become a number. Text that is no number gives null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'long',
  withoutAlias: 'new-field',
  ...castToWhole('toMillis', LONG),
  examples: [exampleOf('toMillis(1704067200000)', '1704067200000')],
});
