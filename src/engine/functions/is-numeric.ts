import { defineFunction, exampleOf } from '../define.ts';

const HEX = /^[+-]?0[xX][0-9a-fA-F]+$/;
const OCTAL = /^[+-]?0[0-7]*[lL]?$/;
const LEADING_ZERO = /^[+-]?0\d/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?$/;
const LONG = /^[+-]?\d+[lL]$/;

/** Whether the text is a number literal of Java. */
function isJavaNumber(text: string): boolean {
  if (HEX.test(text)) return true;
  if (LEADING_ZERO.test(text) && !text.includes('.')) return OCTAL.test(text);
  return DECIMAL.test(text) || LONG.test(text);
}

/** `isNumeric(x)`. */
export const isNumeric = defineFunction({
  name: 'isNumeric',
  summary: 'True when a text is a number as Java writes numbers.',
  description: [
    'Decimals, exponents (`1e5`), hexadecimal (`0x1F`), octal with a leading zero (`07` is one, `09` is not)',
    'and type letters (`123L`, `1.5f`) are numbers. Null, empty and blank text and text with spaces around are not.',
  ].join(' '),
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([x]) => typeof x === 'number' || (typeof x === 'string' && isJavaNumber(x)),
  examples: [
    exampleOf('isNumeric("1e5")', 'true'),
    exampleOf('isNumeric("09")', 'false'),
    exampleOf('isNumeric("07")', 'true'),
    exampleOf('isNumeric("abc")', 'false'),
  ],
});
