import { defineOperator } from '../define.ts';
import { aliasOr, asAndBy, byNames, fieldMaybeInParentheses, theField } from './clauses.ts';
import { runningStage } from './running.ts';

/** `accum field [as name] [by f1, f2]`. */
export const accum = defineOperator({
  name: 'accum',
  summary: 'Adds a running sum of a field, in the order of the rows.',
  description:
    'The running sum is `_accum` unless named with `as`. With `by` each key has a sum of its own; rows stay where ' +
    'they are. A row whose value is null or no number is left out. Sort first: messages come newest first, and ' +
    'aggregate rows have no promised order.',
  syntax: { field: fieldMaybeInParentheses(), options: asAndBy() },
  reads: ({ field, options }) => [theField(field).name, ...byNames(options.by)],
  writes: ({ options }) => [aliasOr(options.as, '_accum')],
  order: 'needs',
  split: 'coordinator',
  changesRowCount: true,
  start({ field, options }, context) {
    const sums: number[] = [];
    return runningStage(
      'accum',
      theField(field).name,
      byNames(options.by),
      aliasOr(options.as, '_accum'),
      context,
      (group, value) => {
        const sum = (sums[group] ?? 0) + value;
        sums[group] = sum;
        return sum;
      },
    );
  },
  examples: [
    {
      query: '* | parse "at=* n=*" as at, n | count by at, n | sort by at asc | accum n | fields n, _accum',
      input: 'at=1 n=4\nat=2 n=x\nat=3 n=6',
      expect: 'n,_accum\n4,4\n6,10',
    },
  ],
});
