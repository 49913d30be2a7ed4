import { defineFunction, exampleOf } from '../define.ts';
import { numberFromHex } from '../kernels/hex.ts';

/** `parseHex(hex)`. */
export const parseHex = defineFunction({
  name: 'parseHex',
  summary: 'The number that hexadecimal digits stand for; the older name of `hexToDec`.',
  description: [
    'Takes up to 16 digits in either letter case, with or without `0x`. Sixteen digits are a 64-bit number in two’s complement.',
    'Anything else gives null. Like all whole numbers, the result is exact up to 2^53.',
  ].join(' '),
  parameters: [{ name: 'hex', type: 'string' }],
  returns: 'long',
  evaluate: ([hex], context) => {
    const number = numberFromHex(hex as string);
    if (number === null) context.rowWarning('parseHex got text that is not hexadecimal');
    return number;
  },
  examples: [exampleOf('parseHex("0x1F")', '31'), exampleOf('parseHex("12D230")', '1233456')],
});
