import { defineOperator } from '../define.ts';
import { delimitedHooks, delimitedSyntax } from './delimited.ts';

/** `split <field> [delim='c'] [escape='c'] [quote='c'] extract name, _, 5 as name`. */
export const split = defineOperator({
  name: 'split',
  summary: 'Cuts a field at a delimiter into fields.',
  description: [
    "`split path delim='/' extract _, host, 5 as file`: names take the parts in order, `_` skips one, and a number",
    'before `as` (from 1 on) jumps to that part; a name after it takes the next. The delimiter is `,`, the quote `"` and the',
    'escape `\\` unless given in single quotes. Quotes around a part are taken off and may hold delimiters; a doubled quote',
    'in them is one. A part that is not there is null, an empty one is empty. No row is dropped.',
  ].join(' '),
  syntax: delimitedSyntax,
  ...delimitedHooks,
  examples: [
    { query: "* | split _raw delim=':' extract _, m | count by m", input: 'p:q:r', expect: 'm,_count\nq,1' },
  ],
});
