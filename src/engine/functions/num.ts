import { numberOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { castDouble } from '../kernels/casts.ts';

/** `num(x)`, `number(x)`, `double(x)`, `toNumber(x)`. */
export const num = defineFunction({
  name: 'num',
  aliases: ['number', 'double', 'toNumber'],
  summary: 'A value as a number with fraction (64 bits).',
  description: [
    'Parsed fields are text: cast them before `in (1, 2)`, before a numeric `sort`, and before `format` with `%x`.',
    'Without an alias the field itself becomes the number. Text that is no number gives null; the row stays.',
  ].join(' '),
  parameters: [{ name: 'x', type: 'any' }],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x], context) => {
    const number = typeof x === 'string' || typeof x === 'number' ? numberOf(x) : null;
    if (number === null) context.rowWarning('num got text');
    return number;
  },
  kernel: ([x], _, context) =>
    x === undefined ? null : castDouble(x, (rows) => context.rowWarning('num got text', rows)),
  examples: [exampleOf('num("1.50")', '1.5'), exampleOf('num("007")', '7')],
});
