import type { Call } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { textOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { concatTexts } from '../kernels/concat-text.ts';

/** `concat(a, b, …)`. */
export const concat = defineFunction({
  name: 'concat',
  summary: 'Texts, numbers and booleans one after the other as one text.',
  description:
    'Takes 2 to 16 arguments; nest calls for more. `and` and `or` may not stand in them. Null counts as empty text. Needs an alias as a stage.',
  parameters: [
    { name: 'a', type: 'any' },
    { name: 'b', type: 'any', rest: { atMost: 16 } },
  ],
  returns: 'string',
  nulls: 'handle',
  withoutAlias: 'error',
  check: checkPlainArguments,
  evaluate: (args) => {
    let text = '';
    for (const arg of args) {
      if (arg !== null && typeof arg !== 'object') text += textOf(arg);
    }
    return text;
  },
  kernel: (columns, length) =>
    columns.every((column) => column.kind === 'constant') ? null : concatTexts(columns, length),
  examples: [exampleOf('concat("a", missing, 4)', 'a4'), exampleOf('concat("port ", "443")', 'port 443')],
});

/** The diagnostics for arguments with `and` or `or`, which functions that make text do not take. */
export function checkPlainArguments({ name, args }: Call): readonly Diagnostic[] {
  return args.flatMap((arg) =>
    arg.kind === 'binary' && (arg.operator === 'and' || arg.operator === 'or')
      ? [
          error(
            'wrong-type',
            arg.span,
            `\`${arg.operator}\` is not allowed in the arguments of \`${name}\``,
            {
              help: 'choose a text with `if(…)` first',
            },
          ),
        ]
      : [],
  );
}
