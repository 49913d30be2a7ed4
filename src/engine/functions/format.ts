import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { textLiteralOf } from '../../grammar/literal.ts';
import type { Value } from '../columns/value.ts';
import { defineFunction, exampleOf, QueryFailure } from '../define.ts';
import { compileFormat, type FormatProblem, formatText, type JavaFormat } from '../kernels/java-format.ts';
import { checkPlainArguments } from './concat.ts';

const compiled = new Map<string, JavaFormat | FormatProblem>();
const REMEMBERED_FORMATS = 500;

function formatOf(source: string): JavaFormat | FormatProblem {
  let format = compiled.get(source);
  if (format === undefined) {
    format = compileFormat(source);
    if (compiled.size < REMEMBERED_FORMATS) compiled.set(source, format);
  }
  return format;
}

function hasHex(found: JavaFormat | FormatProblem): boolean {
  return 'parts' in found && found.parts.some((part) => typeof part !== 'string' && part.conversion === 'x');
}

/** `format(format, a, …)`. */
export const format = defineFunction({
  name: 'format',
  summary: 'Values as text by a format of Java’s `String.format`.',
  description: [
    'A format holds `%[n$][flags][width][.precision]conversion`; flags are `- # + 0 , (` and space,',
    'conversions `s` text, `d` whole number, `f` decimals, `e` and `g` scientific, `x` hexadecimal, `o` octal, `b` boolean,',
    '`c` character, `n` line end and `%`. Upper-case letters print upper case. Up to 15 values.',
    'Text that is a number fits `%d` and `%f`; `%x` and `%o` need a number (cast with `toLong`).',
    'With `%x`, a row with text is dropped. A null, or any other value that does not fit, ends the',
    'query with an error: write `if(isNull(x), "", format("%s", x))` where there may be one.',
    '`and` and `or` may not stand in the arguments. Needs an alias as a stage.',
  ].join(' '),
  parameters: [
    { name: 'format', type: 'string' },
    { name: 'value', type: 'any', optional: true, rest: { atMost: 16 } },
  ],
  returns: 'string',
  nulls: 'handle',
  withoutAlias: 'error',
  dropsRowsOnNull: ([source]) => typeof source === 'string' && hasHex(formatOf(source)),
  evaluate: ([source, ...values], context) => {
    const found = formatOf((source ?? '') as string);
    const text = 'problem' in found ? found : formatText(found, values as Value[]);
    if (typeof text === 'string') return text;
    if (text.textForHex !== true) {
      throw new QueryFailure(
        'data',
        `format ${text.problem}`,
        'test or cast the value before, as in `if(isNull(x), "", format("%s", x))`',
      );
    }
    context.rowWarning(`format ${text.problem}`);
    return null;
  },
  check: (call): readonly Diagnostic[] => {
    const logic = checkPlainArguments(call);
    if (logic.length > 0) return logic;
    const source = textLiteralOf(call.args[0]);
    if (source === null) return [];
    const found = compileFormat(source.value);
    if ('problem' in found) {
      return [
        error('bad-value', source.span, `in \`format\`, ${found.problem}`, {
          help: 'write a percent sign as `%%`',
        }),
      ];
    }
    const given = call.args.length - 1;
    if (found.needs <= given) return [];
    return [error('wrong-arguments', source.span, `\`format\` reads ${found.needs} values, found ${given}`)];
  },
  examples: [
    exampleOf('format("$%,.2f", 1234.5)', '"$1,234.50"'),
    exampleOf('format("%05d|%-5s|%S", "42", "ab", "yes")', '00042|ab   |YES'),
  ],
});
