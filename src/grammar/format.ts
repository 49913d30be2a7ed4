import type { Diagnostic } from './diagnostics.ts';
import type { Layout, StageLayout, SubqueryLayout } from './layout.ts';
import type { Grammar } from './parse.ts';
import {
  And,
  Bareword,
  BinaryToken,
  Colon,
  Comma,
  type Comment,
  Equals,
  Identifier,
  LeftParen,
  NotEquals,
  Or,
  Parameter,
  QuotedName,
  QuotedText,
  RightParen,
  type Token,
} from './tokens.ts';

/** A formatted text; `null` when the query has errors, which are in `diagnostics`. */
export interface Formatted {
  readonly text: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** How far a line that continues a stage is indented. */
const CONTINUATION = '    ';

/**
 * Prints a query in its standard form: one stage a line with its pipe in front, keywords and functions
 * in their own spelling, single spaces. Line breaks inside stages, comments and parameters stay. The
 * result has no line break at the end. Formatting it again changes nothing.
 */
export function formatText(grammar: Grammar, text: string, start: 'scope' | 'stages' = 'scope'): Formatted {
  const { parsed, layout } = grammar.read(text, { mode: 'check', start });
  if (parsed.query === null) return { text: null, diagnostics: parsed.diagnostics };
  const printer = new Printer();
  printer.pipeline(layout, '', true);
  return { text: printer.result(), diagnostics: parsed.diagnostics };
}

class Printer {
  #text = '';

  result(): string {
    return this.#text.trimEnd();
  }

  /** Prints a scope and its stages. `lines`: each stage on a line of its own. */
  pipeline(layout: Layout, indent: string, lines: boolean): void {
    if (layout.scope !== null) this.#tokens(layout.scope, indent + CONTINUATION, indent, true);
    let held: Comment[] = [];
    let first = layout.scope === null;
    for (const stage of layout.stages) {
      if (stage.tokens.length === 0) {
        held.push(...stage.comments);
        continue;
      }
      this.#comments([...held, ...stage.comments], indent, first);
      held = [];
      this.#stage(stage, indent, lines, first);
      first = false;
    }
    this.#comments([...held, ...layout.comments], indent, false);
  }

  #stage(stage: StageLayout, indent: string, lines: boolean, first: boolean): void {
    if (!first) {
      if (lines) this.#newLine(indent);
      else this.#space();
      this.#text += '| ';
    }
    this.#tokens(stage.tokens, indent + CONTINUATION, indent, first);
  }

  #tokens(tokens: readonly Token[], indent: string, outer: string, atStart: boolean): void {
    tokens.forEach((token, index) => {
      const previous = tokens[index - 1];
      if (token.comments.length > 0) {
        this.#comments(
          token.comments,
          previous === undefined && atStart ? outer : indent,
          previous === undefined,
        );
      }
      const broken = previous !== undefined && token.gap === 'line';
      if (broken && !this.#text.endsWith('\n')) this.#newLine(indent);
      if (this.#text.endsWith('\n')) this.#text += previous === undefined && atStart ? outer : indent;
      else if (previous !== undefined && !broken && needsSpace(tokens, index)) this.#space();
      this.#token(token, indent, keepsMark(token, previous, index));
    });
  }

