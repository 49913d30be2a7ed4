import { defineFunction, exampleOf } from '../define.ts';

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;

/** `decToHex(x)`. */
export const decToHex = defineFunction({
  name: 'decToHex',
  summary: 'A whole number as hexadecimal digits in upper case.',
  description:
    'At most 16 digits, without prefix. Negative numbers are in 64-bit two’s complement. What is no whole number of 64 bits gives null.',
  parameters: [{ name: 'x', type: 'string' }],
  returns: 'string',
  evaluate: ([x], context) => {
    const text = (x as string).trim();
    const number = /^[+-]?\d{1,20}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : null;
    if (number === null || number < LEAST || number > GREATEST) {
      context.rowWarning('decToHex got no whole number of 64 bits');
      return null;
    }
    return BigInt.asUintN(64, number).toString(16).toUpperCase();
  },
  examples: [exampleOf('decToHex("255")', 'FF'), exampleOf('decToHex("-1")', 'FFFFFFFFFFFFFFFF')],
});
