import { defineOperator } from '../define.ts';
import { aliasOr, asAndBy, byNames, fieldMaybeInParentheses, theField } from './clauses.ts';
import { runningStage } from './running.ts';

/** `diff field [as name] [by f1, f2]`. */
export const diff = defineOperator({
  name: 'diff',
  summary: 'Adds the difference of a field to the row before.',
  description:
    'The difference is this value less the previous one of the same `by` key, in the order of the rows; the first ' +
    'row of a key gets null. It is `_diff` unless named with `as`. A row whose value is null or no number is left ' +
    'out, and the next row is compared with the last one that had a number. Sort first.',
  syntax: { field: fieldMaybeInParentheses(), options: asAndBy() },
  reads: ({ field, options }) => [theField(field).name, ...byNames(options.by)],
  writes: ({ options }) => [aliasOr(options.as, '_diff')],
  order: 'needs',
  split: 'coordinator',
  changesRowCount: true,
  start({ field, options }, context) {
    const before: number[] = [];
    return runningStage(
      'diff',
      theField(field).name,
      byNames(options.by),
      aliasOr(options.as, '_diff'),
      context,
      (group, value) => {
        const last = before[group];
        before[group] = value;
        return last === undefined ? null : value - last;
      },
    );
  },
  examples: [
    {
      query: '* | parse "at=* v=*" as at, v | count by at, v | sort by at asc | diff v | fields v, _diff',
      input: 'at=1 v=20\nat=2 v=x\nat=3 v=13',
      expect: 'v,_diff\n20,\n13,-7',
    },
  ],
});
