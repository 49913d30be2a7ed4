import { defineFunction, exampleOf } from '../define.ts';

/** `luhn(text)`. */
export const luhn = defineFunction({
  name: 'luhn',
  summary: 'True when the digits of a text pass the Luhn check, as card numbers do.',
  description: 'Everything but digits is left out first. Null and text without digits give false.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([text]) => {
    let sum = 0;
    let digits = 0;
    const source = (text as string | null) ?? '';
    for (let at = source.length - 1; at >= 0; at--) {
      const digit = source.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) continue;
      const twice = digits % 2 === 1 ? digit * 2 : digit;
      sum += twice > 9 ? twice - 9 : twice;
      digits++;
    }
    return digits > 0 && sum % 10 === 0;
  },
  examples: [
    exampleOf('luhn("4111-1111-1111-1111")', 'true'),
    exampleOf('luhn("4111-1111-1111-1112")', 'false'),
  ],
});
