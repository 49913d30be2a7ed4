import { wantsText } from '../../grammar/literal.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { LOWER_CASE } from '../kernels/bytes.ts';
import { mapAscii } from '../kernels/map-text.ts';

const mapColumn = mapAscii(LOWER_CASE, (text) => text.toLowerCase());

/** `toLowerCase(text)`. */
export const toLowerCase = defineFunction({
  name: 'toLowerCase',
  summary: 'A text in lower case.',
  description:
    'Useful because `=`, `!=`, `matches` and `contains` tell letter cases apart. Without an alias the field itself changes. Null gives null; a number in the query’s text is an error.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([text]) => (text as string).toLowerCase(),
  kernelPerWord: true,
  kernel: ([text]) => (text === undefined ? null : mapColumn(text)),
  check: (call) => wantsText('toLowerCase', call),
  examples: [exampleOf('toLowerCase("ACCEPT")', 'accept')],
});
