import type { Span } from './span.ts';

export type Severity = 'error' | 'warning' | 'hint';

/** A change of the text that would remove the diagnostic. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/**
 * Something wrong with a query, a rule or a file, as data. Text, JSON, the language server and the
 * browser print it. Messages are lower case, name things in backticks and say what was expected and found.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly notes?: readonly string[];
  readonly help?: string;
  readonly fix?: Fix;
}

/** Every diagnostic code with the kind of mistake it stands for. Each has a spec that triggers it. */
export const DIAGNOSTIC_CODES = {
  syntax: 'the text does not follow the grammar',
  'unterminated-string': 'a string has no closing quote',
  'unknown-operator': 'a stage starts with a word that is no operator',
  'unknown-function': 'a call names no function',
  'unknown-aggregate': 'an aggregate call names no aggregate',
  'unknown-field': 'a field is read that no stage makes and no data has',
  'unknown-table': 'a lookup table is not there',
  'unknown-parameter': 'a parameter has no value',
  'wrong-arguments': 'the number or kind of arguments does not fit',
  'wrong-type': 'a value has a type that cannot be used here',
  'wrong-place': 'a stage stands where it cannot work',
  'duplicate-name': 'two outputs have the same name',
  'alias-required': 'an expression stage needs a name for its result',
  'bad-pattern': 'a parse pattern, path or regular expression is malformed',
  'bad-value': 'an option has a value outside its range',
  'bad-time': 'a time or range cannot be read',
  'not-allowed': 'the stage is not allowed in a rule, panel or live query',
  'too-long': 'a text is longer than its limit',
  'needs-cloud-service': 'the stage calls a service that only the cloud product has',
  'absent-field': '`fields -` removes a field that is not there',
  'late-filter': 'a `where` could stand before a stage that works hard',
  'limit-without-order': 'a `limit` takes any rows, because nothing ordered them',
  'literal-wildcard': 'a comparison with `=` takes `*` as an asterisk',
  'missing-keyword': 'the scope could ask for a word that a later filter demands',
  'missing-timeslice': 'an aggregate groups by `_timeslice` and no stage makes it',
  'numeric-text-sort': 'digits are sorted as text',
  'parse-could-be-rule': 'an extraction rule could do this parse once, at ingest',
  'unused-field': 'a stage makes only fields that nothing reads',
  'wrong-case': 'a comparison can never be true because of letter case',
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

export function error(
  code: DiagnosticCode,
  span: Span,
  message: string,
  more: Partial<Pick<Diagnostic, 'notes' | 'help' | 'fix'>> = {},
): Diagnostic {
  return { code, severity: 'error', span, message, ...more };
}

export function warning(
  code: DiagnosticCode,
  span: Span,
  message: string,
  more: Partial<Pick<Diagnostic, 'notes' | 'help' | 'fix'>> = {},
): Diagnostic {
  return { code, severity: 'warning', span, message, ...more };
}

export function hint(
  code: DiagnosticCode,
  span: Span,
  message: string,
  more: Partial<Pick<Diagnostic, 'notes' | 'help' | 'fix'>> = {},
): Diagnostic {
  return { code, severity: 'hint', span, message, ...more };
}
