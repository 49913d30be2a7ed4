import { type Cursor, type Ending, MAX_DEPTH } from './cursor.ts';
import type { SubqueryLayout } from './layout.ts';
import { readMacroUse } from './parameters.ts';
import {
  And,
  Bang,
  Bareword,
  Equals,
  Greater,
  LeftParen,
  Less,
  Not,
  NotEquals,
  Or,
  RightParen,
  SubqueryToken,
  type Token,
} from './tokens.ts';

const LEGACY_PARAMETER = /\[\[[A-Za-z_]\w*\]\]/y;
const PARAMETER = /\{\{\{[^{}|"\n]+\}\}\}|\{\{[^{}|"\n]+\}\}/y;
const SCOPE_FIELD = /^[A-Za-z_][\w.]*$/;

/** Where `[subquery` begins. */
export const SUBQUERY = /\[\s*subquery\b/iy;

/** Reads the search expression up to its pipe; not usable when it is nested too deeply or has an open text. */
export function scanScope(
  cursor: Cursor,
  ending: Ending,
): { readonly tokens: Token[]; readonly usable: boolean } {
  const tokens: Token[] = [];
  let usable = true;
  const { openTexts } = cursor;
  let depth = 0;
  while (true) {
    cursor.skip();
    const at = cursor.position;
    const character = cursor.text.charAt(at);
    if (character === '') break;
    if (character === '|') {
      if (cursor.text[at + 1] !== '|' || tokens.length === 0) break;
      tokens.push(cursor.token(Or, at, at + 2));
    } else if (character === '&' && cursor.text[at + 1] === '&') {
      tokens.push(cursor.token(And, at, at + 2));
    } else if (character === '(') {
      depth++;
      if (depth === MAX_DEPTH + 1) {
        cursor.tooDeep(at);
        usable = false;
      }
      tokens.push(cursor.token(LeftParen, at, at + 1));
    } else if (character === ')') {
      if (depth === 0 && ending === ')') break;
      depth--;
      tokens.push(cursor.token(RightParen, at, at + 1));
    } else if (character === ']' && ending === ']') {
      break;
    } else if (character === '"') {
      tokens.push(cursor.quoted());
    } else if (character === '%' && cursor.text[at + 1] === '"') {
      tokens.push(cursor.quotedName(at + 1));
    } else if (character === '[' && cursor.peek(SUBQUERY) !== null) {
      tokens.push(scanSubquery(cursor));
    } else if (character === '!' && cursor.text[at + 1] === '=') {
      tokens.push(cursor.token(NotEquals, at, at + 2));
    } else if (character === '!') {
      tokens.push(cursor.token(Bang, at, at + 1));
    } else if (character === '=') {
      tokens.push(cursor.token(Equals, at, at + 1));
    } else {
      tokens.push(readScopeWord(cursor, tokens.at(-1), ending));
    }
  }
  return { tokens, usable: usable && cursor.openTexts === openTexts };
}

function readScopeWord(cursor: Cursor, previous: Token | undefined, ending: Ending): Token {
  const at = cursor.position;
  const text = cursor.text;
  const afterField = previous?.tokenType === Bareword && SCOPE_FIELD.test(previous.image);
  if (afterField && comparesAt(cursor, at)) {
    const end = text[at + 1] === '=' || text[at + 1] === '>' ? at + 2 : at + 1;
    return cursor.token(text[at] === '<' ? Less : Greater, at, end);
  }
  const isValue = previous?.tokenType === Equals || previous?.tokenType === NotEquals;
  let end = at;
  let hasParameter = false;
  while (end < text.length) {
    const character = text.charAt(end);
    const macroEnd = character === '`' ? readScopeMacro(cursor, end) : null;
    if (macroEnd !== null) {
      hasParameter = true;
      end = macroEnd;
      continue;
    }
    if (/[\s|()"]/.test(character) || (character === ']' && ending === ']')) break;
    if (!isValue && character === '=') break;
    if (!isValue && character === '!' && text[end + 1] === '=') break;
    if (!isValue && end > at && comparesAt(cursor, end) && SCOPE_FIELD.test(text.slice(at, end))) break;
    const placeholder = cursor.peek(PARAMETER, end) ?? cursor.peek(LEGACY_PARAMETER, end);
    hasParameter ||= placeholder !== null;
    end += placeholder?.length ?? 1;
  }
  const image = text.slice(at, end).toLowerCase();
  const isWord = !isValue && !/^\s*(?:=[^=]|!=)/.test(text.slice(end, end + 20));
  const type = !isWord
    ? Bareword
    : image === 'and'
      ? And
      : image === 'or'
        ? Or
        : image === 'not'
          ? Not
          : Bareword;
  return cursor.token(type, at, Math.max(end, at + 1), {
    hasParameter: hasParameter || image.startsWith('$$'),
  });
}

/** The end of the macro call that begins with the backtick at `at`; null when it is none. */
function readScopeMacro(cursor: Cursor, at: number): number | null {
  const close = cursor.text.indexOf('`', at + 1);
  if (close < 0) return null;
  const use = readMacroUse(cursor.text.slice(at + 1, close), { start: at, end: close + 1 });
  if (use === null) return null;
  cursor.macros.push(use);
  return close + 1;
}

/** Whether a value follows `<` or `>`: in `<a word>` it is part of the text. */
function comparesAt(cursor: Cursor, at: number): boolean {
  return cursor.peek(/(?:<>|[<>]=?)[ \t]*[^\s|()<>=]/y, at) !== null;
}

/** Reads `[subquery …]` with everything in it as one token. */
export function scanSubquery(cursor: Cursor): Token {
  const at = cursor.position;
  cursor.position += cursor.peek(SUBQUERY)?.length ?? 1;
  const limits = { from: null as string | null, to: null as string | null };
  let header = true;
  while (header) {
    cursor.skip();
    const setting = /(from|to)\s*=\s*(?:\(([^()\n]*)\)|([^\s:()]+))/iy;
    setting.lastIndex = cursor.position;
    const found = setting.exec(cursor.text);
    if (found === null) header = false;
    else {
      limits[found[1]?.toLowerCase() === 'from' ? 'from' : 'to'] = (found[2] ?? found[3] ?? '').trim();
      cursor.position += found[0].length;
    }
  }
  if (cursor.text[cursor.position] === ':') cursor.position++;
  else
    cursor.report(
      cursor.position,
      cursor.position + 1,
      'expected `:` after `subquery`',
      'write `[subquery: search | compose field]`',
    );
  const child = cursor.nested(']', 'scope');
  if (cursor.text[cursor.position] === ']') cursor.position++;
  else cursor.report(at, at + 1, 'the subquery is not closed', 'add `]` after its last stage');
  const span = cursor.span(at, cursor.position);
  const nested: SubqueryLayout = { kind: 'subquery', ...limits, child, span };
  return cursor.token(SubqueryToken, at, cursor.position, { nested });
}
