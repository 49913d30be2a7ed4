import { defineOperator } from '../define.ts';
import { delimitedHooks, delimitedSyntax } from './delimited.ts';

/** `csv <field> [escape='c'] [quote='c'] [delim='c'] extract name, _, 5 as name`. */
export const csv = defineOperator({
  name: 'csv',
  summary: 'Reads the columns of a line of comma-separated values.',
  description: [
    '`csv _raw extract a, _, 5 as e`: names take the columns in order, `_` skips one, and a number before `as` (from 1 on)',
    'jumps to that column. Quotes around a value are taken off and may hold commas; a doubled quote in them is one; the',
    'escape `\\` makes the next character literal. White space is kept. A column that is not there is null, an empty one is',
    'empty. No row is dropped.',
  ].join(' '),
  syntax: delimitedSyntax,
  ...delimitedHooks,
  examples: [
    {
      query: '* | csv _raw extract x, y, 3 as z | count by x, y, z',
      input: 'a,"b,c",d',
      expect: 'x,y,z,_count\na,"b,c",d,1',
    },
  ],
});
