import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { textLiteralOf } from '../../grammar/literal.ts';
import { type CompiledRegex, defineFunction, exampleOf, type RegexMatch } from '../define.ts';

/** `replace(text, what, replacement)`. */
export const replace = defineFunction({
  name: 'replace',
  summary: 'A text with every occurrence of another text or of a regular expression replaced.',
  description: [
    'A quoted text is taken as it stands, in the same letter case; `/…/` is a regular expression.',
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
  evaluate: ([text, what, replacement]) => {
    const source = text as string;
    if (typeof what === 'object' && what !== null) return replaceMatches(source, what, replacement as string);
    return what === '' ? source : source.replaceAll(what as string, () => replacement as string);
  },
  check: (call): readonly Diagnostic[] => {
    const what = call.args[1];
    const replacement = textLiteralOf(call.args[2]);
    if (what?.kind !== 'regex' || replacement === null) return [];
    const problem = templateProblem(templateOf(replacement.value), what.pattern);
    return problem === null
      ? []
      : [error('bad-value', replacement.span, problem, { help: 'write `\\\\$` for a dollar sign' })];
  },
  examples: [
    exampleOf('replace("/f/12345/x", /f\\/([0-9]+)/, "id-$1")', '/id-12345/x'),
    exampleOf('replace("a.b.c", ".", "-")', 'a-b-c'),
  ],
});

/** A piece of a replacement: text as it stands, or a group by number or name. */
type Piece = string | { readonly group: number | string };

const templates = new Map<string, readonly Piece[]>();
const REMEMBERED_TEMPLATES = 500;

function templateOf(replacement: string): readonly Piece[] {
  let template = templates.get(replacement);
  if (template === undefined) {
    template = readTemplate(replacement);
    if (templates.size < REMEMBERED_TEMPLATES) templates.set(replacement, template);
  }
  return template;
}

const TOKEN = /\\([\s\S])|\$(\d)|\$\{([^}]*)\}/g;
const ESCAPES = new Map([
  ['n', '\n'],
  ['t', '\t'],
]);

function readTemplate(replacement: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const token of replacement.matchAll(TOKEN)) {
    if (token.index > at) pieces.push(replacement.slice(at, token.index));
    const [whole, escaped, digit, name] = token;
    if (escaped !== undefined) pieces.push(ESCAPES.get(escaped) ?? escaped);
    else pieces.push({ group: digit !== undefined ? Number(digit) : groupName(name as string) });
    at = token.index + whole.length;
  }
  if (at < replacement.length) pieces.push(replacement.slice(at));
  return pieces;
}

function groupName(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function templateProblem(template: readonly Piece[], pattern: string): string | null {
  const groups =
    pattern.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]])*\]/g, '').match(/\((?!\?[^P<]|\?<[=!])/g)?.length ?? 0;
  for (const piece of template) {
    if (typeof piece === 'string') continue;
    const { group } = piece;
    if (typeof group === 'number' && group > groups) {
      return `the replacement names group ${group}, and the regular expression has ${groups}`;
    }
    if (typeof group === 'string' && !pattern.includes(`<${group}>`)) {
      return `the replacement names group \`${group}\`, and the regular expression has none of that name`;
    }
  }
  return null;
}

/** Every match of `regex` in `text` replaced by what the template makes of its groups. */
function replaceMatches(text: string, regex: CompiledRegex, replacement: string): string {
  const template = templateOf(replacement);
  let result = '';
  let copied = 0;
  let from = 0;
  while (from <= text.length) {
    const match = regex.exec(text, from);
    if (match === null) break;
    result += text.slice(copied, match.start) + filled(template, match, regex);
    copied = match.end;
    // An empty match moves on by one character, which is copied with the next piece.
    from = match.end > match.start ? match.end : match.end + 1;
  }
  return result + text.slice(copied);
}

function filled(template: readonly Piece[], match: RegexMatch, regex: CompiledRegex): string {
  let text = '';
  for (const piece of template) {
    if (typeof piece === 'string') text += piece;
    else {
      const { group } = piece;
      const number = typeof group === 'number' ? group : regex.groupNames.indexOf(group);
      text += match.groups[number] ?? '';
    }
  }
  return text;
}
