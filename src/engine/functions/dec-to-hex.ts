import { defineFunction, exampleOf } from '../define.ts';

/** `decToHex(x)`. */
export const decToHex = defineFunction({
  name: 'decToHex',
  summary: 'A whole number as hexadecimal digits in upper case.',
  description:
    'Takes up to 16 digits, gives no prefix and no padding. Negative numbers are in 64-bit two’s complement. What is no whole number or longer gives null.',
  parameters: [{ name: 'x', type: 'string' }],
  returns: 'string',
  evaluate: ([x], context) => {
    const text = (x as string).trim();
    if (!/^[+-]?\d{1,16}$/.test(text)) {
      context.rowWarning('decToHex got no whole number of up to 16 digits');
      return null;
    }
    return BigInt.asUintN(64, BigInt(text.replace(/^\+/, '')))
      .toString(16)
      .toUpperCase();
  },
  examples: [exampleOf('decToHex("255")', 'FF'), exampleOf('decToHex("-1")', 'FFFFFFFFFFFFFFFF')],
});
