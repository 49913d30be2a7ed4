import { defineFunction, exampleOf } from '../define.ts';

const HEX_BYTES = /^(?:0[xX])?((?:[0-9a-fA-F]{2})*)$/;

/** `hexToAscii(hex)`. */
export const hexToAscii = defineFunction({
  name: 'hexToAscii',
  summary: 'The text whose bytes are written as pairs of hexadecimal digits.',
  description:
    'Either letter case, with or without `0x`. Text that is not hexadecimal, or an odd number of digits, gives null.',
  parameters: [{ name: 'hex', type: 'string' }],
  returns: 'string',
  evaluate: ([hex], context) => {
    const digits = HEX_BYTES.exec((hex as string).trim())?.[1];
    if (digits !== undefined) return Buffer.from(digits, 'hex').toString('latin1');
    context.rowWarning('hexToAscii got text that is not hexadecimal');
    return null;
  },
  examples: [exampleOf('hexToAscii("4869")', 'Hi')],
});
