import { wantsText } from '../../grammar/literal.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { mapAscii, UPPER_CASE } from '../kernels/map-text.ts';

const mapColumn = mapAscii(UPPER_CASE, (text) => text.toUpperCase());

/** `toUpperCase(text)`. */
export const toUpperCase = defineFunction({
  name: 'toUpperCase',
  summary: 'A text in upper case.',
  description:
    'Useful because `=`, `!=`, `matches` and `contains` tell letter cases apart. Without an alias the field itself changes. Null gives null; a number in the query’s text is an error.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([text]) => (text as string).toUpperCase(),
  kernelPerWord: true,
  kernel: ([text]) => (text === undefined ? null : mapColumn(text)),
  check: (call) => wantsText('toUpperCase', call),
  examples: [exampleOf('toUpperCase("accept")', 'ACCEPT')],
});
