import { defineFunction, exampleOf } from '../define.ts';

/** `trim(text)`. */
export const trim = defineFunction({
  name: 'trim',
  summary: 'A text without white space at its start and end.',
  description: 'Without an alias the field itself changes. Null gives null.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([text]) => (text as string).trim(),
  examples: [exampleOf('trim("  a b  ")', 'a b')],
});
