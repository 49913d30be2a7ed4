import { defineFunction, exampleOf } from '../define.ts';
import { jsonArrayItems } from './json-array.ts';

/** `jsonArrayContains(array, item)`. */
export const jsonArrayContains = defineFunction({
  name: 'jsonArrayContains',
  summary: 'True when a JSON array in text form has an item.',
  description:
    'Text items are compared exactly, numbers and booleans by their text. What is no array, and null, gives false.',
  parameters: [
    { name: 'array', type: 'string' },
    { name: 'item', type: 'string' },
  ],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([array, item]) =>
    typeof array === 'string' && typeof item === 'string' && (jsonArrayItems(array)?.includes(item) ?? false),
  examples: [
    exampleOf('jsonArrayContains("[\\"a\\", 2]", "2")', 'true'),
    exampleOf('jsonArrayContains("[\\"a\\", 2]", "b")', 'false'),
    exampleOf('jsonArrayContains("a", "a")', 'false'),
  ],
});
