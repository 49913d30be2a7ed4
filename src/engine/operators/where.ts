import { expression } from '../../grammar/syntax.ts';
import { defineOperator, keepRows } from '../define.ts';
import { fieldsOf } from '../expression/references.ts';

/** `where condition`: keeps the rows for which the condition is true. */
export const where = defineOperator({
  name: 'where',
  summary: 'Keeps the rows for which a condition is true.',
  description: [
    'Letter case matters in `=` and `matches`; `*` is a wildcard only in `matches`. An unquoted word is a field.',
    'A comparison with null is false, for `!=` too: ask with `isNull(x)`, `x = null` or `x != null`.',
    'If one side is a number, text on the other side is converted; text that is no number compares as false.',
    '`in` does not convert: cast first (`num(x) | where x in (1, 2)`).',
  ].join('\n'),
  syntax: { condition: expression() },
  reads: (args) => fieldsOf(args.condition),
  writes: () => [],
  order: 'keeps',
  split: 'anywhere',
  changesRowCount: true,
  inRules: true,
  start(args, context) {
    return keepRows(context.compileFilter(args.condition));
  },
  examples: [
    {
      query: '* | parse "status=*" as status | where status >= 500 | count by status',
      input: 'status=200\nstatus=503\nstatus=503',
      expect: 'status,_count\n503,2',
    },
    {
      query: '* | where _raw matches "*denied*" | fields _raw | count',
      input: 'access denied\naccess granted',
      expect: '_count\n1',
    },
  ],
});
