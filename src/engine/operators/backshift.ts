import { field } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { checkWhole } from './amounts.ts';
import { aliasOr, asAndBy, byNames, commaNumber } from './clauses.ts';
import { runningStage } from './running.ts';

/** `backshift field [, n] [as name] [by f1, f2]`. */
export const backshift = defineOperator({
  name: 'backshift',
  summary: 'Adds the value that a field had some rows before.',
  description:
    'Each row gets the value of the row `n` places earlier with the same `by` key; `n` is 1 unless given and at ' +
    'most 1000. The first `n` rows get null. The new field is `_backshift` unless named with `as`. A row whose ' +
    'value is null or no number is left out. Sort first.',
  syntax: { field: field(), count: commaNumber(), options: asAndBy() },
  reads: ({ field, options }) => [field.name, ...byNames(options.by)],
  writes: ({ options }) => [aliasOr(options.as, '_backshift')],
  order: 'needs',
  split: 'coordinator',
  changesRowCount: true,
  check: ({ count }) => checkWhole(count?.count ?? null, 'the shift of `backshift`', 1, 1000),
  start({ field, count, options }, context) {
    const shift = count?.count.count ?? 1;
    const earlier: number[][] = [];
    return runningStage(
      'backshift',
      field.name,
      byNames(options.by),
      aliasOr(options.as, '_backshift'),
      context,
      (group, value) => {
        earlier[group] ??= [];
        const values = earlier[group];
        values.push(value);
        return values.length > shift ? (values.shift() ?? null) : null;
      },
    );
  },
  examples: [
    {
      query: '* | parse "v=*" as v | count by v | sort by v asc | backshift v | fields v, _backshift',
      input: 'v=6\nv=8\nv=1',
      expect: 'v,_backshift\n1,\n6,1\n8,6',
    },
  ],
});
