import type { FieldReference, Name, Stage, Text } from '../../grammar/ast.ts';
import { counted } from '../../grammar/counted.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { type Span, spanOver } from '../../grammar/span.ts';
import {
  type Clause,
  choice,
  field,
  list,
  name,
  optional,
  sequence,
  setting,
  symbol,
  word,
} from '../../grammar/syntax.ts';

/** The field that holds the whole message. */
const RAW = '_raw';

/** `field=f`: what to parse instead of the message. */
export function subjectSetting(): Clause<FieldReference | null> {
  return setting('field', field());
}

/** The name of the subject. */
export function subjectOf(given: FieldReference | null): string {
  return given?.name ?? RAW;
}

type Names = Partial<{
  readonly parenthesised: { readonly open: true; readonly names: readonly Name[]; readonly close: true };
  readonly bare: readonly Name[];
}>;

/** `as a, b` with or without parentheses around the names; null when missing. */
export type AsNames = { readonly as: true; readonly names: Names } | null;

/** `as a, b` or `as (a, b)`; commas may be missing. */
export function asNames(): Clause<AsNames> {
  const names = () => list(name(), { separator: 'optional-comma' });
  return optional(
    sequence({
      as: word('as'),
      names: choice({
        parenthesised: sequence({ open: symbol('('), names: names(), close: symbol(')') }),
        bare: names(),
      }),
    }),
  );
}

/** The names that `asNames` read, or null without `as`. */
export function namesOf(as: AsNames): readonly Name[] | null {
  return as === null ? null : (as.names.bare ?? as.names.parenthesised?.names ?? []);
}

/** What is wrong when `count` things are named by another number of names. */
export function checkNameCount(
  count: number,
  what: string,
  names: readonly Name[] | null,
): readonly Diagnostic[] {
  const [first] = names ?? [];
  if (names === null || first === undefined || names.length === count) return [];
  const span = spanOver(first.span, names.at(-1)?.span ?? first.span);
  return [
    error(
      'wrong-arguments',
      span,
      `${counted(count, what)} but ${counted(names.length, 'name')} after \`as\`; there must be as many`,
    ),
  ];
}

/** The span of one character of a quoted text's raw form; `at` counts from the first after the quote. */
export function spanInText(text: Text, at: number): Span {
  const start = Math.min(text.span.start + 1 + at, text.span.end);
  return { start, end: Math.min(start + 1, text.span.end) };
}

/** The place in a raw text that character `at` of its form with `\"` unescaped came from. */
function rawOffset(raw: string, at: number): number {
  let offset = 0;
  for (let left = at; left > 0 && offset < raw.length; left--)
    offset += raw.startsWith('\\"', offset) ? 2 : 1;
  return offset;
}

/** What is wrong with a path or expression in a text, at character `at` of its form with `\"` unescaped. */
export function patternMistake(
  text: Text,
  what: string,
  mistake: { readonly error: string; readonly at: number },
): Diagnostic {
  const span = spanInText(text, rawOffset(text.raw, mistake.at));
  return error('bad-pattern', span, `in ${what}, ${mistake.error}`);
}

/** An error: the message no longer exists after an aggregate, so a subject must be named. */
export function checkSubject(
  operator: string,
  given: FieldReference | null,
  span: Span,
  before: readonly Stage[],
): readonly Diagnostic[] {
  if (given !== null || !before.some(({ kind }) => kind === 'aggregate')) return [];
  return [
    error('wrong-place', span, `after an aggregate there is no message for \`${operator}\` to read`, {
      help: `name a field: \`${operator} field=… …\``,
    }),
  ];
}
