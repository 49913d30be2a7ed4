import { TRUE } from '../columns/column.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { testText, truth } from '../kernels/test-text.ts';

const testColumn = testText((_, start, end) => truth(start === end), TRUE);

/** `isEmpty(x)`. */
export const isEmpty = defineFunction({
  name: 'isEmpty',
  summary: 'True when a field has no value or is empty text.',
  description: 'White space is not empty: see `isBlank`.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([x]) => x === null || x === '',
  kernel: ([x]) => (x === undefined ? null : testColumn(x)),
  examples: [exampleOf('isEmpty("")', 'true'), exampleOf('isEmpty(" ")', 'false')],
});
