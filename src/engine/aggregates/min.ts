import { defineAggregate } from '../define.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { ExtremeAccumulator } from './extreme.ts';
import { readNumbers } from './field-numbers.ts';

/** `min(field)` over the rows of a group; with two arguments `min` is a function. */
export const min = defineAggregate({
  name: 'min',
  summary: 'The least number of a field.',
  description:
    'Text that holds a number is converted. Nulls and other text are left out; a group without any number gives ' +
    'null. The result is `_min` unless named with `as`. With two arguments `min(a, b)` is a function over one row.',
  input: 'number',
  usage: '(<field>)',
  outputs: defaultOutput('_min'),
  mergeable: true,
  check: checkOneField,
  create: (call, context) => new ExtremeAccumulator(readNumbers(call, context), 'least'),
  examples: [
    {
      query: '* | parse "ms=*" as ms | min(ms)',
      input: 'ms=9\nms=30\nms=12\nms=none',
      expect: '_min\n9',
    },
  ],
});
