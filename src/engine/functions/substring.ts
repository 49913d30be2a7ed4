import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { numberLiteralOf } from '../../grammar/literal.ts';
import { defineFunction, exampleOf } from '../define.ts';

/** Characters `start` to `end` (exclusive) of a text, by code point; null when they name no part of it. */
function part(text: string, start: number, end: number): string | null {
  if (!Number.isInteger(start) || start < 0 || !(end >= start)) return null;
  if (/[\ud800-\udfff]/.test(text)) {
    const characters = [...text];
    return start > characters.length ? null : characters.slice(start, end).join('');
  }
  return start > text.length ? null : text.slice(start, end);
}

/** `substring(text, start [, end])`. */
export const substring = defineFunction({
  name: 'substring',
  summary: 'A part of a text, from one position up to another.',
  description: [
    'Positions count characters from 0; the end is exclusive and defaults to the end of the text.',
    'An end beyond the text is the end of the text. A start beyond it, a negative start or an end before the start gives null',
    '(an error when they stand in the query’s text). Null gives null.',
  ].join(' '),
  parameters: [
    { name: 'text', type: 'string' },
    { name: 'start', type: 'number' },
    { name: 'end', type: 'number', optional: true },
  ],
  returns: 'string',
  evaluate: ([text, start, end], context) => {
    const found = part(text as string, start as number, (end as number | undefined) ?? Infinity);
    if (found === null) context.rowWarning('substring got positions outside the text');
    return found;
  },
  check: (call): readonly Diagnostic[] => {
    const start = numberLiteralOf(call.args[1]);
    const end = numberLiteralOf(call.args[2]);
    if (start !== null && start.value < 0) {
      return [
        error('bad-value', start.span, `\`substring\` expects a start of 0 or more, found ${start.value}`),
      ];
    }
    if (start !== null && end !== null && end.value < start.value) {
      return [
        error(
          'bad-value',
          end.span,
          `\`substring\` expects an end of ${start.value} or more, found ${end.value}`,
        ),
      ];
    }
    return [];
  },
  examples: [
    exampleOf('substring("Sumo Logic", 0, 4)', 'Sumo'),
    exampleOf('substring("Hello world!", 6)', 'world!'),
  ],
});
