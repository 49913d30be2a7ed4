import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { literalOf, textLiteralOf } from '../../grammar/literal.ts';
import { type Column, constantColumn, isSet, type NumberColumn } from '../columns/column.ts';
import { NULL_CODE, Words } from '../columns/words.ts';
import { defineFunction, exampleOf, type FunctionArgument, type RunContext } from '../define.ts';
import { numbersOf } from '../kernels/numbers.ts';
import { compileDatePattern, type DatePattern, FIRST_WHOLE_OFFSETS } from '../time/java-pattern.ts';
import { type Zone, zoneNamed } from '../time/zones.ts';

const DEFAULT_PATTERN = 'MM/dd/yyyy HH:mm:ss.SSS Z';

/** `formatDate(ms [, pattern [, zone]])`. */
export const formatDate = defineFunction({
  name: 'formatDate',
  summary: 'A time in milliseconds as text by a date pattern.',
  description: [
    'The pattern has the letters of Java’s SimpleDateFormat (`yyyy MM dd EEE HH hh mm ss SSS a z Z X`; texts in single quotes);',
    `without one it is \`${DEFAULT_PATTERN}\`. The zone is a name of the tz database; without one it is the user’s.`,
    'Multiply seconds by 1000 first, or use `fromSeconds`. `YYYY` is the week-based year. Null gives null.',
  ].join(' '),
  parameters: [
    { name: 'ms', type: 'number' },
    { name: 'pattern', type: 'string', optional: true },
    { name: 'zone', type: 'string', optional: true },
  ],
  returns: 'string',
  evaluate: ([ms, pattern, zone], context) => {
    const printer = printerOf(pattern, zone, context);
    if (typeof printer !== 'string') return printer.pattern.format(ms as number, printer.zone);
    context.rowWarning(printer);
    return null;
  },
  kernel: ([ms, pattern, zone], length, context) => {
    if (ms === undefined || !isTextConstant(pattern) || !isTextConstant(zone)) return null;
    const printer = printerOf(pattern?.value, zone?.value, context);
    if (typeof printer === 'string') return null;
    const numbers = numbersOf(ms, (rows) => context.rowWarning('formatDate got text', rows));
    if (numbers.kind === 'number') return printColumn(numbers, printer);
    return constantColumn(
      numbers.value === null ? null : printer.pattern.format(numbers.value as number, printer.zone),
      length,
    );
  },
  check: (call) => [
    ...checkMs(literalOf(call.args[0])),
    ...checkPattern('formatDate', textLiteralOf(call.args[1])),
    ...checkZone('formatDate', textLiteralOf(call.args[2])),
  ],
  examples: [
    exampleOf('formatDate(1704067200000, "yyyy-MM-dd EEE", "UTC")', '2024-01-01 Mon'),
    exampleOf(
      'formatDate(1704067200000, "MM-dd-yyyy HH:mm:ss z", "America/New_York")',
      '12-31-2023 19:00:00 EST',
    ),
  ],
});

function isTextConstant(
  column: Column | undefined,
): column is (Column & { kind: 'constant'; value: string }) | undefined {
  return column === undefined || (column.kind === 'constant' && typeof column.value === 'string');
}

interface Printer {
  readonly pattern: DatePattern;
  readonly zone: Zone;
}

/** A printer, or what is wrong with the pattern or zone as a row warning. */
function printerOf(
  pattern: FunctionArgument | undefined,
  zone: FunctionArgument | undefined,
  context: RunContext,
): Printer | string {
  const compiled = compileDatePattern((pattern as string | undefined) ?? DEFAULT_PATTERN);
  if ('problem' in compiled) return 'formatDate got a bad date pattern';
  const found = zoneNamed((zone as string | undefined) ?? context.timeZone);
  if (found === null) return 'formatDate got an unknown time zone';
  return { pattern: compiled, zone: found };
}

/** Runs of times that print alike (one slice, one second, one day) are printed once. */
function printColumn(numbers: NumberColumn, { pattern, zone }: Printer): Column {
  const { length, values, validity } = numbers;
  const words = new Words();
  const codes = new Uint32Array(length);
  let last = Number.NaN;
  let code = NULL_CODE;
  for (let row = 0; row < length; row++) {
    if (!isSet(validity, row)) continue;
    const ms = values[row]!;
    const moment = ms >= FIRST_WHOLE_OFFSETS ? Math.floor(ms / pattern.unit) : Number.NaN;
    if (moment !== last) {
      const text = pattern.format(ms, zone);
      code = text === null ? NULL_CODE : words.internText(text);
      last = moment;
    }
    codes[row] = code;
  }
  return { kind: 'dictionary', length, codes, words };
}

function checkMs(literal: ReturnType<typeof literalOf>): readonly Diagnostic[] {
  if (literal === null || literal.value === null || typeof literal.value === 'number') return [];
  return [
    error(
      'wrong-type',
      literal.span,
      `\`formatDate\` expects a time in milliseconds, found ${JSON.stringify(literal.value)}`,
      {
        help: 'make a number of it with `parseDate` or `toLong`',
      },
    ),
  ];
}

type LiteralText = ReturnType<typeof textLiteralOf>;

/** The diagnostic for a date pattern that cannot be compiled. */
export function checkPattern(name: string, pattern: LiteralText): readonly Diagnostic[] {
  if (pattern === null) return [];
  const compiled: DatePattern | { problem: string } = compileDatePattern(pattern.value);
  if (!('problem' in compiled)) return [];
  return [
    error('bad-pattern', pattern.span, compiled.problem, {
      help: `\`${name}\` takes the letters of Java's SimpleDateFormat, such as \`yyyy-MM-dd'T'HH:mm:ss\``,
    }),
  ];
}

/** The diagnostic for an unknown time zone. */
export function checkZone(name: string, zone: LiteralText): readonly Diagnostic[] {
  const found: Zone | null = zone === null ? null : zoneNamed(zone.value);
  if (zone === null || found !== null) return [];
  return [
    error('bad-value', zone.span, `\`${name}\` knows no time zone \`${zone.value}\``, {
      help: 'write a name of the tz database such as `Europe/Berlin`, or `UTC`',
    }),
  ];
}
