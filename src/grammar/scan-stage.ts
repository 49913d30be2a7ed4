import { type Cursor, type Ending, IDENTIFIER, IDENTIFIER_TAIL, MAX_DEPTH } from './cursor.ts';
import { isExpressionWord, operatorAt } from './forms.ts';
import { type StageLayout, spanOfTokens } from './layout.ts';
import { readNumber } from './literals.ts';
import { readMacroUse } from './parameters.ts';
import { SUBQUERY, scanSubquery } from './scan-scope.ts';
import {
  Comma,
  type Comment,
  type Gap,
  Identifier,
  Parameter,
  Path,
  PipelineToken,
  PlainNumber,
  Quantity,
  QuotedName,
  QuotedText,
  Regex,
  RightParen,
  SingleQuoted,
  SubqueryToken,
  symbolToken,
  type Token,
  Unknown,
} from './tokens.ts';

/** Longer regular expression literals are not looked for: `/` divides then. */
const MAX_REGEX = 5000;
/** `[0]` and `[*]` after a name, with what follows. */
const INDEX = /\[(?:\d+|\*)\](?:\.?[\w$][\w.$]*)?/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** A time such as `logcompare start_time` takes without quotes. */
const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w:])/y;
const PARAMETER = /\{\{\{[^{}|"\n]+\}\}\}|\{\{[^{}|"\n]+\}\}/y;
const RAW_NAME = /[^\s|,()=<>!"%]+/y;
const TABLE_SCHEME = /[A-Za-z][\w+]*:\/\//y;
const TABLE_PATH = /[^\s|,()"]+/y;
const MARKS = ['<=', '>=', '!=', '<>', '==', '&&', '||'];

/** Reads one stage up to the next pipe. `comments` and `gap` are what stands before its own pipe. */
export function scanStage(
  cursor: Cursor,
  ending: Ending,
  comments: readonly Comment[],
  gap: Gap,
): StageLayout {
  const tokens: Token[] = [];
  const open: number[] = [];
  let usable = true;
  let conditions = 0;
  const { openTexts } = cursor;
  const { longestName } = cursor.options.forms;
  let operator: NamedOperator = null;
  const after = cursor.position;
  while (true) {
    // Later words are no part of an operator's name.
    if (tokens.length <= longestName) operator = operatorOf(cursor, tokens);
    cursor.skip(tokens.at(-1));
    const at = cursor.position;
    const character = cursor.text.charAt(at);
    if (character === '') break;
    if (character === '|' && (cursor.text[at + 1] !== '|' || tokens.length === 0)) break;
    if (open.length === 0 && ending !== 'text' && character === ending) break;
    if (character === '(') {
      if (open.length === 0 && operator?.form.hasPipeline === true) {
        tokens.push(readPipelineGroup(cursor));
        continue;
      }
      open.push(at);
      if (open.length === MAX_DEPTH + 1) {
        cursor.tooDeep(at);
        usable = false;
      }
    }
    if (character === ')') open.pop();
    if (character === '?' && ++conditions === 2 * MAX_DEPTH + 1) {
      cursor.tooDeep(at);
      usable = false;
    }
    tokens.push(readStageToken(cursor, tokens, operator));
  }
  const span = spanOfTokens(tokens) ?? cursor.span(after, after);
  return { tokens, comments, gap, span, usable: usable && cursor.openTexts === openTexts };
}

/** The operator that the first words of a stage name, if they name one. */
type NamedOperator = ReturnType<typeof operatorAt>;

function operatorOf(cursor: Cursor, tokens: readonly Token[]): NamedOperator {
  return operatorAt(cursor.options.forms, (index) => {
    const token = tokens[index];
    return token?.tokenType === Identifier ? token.image : null;
  });
}

function readPipelineGroup(cursor: Cursor): Token {
  const at = cursor.position;
  cursor.position++;
  const nested = cursor.nested(')', 'either');
  if (cursor.text[cursor.position] === ')') cursor.position++;
  else cursor.report(at, at + 1, '`(` is not closed', 'add `)`');
  return cursor.token(PipelineToken, at, cursor.position, { nested });
}

function readStageToken(cursor: Cursor, tokens: readonly Token[], operator: NamedOperator): Token {
  const text = cursor.text;
  const at = cursor.position;
  const character = text.charAt(at);
  const previous = tokens.at(-1);
  if (character === '"') return cursor.quoted();
  if (character === "'") return readSingleQuoted(cursor);
  if (character === '`') return readMacro(cursor);
  if (character === '[' && cursor.peek(SUBQUERY) !== null) return scanSubquery(cursor);
  if (operator !== null && pathMayFollow(operator, tokens)) {
    const path = readPath(cursor, operator);
    if (path !== null) return path;
  }
  if (character === '%') {
    const name = readPercent(cursor, previous);
    if (name !== null) return name;
  }
  if (character === '/' && !isOperand(previous)) {
    const end = regexEnd(text, at);
    if (end !== null) return cursor.token(Regex, at, end);
  }
  const parameter = cursor.peek(PARAMETER);
  if (parameter !== null) return readParameter(cursor, parameter.length);
  const scheme = cursor.peek(TABLE_SCHEME);
  if (scheme !== null) return readSchemePath(cursor, scheme.length);
  if (cursor.peek(IDENTIFIER) !== null) return readIdentifier(cursor);
  const time = cursor.peek(ISO_TIME);
  if (time !== null) return cursor.token(Identifier, at, at + time.length);
  const digits = cursor.peek(NUMBER);
  if (digits !== null) return readDigits(cursor, digits.length);
  const mark = text.slice(at, at + 2);
  if (MARKS.includes(mark)) return readMark(cursor, mark);
  if ('()+-*/%=<>!?:,;[]{}'.includes(character)) return cursor.token(symbolToken(character), at, at + 1);
  if (character === '\u201c' || character === '\u201d') {
    cursor.report(at, at + 1, `\`${character}\` is no quote of the language`, 'use straight double quotes');
  }
  return cursor.token(Unknown, at, at + ((text.codePointAt(at) ?? 0 > 0xffff) ? 1 : 1));
}

function readIdentifier(cursor: Cursor): Token {
  const at = cursor.position;
  let end = at + (cursor.peek(IDENTIFIER)?.length ?? 1);
  // `t1. x`: white space after a dot belongs to the name.
  if (cursor.text[end - 1] === '.') {
    const rest = /[ \t]+[A-Za-z_][\w.]*/y;
    end += cursor.peek(rest, end)?.length ?? 0;
  }
  end += cursor.peek(INDEX, end)?.length ?? 0;
  const glued = cursor.gluedParameters(end);
  return cursor.token(Identifier, at, glued, { hasParameter: glued > end });
}

function readParameter(cursor: Cursor, length: number): Token {
  const at = cursor.position;
  const end = at + length;
  const tail = end + (cursor.peek(IDENTIFIER_TAIL, end)?.length ?? 0);
  return cursor.token(Parameter, at, cursor.gluedParameters(tail), { hasParameter: true });
}

function readDigits(cursor: Cursor, length: number): Token {
  const at = cursor.position;
  const end = at + length;
  const glued = cursor.gluedParameters(end);
  if (glued > end) return cursor.token(Parameter, at, glued, { hasParameter: true });
  const tail = cursor.peek(IDENTIFIER_TAIL, end)?.length ?? 0;
  if (tail === 0) return cursor.token(PlainNumber, at, end);
  const number = readNumber(cursor.text.slice(at, end + tail));
  if (number !== null) return cursor.token(number.kind === 'time' ? Quantity : PlainNumber, at, end + tail);
  // `5xx_count`, or a time unit in capitals: a name that starts with a digit.
  return cursor.token(Identifier, at, end + tail);
}

function readPercent(cursor: Cursor, previous: Token | undefined): Token | null {
  const at = cursor.position;
  const quote =
    cursor.text[at + 1] === '"' ? at + 1 : at + 1 + (cursor.peek(/[ \t]+(?=")/y, at + 1)?.length ?? 0);
  if (cursor.text[quote] === '"') return cursor.quotedName(quote);
  if (isOperand(previous) && (cursor.gap === 'none' || !/[\w{]/.test(cursor.text.charAt(at + 1))))
    return null;
  const parameter = cursor.peek(PARAMETER, at + 1);
  if (parameter !== null)
    return cursor.token(QuotedName, at, cursor.gluedParameters(at + 1), { hasParameter: true });
  const name = cursor.peek(RAW_NAME, at + 1);
  if (name === null || !/^[\w@]/.test(name)) return null;
  return cursor.token(QuotedName, at, at + 1 + name.length);
}

function pathMayFollow(operator: NonNullable<NamedOperator>, tokens: readonly Token[]): boolean {
  if (operator.form.pathAfter.size === 0) return false;
  if (tokens.length === operator.words) return operator.form.pathAfter.has('');
  const previous = tokens.at(-1);
  return previous?.tokenType === Identifier && operator.form.pathAfter.has(previous.image.toLowerCase());
}

function readPath(cursor: Cursor, { form }: NonNullable<NamedOperator>): Token | null {
  const scheme = cursor.peek(TABLE_SCHEME);
  if (scheme !== null) return readSchemePath(cursor, scheme.length);
  const path = cursor.peek(TABLE_PATH);
  if (path === null) return null;
  if (form.words.has(path.toLowerCase()) || /^[=<>!?:]/.test(path)) return null;
  return cursor.token(Path, cursor.position, cursor.position + path.length, {
    hasParameter: path.includes('{{'),
  });
}

function readSchemePath(cursor: Cursor, scheme: number): Token {
  const at = cursor.position;
  const quote = at + scheme;
  if (cursor.text[quote] === '"') {
    const found = cursor.textEnd(quote);
    if (found === null || found.open) return cursor.open(Path, at, found?.close ?? cursor.text.length);
    return cursor.token(Path, at, found.close + 1);
  }
  const rest = cursor.peek(TABLE_PATH, quote)?.length ?? 0;
  return cursor.token(Path, at, quote + rest);
}

function readSingleQuoted(cursor: Cursor): Token {
  const at = cursor.position;
  const text = cursor.text;
  if (text.startsWith("'''", at)) return cursor.token(SingleQuoted, at, at + 3);
  const escaped = cursor.peek(/'\\.'/y);
  if (escaped !== null) return cursor.token(SingleQuoted, at, at + escaped.length);
  const close = text.indexOf("'", at + 1);
  const lineEnd = text.indexOf('\n', at);
  if (close < 0 || (lineEnd >= 0 && close > lineEnd)) return cursor.token(Unknown, at, at + 1);
  return cursor.token(SingleQuoted, at, close + 1);
}

function readMacro(cursor: Cursor): Token {
  const at = cursor.position;
  const close = cursor.text.indexOf('`', at + 1);
  const end = close < 0 ? at + 1 : close + 1;
  const use = close < 0 ? null : readMacroUse(cursor.text.slice(at + 1, close), { start: at, end });
  if (use !== null) {
    cursor.macros.push(use);
    return cursor.token(Parameter, at, end, { hasParameter: true });
  }
  cursor.report(
    at,
    end,
    'a macro is a name between backticks',
    'write `name` or `name(1, "two")` between backticks',
  );
  return cursor.token(Unknown, at, end);
}

function readMark(cursor: Cursor, mark: string): Token {
  const at = cursor.position;
  const symbol = mark === '<>' ? '!=' : mark === '==' ? '=' : mark;
  return cursor.token(symbolToken(symbol), at, at + 2);
}

/** Words after which an operand is expected, so that `/` opens a regular expression and `%` a name. */
const BEFORE_OPERAND = new Set([
  'by',
  'as',
  'row',
  'column',
  'on',
  'field',
  'fields',
  'where',
  'sort',
  'order',
  'dedup',
]);

/** Whether a token ends an operand, so that `/` after it divides. */
function isOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  switch (token.tokenType) {
    case Identifier: {
      const word = token.image.toLowerCase();
      return !isExpressionWord(word) && !BEFORE_OPERAND.has(word);
    }
    case QuotedName:
    case QuotedText:
    case PlainNumber:
    case Quantity:
    case Parameter:
    case RightParen:
    case SubqueryToken:
      return true;
    case Comma:
      return false;
    default:
      return false;
  }
}

/** The end of the regular expression literal that opens at `start`, flags included; null when it does not close. */
function regexEnd(text: string, start: number): number | null {
  // `/*` is a comment or a mistake: no pattern starts with a star.
  if (text[start + 1] === '*') return null;
  const close = regexClose(text, start, true) ?? regexClose(text, start, false);
  if (close === null) return null;
  const flags = /[a-z]*/y;
  flags.lastIndex = close + 1;
  return close + 1 + (flags.exec(text)?.[0].length ?? 0);
}

function regexClose(text: string, start: number, classes: boolean): number | null {
  let inClass = false;
  const end = Math.min(text.length, start + MAX_REGEX);
  for (let at = start + 1; at < end; at++) {
    const character = text.charAt(at);
    if (character === '\n') return null;
    if (character === '\\') at++;
    else if (classes && character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return at;
  }
  return null;
}
