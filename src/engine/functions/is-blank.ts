import { TRUE } from '../columns/column.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { decodeBytes } from '../kernels/bytes.ts';
import { testText, truth } from '../kernels/test-text.ts';

const testColumn = testText((bytes, start, end) => {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte > 0x7f) return truth(decodeBytes(bytes, start, end).trim() === '');
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return truth(false);
  }
  return truth(true);
}, TRUE);

/** `isBlank(x)`. */
export const isBlank = defineFunction({
  name: 'isBlank',
  summary: 'True when a field has no value, is empty, or holds only white space.',
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([x]) => x === null || (typeof x === 'string' && x.trim() === ''),
  kernel: ([x]) => (x === undefined ? null : testColumn(x)),
  examples: [exampleOf('isBlank("  ")', 'true'), exampleOf('isBlank(" bob ")', 'false')],
});
