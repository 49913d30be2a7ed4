import { type Diagnostic, error, warning } from '../../grammar/diagnostics.ts';
import { defineAggregate } from '../define.ts';
import { percentiles } from './pct.ts';

/** `median(field)`, `median as name`. */
export const median = defineAggregate({
  ...percentiles,
  name: 'median',
  summary: 'The median of the numbers of a field: `pct(field, 50)`.',
  description:
    'After an aggregate with a single numeric output the field may be left out: `count by host | median as m`. ' +
    'The result is `_<field>_pct_50` (`_median` without a field) unless named with `as`. The rules of `pct` hold.',
  usage: '[(<field>)]',
  impliedArgument: true,
  outputs: (call) => (call.args.length === 0 ? ['_median'] : percentiles.outputs(call)),
  check(call): readonly Diagnostic[] {
    // The planner has filled in the only output of the stage before, where it knows that there is one.
    if (call.args.length === 0) {
      return [
        warning(
          'wrong-arguments',
          call.span,
          '`median` has no field, and the stage before no single result',
          {
            notes: ['the result is null'],
            help: 'write `median(field)`',
          },
        ),
      ];
    }
    if (call.args.length === 1) return percentiles.check(call);
    return [
      error('wrong-arguments', call.args[1]!.span, '`median` takes one field and no percentile', {
        help: 'use `pct(field, 95)` for other percentiles',
      }),
    ];
  },
  examples: [
    {
      query: '* | parse "ms=*" as ms | median(ms) as middle',
      input: 'ms=30\nms=12\nms=18\nms=20',
      expect: 'middle\n19',
    },
  ],
});
