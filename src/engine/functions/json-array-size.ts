import { defineFunction, exampleOf } from '../define.ts';
import { jsonArrayItems } from './json-array.ts';

/** `jsonArraySize(array)`. */
export const jsonArraySize = defineFunction({
  name: 'jsonArraySize',
  summary: 'The number of items of a JSON array in text form.',
  description: 'Null, and a text that is no array, give -1.',
  parameters: [{ name: 'array', type: 'string' }],
  returns: 'long',
  nulls: 'handle',
  evaluate: ([array]) => (typeof array === 'string' ? (jsonArrayItems(array)?.length ?? -1) : -1),
  examples: [exampleOf('jsonArraySize("[1, 2, 3]")', '3'), exampleOf('jsonArraySize("x")', '-1')],
});
