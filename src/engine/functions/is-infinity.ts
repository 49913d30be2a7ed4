import { numberOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';

/** `isInfinity(x)`. */
export const isInfinity = defineFunction({
  name: 'isInfinity',
  summary: 'True for positive and negative infinity, as a division by zero gives them.',
  description: 'Null, empty and blank text give null.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'boolean',
  evaluate: ([x]) => {
    if (typeof x === 'string' && x.trim() === '') return null;
    const number = typeof x === 'string' || typeof x === 'number' ? numberOf(x) : null;
    return number === Infinity || number === -Infinity;
  },
  examples: [exampleOf('isInfinity(5 / 0)', 'true'), exampleOf('isInfinity(5)', 'false')],
});
