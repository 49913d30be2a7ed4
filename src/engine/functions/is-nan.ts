import { numberFromText } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';

/** `isNaN(x)`. */
export const isNaNFunction = defineFunction({
  name: 'isNaN',
  summary: 'True when a value is not a number.',
  description:
    'Text that is no number and the number NaN give true. Null, empty and blank text give null, so `where !isNaN(x)` drops those rows.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'boolean',
  evaluate: ([x]) => {
    if (typeof x === 'number') return Number.isNaN(x);
    if (typeof x !== 'string') return true;
    if (x.trim() === '') return null;
    const number = numberFromText(x);
    return number === null || Number.isNaN(number);
  },
  examples: [exampleOf('isNaN("abc")', 'true'), exampleOf('isNaN("7")', 'false')],
});
