import { error } from '../../grammar/diagnostics.ts';
import { number } from '../../grammar/syntax.ts';
import { selectRows } from '../columns/batch.ts';
import { defineOperator } from '../define.ts';
import { allRows } from '../kernels/rows.ts';

const MOST = 10_000;

/** `limit n`: the first n rows in the current order. */
export const limit = defineOperator({
  name: 'limit',
  summary: 'Keeps the first rows in the current order.',
  description:
    'Between 1 and 10,000 rows. Messages come newest first; aggregate rows have no promised order until `sort`.',
  syntax: { count: number() },
  reads: () => [],
  writes: () => [],
  order: 'needs',
  split: 'both-sides',
  changesRowCount: true,
  check({ count }) {
    if (Number.isInteger(count.count) && count.count >= 1 && count.count <= MOST) return [];
    const message = `\`limit\` takes a whole number from 1 to ${MOST}, found ${count.count}`;
    return [error('bad-value', count.span, message)];
  },
  start({ count }) {
    let left = count.count;
    return {
      push(batch, out) {
        if (left === 0) return;
        const rows = Math.min(left, batch.length);
        left -= rows;
        out.push(rows === batch.length ? batch : selectRows(batch, allRows(rows)));
      },
      finish() {},
      done: () => left === 0,
    };
  },
  examples: [
    {
      query: '* | parse "n=*" as n | count by n | sort n asc | limit 2',
      input: 'n=3\nn=1\nn=2',
      expect: 'n,_count\n1,1\n2,1',
    },
  ],
});
