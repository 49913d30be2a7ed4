import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { textLiteralOf } from '../../grammar/literal.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { compileRegex } from '../regex/compile-regex.ts';
import { parseReplacement, replaceAll } from '../regex/replace-all.ts';

/**
 * Replaces a text as it stands. JSON may write a slash as `\/`, and queries that clean up lists taken from
 * JSON look for it in that form: there it stands for a slash written either way.
 */
function replaceText(source: string, what: string, replacement: string): string {
  if (what === '') return source;
  if (!what.includes('\\/')) return source.replaceAll(what, () => replacement);
  const plain = what.replaceAll('\\/', '/');
  return source
    .split(what)
    .map((part) => part.replaceAll(plain, () => replacement))
    .join(replacement);
}

/** `replace(text, what, replacement)`. */
export const replace = defineFunction({
  name: 'replace',
  summary: 'A text with every occurrence of another text or of a regular expression replaced.',
  description: [
    'A quoted text is taken as it stands, in the same letter case; `/…/` is a regular expression.',
    'A slash after a backslash (`"\\\\/"`), as JSON may write it, stands for a slash with or without the backslash.',
    'With a regular expression the replacement may hold `$0` (the whole match), `$1` and on (groups), `${name}` (named groups),',
    '`\\\\n` and `\\\\t`; write `\\\\$` for a dollar sign and two backslashes for one.',
    'Without a match the text stays as it is. Any null gives null. Needs an alias as a stage.',
  ].join(' '),
  parameters: [
    { name: 'text', type: 'string' },
    { name: 'what', type: 'regex-or-string' },
    { name: 'replacement', type: 'string' },
  ],
  returns: 'string',
  withoutAlias: 'error',
  evaluate: ([text, what, replacement], context) => {
    const source = text as string;
    if (typeof what !== 'object' || what === null) {
      return replaceText(source, what as string, replacement as string);
    }
    if (!('error' in parseReplacement(replacement as string, what.groupNames))) {
      return replaceAll(what, source, replacement as string);
    }
    context.rowWarning('replace got a replacement that names a group that is not there');
    return null;
  },
  check: (call): readonly Diagnostic[] => {
    const what = call.args[1];
    const replacement = textLiteralOf(call.args[2]);
    if (what?.kind !== 'regex' || replacement === null) return [];
    const compiled = compileRegex(what.pattern, what.flags);
    if ('error' in compiled) return []; // a malformed pattern is reported where it stands
    const read = parseReplacement(replacement.value, compiled.regex.groupNames);
    if (!('error' in read)) return [];
    return [
      error('bad-value', replacement.span, `in the replacement, ${read.error}`, {
        help: 'write `\\\\$` for a dollar sign',
      }),
    ];
  },
  examples: [
    exampleOf('replace("/f/12345/x", /f\\/([0-9]+)/, "id-$1")', '/id-12345/x'),
    exampleOf('replace("a.b.c", ".", "-")', 'a-b-c'),
  ],
});
