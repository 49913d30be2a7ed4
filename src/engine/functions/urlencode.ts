import { defineFunction, exampleOf } from '../define.ts';

/** `urlencode(text)`. */
export const urlencode = defineFunction({
  name: 'urlencode',
  summary: 'A text percent-encoded as in web forms.',
  description:
    'The whole text is encoded, `:`, `/`, `?`, `=` and `&` included; a space becomes `+`. Letters, digits and `-_.*` stay. Null gives null.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([text]) =>
    encodeURIComponent((text as string).toWellFormed())
      .replace(/%20/g, '+')
      .replace(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
  examples: [exampleOf('urlencode("a/b c&d")', 'a%2Fb+c%26d')],
});
