import { field } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { checkWhole } from './amounts.ts';
import { aliasOr, asAndBy, byNames, commaNumber } from './clauses.ts';
import { runningStage } from './running.ts';
import { meanOf, Windows } from './window.ts';

/** `smooth field [, window] [as name] [by f1, f2]`. */
export const smooth = defineOperator({
  name: 'smooth',
  summary: 'Adds the moving average of a field.',
  description:
    'The mean of the last rows of the same `by` key, this one included: 10 rows unless a window from 1 to 1000 is ' +
    'given, fewer at the start. It is `_smooth` unless named with `as`. A row whose value is null or no number is ' +
    'left out. Sort first.',
  syntax: { field: field(), window: commaNumber(), options: asAndBy() },
  reads: ({ field, options }) => [field.name, ...byNames(options.by)],
  writes: ({ options }) => [aliasOr(options.as, '_smooth')],
  order: 'needs',
  split: 'coordinator',
  changesRowCount: true,
  check: ({ window }) => checkWhole(window?.count ?? null, 'the window of `smooth`', 1, 1000),
  start({ field, window, options }, context) {
    const windows = new Windows(window?.count.count ?? 10);
    return runningStage(
      'smooth',
      field.name,
      byNames(options.by),
      aliasOr(options.as, '_smooth'),
      context,
      (group, value) => meanOf(windows.add(group, value)),
    );
  },
  examples: [
    {
      query: '* | parse "v=*" as v | count by v | sort by v asc | smooth v, 2 as mean | fields v, mean',
      input: 'v=10\nv=20\nv=60',
      expect: 'v,mean\n10,10\n20,15\n60,40',
    },
  ],
});
