import { defineFunction, exampleOf } from '../define.ts';

/** `base64Encode(text)`. */
export const base64Encode = defineFunction({
  name: 'base64Encode',
  summary: 'The base64 form of a text (its UTF-8 bytes), padded with `=`.',
  description: 'Null gives null.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([text]) => Buffer.from(text as string, 'utf8').toString('base64'),
  examples: [exampleOf('base64Encode("hi there")', 'aGkgdGhlcmU=')],
});
