import { field } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { checkWhole } from './amounts.ts';
import { aliasOr, asAndBy, byNames, commaNumber } from './clauses.ts';
import { runningStage } from './running.ts';
import { deviationOf, meanOf, Windows } from './window.ts';

/** `rollingstd field [, window] [as name] [by f1, f2]`. */
export const rollingstd = defineOperator({
  name: 'rollingstd',
  summary: 'Adds the standard deviation of a field over the last rows.',
  description:
    'The population standard deviation of the last rows of the same `by` key, this one included: 10 rows unless a ' +
    'window from 1 to 1000 is given, fewer at the start; one row gives 0. It is `_rollingstd` unless named with ' +
    '`as`. A row whose value is null or no number is left out. Sort first.',
  syntax: { field: field(), window: commaNumber(), options: asAndBy() },
  reads: ({ field, options }) => [field.name, ...byNames(options.by)],
  writes: ({ options }) => [aliasOr(options.as, '_rollingstd')],
  order: 'needs',
  split: 'coordinator',
  changesRowCount: true,
  check: ({ window }) => checkWhole(window?.count ?? null, 'the window of `rollingstd`', 1, 1000),
  start({ field, window, options }, context) {
    const windows = new Windows(window?.count.count ?? 10);
    return runningStage(
      'rollingstd',
      field.name,
      byNames(options.by),
      aliasOr(options.as, '_rollingstd'),
      context,
      (group, value) => {
        const values = windows.add(group, value);
        return deviationOf(values, meanOf(values));
      },
    );
  },
  examples: [
    {
      query: '* | parse "v=*" as v | count by v | sort by v asc | rollingstd v | fields v, _rollingstd',
      input: 'v=10\nv=16',
      expect: 'v,_rollingstd\n10,0\n16,3',
    },
  ],
});
