import { defineFunction, exampleOf } from '../define.ts';

/** `urldecode(text)`. */
export const urldecode = defineFunction({
  name: 'urldecode',
  summary: 'A percent-encoded text decoded; `+` is a space.',
  description: 'Text with a malformed `%` sequence comes back unchanged. Null gives null.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([text]) => {
    try {
      return decodeURIComponent((text as string).replace(/\+/g, ' '));
    } catch {
      return text as string; // a URIError: not percent-encoded text
    }
  },
  examples: [exampleOf('urldecode("a%2Fb+c%26d")', 'a/b c&d')],
});
