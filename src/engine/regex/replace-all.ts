import type { CompiledRegex } from '../define.ts';

/** One piece of a replacement text: literal text or a group of the match. */
type Piece = string | number;

/**
 * Reads a replacement: `$1` and `${1}` are groups, `${name}` a named group, `$0` the whole match; `\$` is
 * a dollar sign, `\\` a backslash, `\n`, `\t` and `\r` control characters. A `$` before anything else is itself.
 * As many digits belong to `$12` as make the number of a group that there is.
 */
export function parseReplacement(
  replacement: string,
  groupNames: readonly (string | null)[],
): { readonly pieces: readonly Piece[] } | { readonly error: string; readonly at: number } {
  const pieces: Piece[] = [];
  let literal = '';
  for (let at = 0; at < replacement.length; ) {
    const char = replacement[at] ?? '';
    if (char === '\\' && at + 1 < replacement.length) {
      const next = replacement[at + 1] ?? '';
      literal += ESCAPES.get(next) ?? next;
      at += 2;
      continue;
    }
    const reference = char === '$' ? /^\$(?:(\d+)|\{([^}]*)\})/.exec(replacement.slice(at, at + 260)) : null;
    if (reference === null) {
      literal += char;
      at++;
      continue;
    }
    const [whole, digits, name] = reference;
    let size = whole.length;
    let group = name === undefined ? -1 : groupNames.indexOf(name);
    if (name !== undefined && /^\d+$/.test(name)) group = Number(name);
    if (digits !== undefined) {
      let taken = digits.length;
      while (taken > 1 && Number(digits.slice(0, taken)) >= groupNames.length) taken--;
      group = Number(digits.slice(0, taken));
      size = 1 + taken;
    }
    if (group < 0 || group >= groupNames.length) {
      return { error: `the pattern has no group \`${name ?? digits}\``, at };
    }
    if (literal !== '') pieces.push(literal);
    literal = '';
    pieces.push(group);
    at += size;
  }
  if (literal !== '') pieces.push(literal);
  return { pieces };
}

const ESCAPES = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);

/** The text with every match replaced; an unknown group in the replacement is a RangeError, to be ruled out by `parseReplacement`. */
export function replaceAll(regex: CompiledRegex, text: string, replacement: string): string {
  const parsed = parseReplacement(replacement, regex.groupNames);
  if ('error' in parsed) throw new RangeError(parsed.error);
  let result = '';
  let done = 0;
  let from = 0;
  while (from <= text.length) {
    const match = regex.exec(text, from);
    if (match === null) break;
    result += text.slice(done, match.start);
    for (const piece of parsed.pieces)
      result += typeof piece === 'string' ? piece : (match.groups[piece] ?? '');
    done = match.end;
    from = match.end > match.start ? match.end : nextUnit(text, match.end);
  }
  return result + text.slice(done);
}

/** After an empty match the search goes on one whole character later. */
function nextUnit(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}
