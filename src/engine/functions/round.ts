import { error } from '../../grammar/diagnostics.ts';
import { numberLiteralOf } from '../../grammar/literal.ts';
import type { Column } from '../columns/column.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { roundTo } from '../kernels/decimal.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

const toWhole = mapNumbers('round', 'double', Math.round);

/** `round(x [, places])`. */
export const round = defineFunction({
  name: 'round',
  summary: 'The nearest whole number, or the nearest number with some decimals.',
  description: [
    'Halves go up: `round(2.5)` is 3 and `round(-2.5)` is -2.',
    'Digits count as they are written, so `round(1.005, 2)` is 1.01.',
    'Negative places round to tens, hundreds and so on. Null and text that is no number give null.',
  ].join(' '),
  parameters: [
    { name: 'x', type: 'number' },
    { name: 'places', type: 'number', optional: true },
  ],
  returns: 'double',
  withoutAlias: 'write-back',
  evaluate: ([x, places]) =>
    places === undefined ? Math.round(x as number) : roundTo(x as number, places as number),
  kernel: (columns, length, context) => {
    if (columns.length === 1) return toWhole(columns, length, context);
    const places = columns[1] as Column;
    if (places.kind !== 'constant' || typeof places.value !== 'number') return null;
    const count = places.value;
    return mapNumbers('round', 'double', (x) => roundTo(x, count))(columns, length, context);
  },
  check: (call) => {
    const places = numberLiteralOf(call.args[1]);
    if (places === null || (Number.isInteger(places.value) && Math.abs(places.value) <= 300)) return [];
    return [
      error('bad-value', places.span, `\`round\` expects a whole number of places, found ${places.value}`, {
        help: 'write `round(x, 2)` for two decimals',
      }),
    ];
  },
  examples: [
    exampleOf('round(1.549, 2)', '1.55'),
    exampleOf('round(2.5)', '3'),
    exampleOf('round(-2.5)', '-2'),
    exampleOf('round(1234, -2)', '1200'),
  ],
});
