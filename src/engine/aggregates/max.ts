import { defineAggregate } from '../define.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { ExtremeAccumulator } from './extreme.ts';
import { readNumbers } from './field-numbers.ts';

/** `max(field)` over the rows of a group; with two arguments `max` is a function. */
export const max = defineAggregate({
  name: 'max',
  summary: 'The greatest number of a field.',
  description:
    'Text that holds a number is converted. Nulls and other text are left out; a group without any number gives ' +
    'null. The result is `_max` unless named with `as`. With two arguments `max(a, b)` is a function over one row.',
  input: 'number',
  usage: '(<field>)',
  outputs: defaultOutput('_max'),
  mergeable: true,
  check: checkOneField,
  create: (call, context) => new ExtremeAccumulator(readNumbers(call, context), 'greatest'),
  examples: [
    {
      query: '* | parse "ms=*" as ms | max(ms)',
      input: 'ms=9\nms=30\nms=12\nms=none',
      expect: '_max\n30',
    },
  ],
});
