import { wantsText } from '../../grammar/literal.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { textLengths } from '../kernels/text-length.ts';

/** `length(text)`. */
export const length = defineFunction({
  name: 'length',
  summary: 'The number of characters of a text.',
  description: 'Characters are Unicode code points. Null gives 0. A number in the query’s text is an error.',
  parameters: [{ name: 'text', type: 'string' }],
  returns: 'long',
  nulls: 'handle',
  evaluate: ([text]) => {
    let count = 0;
    for (const _ of (text as string | null) ?? '') count++;
    return count;
  },
  kernel: ([text]) => (text === undefined ? null : textLengths(text)),
  check: (call) => wantsText('length', call),
  examples: [exampleOf('length("hello")', '5'), exampleOf('length(missing)', '0')],
});