  #token(token: Token, indent: string, asWritten: boolean): void {
    if (token.nested === null) this.#text += asWritten ? token.image : spelling(token);
    else if (token.nested.kind === 'subquery') this.#subquery(token.nested, indent);
    else {
      this.#text += '(';
      this.pipeline(token.nested, indent, isBroken(token.nested));
      this.#closing(indent, ')');
    }
  }

  #subquery(subquery: SubqueryLayout, indent: string): void {
    this.#text += '[subquery';
    if (subquery.from !== null) this.#text += ` from=(${subquery.from})`;
    if (subquery.to !== null) this.#text += ` to=(${subquery.to})`;
    this.#text += ': ';
    this.pipeline(subquery.child, indent, isBroken(subquery.child));
    this.#closing(indent, ']');
  }

  /** A bracket after a nested pipeline; on a line of its own when a comment ends the line before. */
  #closing(indent: string, bracket: string): void {
    if (this.#text.endsWith('\n')) this.#text += indent;
    this.#text += bracket;
  }

  /** Prints comments: those with a line of their own keep it, the others stay behind what is before them. */
  #comments(comments: readonly Comment[], indent: string, leading: boolean): void {
    for (const comment of comments) {
      if (comment.ownLine && this.#text !== '') this.#newLine(indent);
      else if (!leading || this.#text.trim() !== '') this.#space();
      this.#text += comment.text;
      if (comment.line || comment.ownLine) this.#text += '\n';
      else this.#text += ' ';
    }
  }

  #newLine(indent: string): void {
    if (!this.#text.endsWith('\n') && this.#text !== '') this.#text = `${this.#text.trimEnd()}\n`;
    this.#text += indent;
  }

  #space(): void {
    if (!/\s$/.test(this.#text) && this.#text !== '') this.#text += ' ';
  }
}

/** Whether a nested pipeline was written over several lines. */
function isBroken(layout: Layout): boolean {
  return layout.stages.some(
    (stage) =>
      stage.gap === 'line' ||
      stage.comments.length > 0 ||
      stage.tokens.some((token) => token.comments.length > 0),
  );
}

function isMark({ image }: Token): boolean {
  return image === '&&' || image === '||';
}

/** Whether the word in place of the mark would be read differently: `count and x` counts, `{{a or }}` is a parameter. */
function keepsMark(token: Token, previous: Token | undefined, index: number): boolean {
  if (!isMark(token)) return false;
  const inScope = token.tokenType === And || token.tokenType === Or;
  return inScope ? /\{\{[^}]*$/.test(previous?.image ?? '') : index === 1;
}

function spelling(token: Token): string {
  if (token.tokenType === QuotedName) return token.image.replace(/^%\s+/, '%');
  if (token.tokenType === NotEquals) return '!=';
  if (token.tokenType === Equals) return '=';
  if (token.spelling !== null) return token.spelling;
  // In the scope, the marks are these tokens.
  if (token.tokenType === And && isMark(token)) return 'and';
  if (token.tokenType === Or && isMark(token)) return 'or';
  return token.role === 'keyword' ? token.image.toLowerCase() : token.image;
}

/** Keywords that keep a space before a parenthesis however they were written. */
const SPACED = new Set([
  'where',
  'and',
  'or',
  'not',
  'in',
  'matches',
  'contains',
  'by',
  'on',
  'as',
  'join',
  'fields',
  'with',
]);

function needsSpace(tokens: readonly Token[], index: number): boolean {
  const previous = tokens[index - 1];
  const token = tokens[index];
  if (previous === undefined || token === undefined) return false;
  if (previous.tokenType === LeftParen) return false;
  if (token.tokenType === RightParen || token.tokenType === Comma) return false;
  if (previous.role === 'tight' && isEqualsMark(previous)) return false;
  if (token.role === 'tight' && isEqualsMark(token)) return false;
  if (token.role === 'tight' && previous.role === 'tight') return false;
  if (isSign(previous) && endsSetting(tokens, index - 1)) return !isSign(token) || token.gap !== 'none';
  if (previous.role === 'prefix') return prefixNeedsSpace(previous, token);
  const touching = token.gap === 'none';
  // After a space it would begin a comment.
  if (touching && /^\/[/*]/.test(token.image)) return false;
  if (touching && isScopeWord(previous) && isScopeWord(token)) return false;
  if (touching && hasParameterBeside(previous, token)) return false;
  // `: //` would begin a comment, `://` does not.
  if (touching && previous.tokenType === Colon && /^\/(?:[/*]|$)/.test(token.image)) return false;
  if (token.tokenType === LeftParen) return parenNeedsSpace(previous, touching);
  return true;
}

function isEqualsMark(token: Token): boolean {
  return (
    token.tokenType === Equals || token.tokenType === NotEquals || token.image === '<' || token.image === '>'
  );
}

function isSign(token: Token): boolean {
  return token.image === '+' || token.image === '-';
}

/** Whether the sign at `index` is a value, as in `direction=+- window=5`. */
function endsSetting(tokens: readonly Token[], index: number): boolean {
  let at = index;
  for (let token = tokens[at]; token !== undefined && isSign(token); token = tokens[at]) at--;
  const before = tokens[at];
  return before !== undefined && before.role === 'tight' && isEqualsMark(before);
}

/** A parameter may be part of what it touches, unless that is an operator. */
function hasParameterBeside(previous: Token, token: Token): boolean {
  if (previous.tokenType !== Parameter && token.tokenType !== Parameter) return false;
  const other = previous.tokenType === Parameter ? token : previous;
  return !(other.tokenType.CATEGORIES?.includes(BinaryToken) ?? false);
}

function prefixNeedsSpace(prefix: Token, next: Token): boolean {
  if (/^[A-Za-z]/.test(prefix.image)) return true;
  return next.role === 'prefix' && next.image === prefix.image && prefix.image !== '!' && next.gap !== 'none';
}

function parenNeedsSpace(previous: Token, touching: boolean): boolean {
  if (previous.role === 'keyword') return !touching || SPACED.has(previous.image.toLowerCase());
  if (previous.tokenType === Identifier || previous.tokenType === QuotedName) return false;
  if (previous.tokenType.CATEGORIES?.includes(BinaryToken) ?? false) return true;
  return previous.spelling === null;
}

/** In the scope, `"type":"x"` keeps its look. */
function isScopeWord(token: Token): boolean {
  return token.tokenType === Bareword || token.tokenType === QuotedText || token.tokenType === QuotedName;
}
