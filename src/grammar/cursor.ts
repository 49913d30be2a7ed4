import type { TokenType } from 'chevrotain';
import { type Diagnostic, error } from './diagnostics.ts';
import type { Forms } from './forms.ts';
import type { Layout, SubqueryLayout } from './layout.ts';
import type { MacroUse, SourceMap } from './parameters.ts';
import type { Span } from './span.ts';
import { type Comment, type Gap, QuotedName, QuotedText, type Token } from './tokens.ts';

/** How deep parentheses may nest: deeper text gets a diagnostic instead of a deep stack. */
export const MAX_DEPTH = 100;

/** White space, also what web pages put between words: the zero-width space and the word joiner. */
const SPACE = /[\s\u200b\u2060]+/y;
/** What names may have beyond ASCII: all but white space and curly quotes. */
const BEYOND =
  '\\u00a1-\\u167f\\u1681-\\u1fff\\u200c-\\u2017\\u2020-\\u2027\\u202a-\\u202e\\u2030-\\u205e\\u2061-\\u2fff\\u3001-\\ufefe\\uff00-\\uffff';
/** A name in a stage. */
export const IDENTIFIER = new RegExp(`[A-Za-z_$@#${BEYOND}][\\w.$@#${BEYOND}]*`, 'y');
/** What may go on with a name. */
export const IDENTIFIER_TAIL = new RegExp(`[\\w.$@#${BEYOND}]+`, 'y');
const PARAMETER = /\{\{\{[^{}|"\n]+\}\}\}|\{\{[^{}|"\n]+\}\}/y;

const NO_COMMENTS: readonly Comment[] = [];

/** How to scan. */
export interface ScanOptions {
  readonly forms: Forms;
  readonly map: SourceMap;
  /** `stages`: the text has no search expression (rules). */
  readonly start: 'scope' | 'stages';
}

/** What ends a pipeline besides the end of the text. */
export type Ending = 'text' | ')' | ']';

/** A place in a text that is being cut into tokens, with what was found so far. */
export class Cursor {
  readonly text: string;
  readonly options: ScanOptions;
  /** Texts end where a line begins with a pipe: for a second look at a text with a missing quote. */
  readonly cautious: boolean;
  readonly diagnostics: Diagnostic[] = [];
  readonly macros: MacroUse[] = [];
  /** How many texts without a closing quote were met. */
  openTexts = 0;
  position = 0;
  /** Comments that belong to the next token. */
  comments: Comment[] = [];
  gap: Gap = 'none';
  pipelineDepth = 0;
  /** Scans a pipeline inside another; set by the scanner, which knows all kinds of text. */
  readonly nested: (ending: ')' | ']', start: 'scope' | 'either') => Layout;

  constructor(
    text: string,
    options: ScanOptions,
    cautious: boolean,
    nested: (cursor: Cursor, ending: ')' | ']', start: 'scope' | 'either') => Layout,
  ) {
    this.text = text;
    this.options = options;
    this.cautious = cautious;
    this.nested = (ending, start) => nested(this, ending, start);
  }

  peek(pattern: RegExp, at: number = this.position): string | null {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[0] ?? null;
  }

  span(start: number, end: number): Span {
    return this.options.map.original(start, Math.min(end, this.text.length));
  }

  report(start: number, end: number, message: string, help: string): void {
    this.diagnostics.push(error('syntax', this.span(start, end), message, { help }));
  }

  tooDeep(at: number): void {
    this.report(
      at,
      at + 1,
      `this is nested more than ${MAX_DEPTH} levels deep`,
      'split the query into several stages',
    );
  }

  /** Skips white space and comments. `previous` is the token before, in a stage. */
  skip(previous?: Token): void {
    const text = this.text;
    this.gap = 'none';
    while (this.position < text.length) {
      const at = this.position;
      const space = this.peek(SPACE);
      if (space !== null) {
        this.position += space.length;
        if (space.includes('\n')) this.gap = 'line';
        else if (this.gap === 'none') this.gap = 'space';
        continue;
      }
      if (text.charAt(at) !== '/') return;
      const next = text.charAt(at + 1);
      if (next === '/' && text[at - 1] !== ':') this.comment(at, lineEnd(text, at), true);
      else if (next === '*' && this.mayOpenBlock(at, previous)) {
        const close = text.indexOf('*/', at + 2);
        this.comment(at, close < 0 ? text.length : close + 2, false);
      } else return;
    }
  }

  mayOpenBlock(at: number, previous: Token | undefined): boolean {
    if (at === 0 || /(?:[\s|(,/]|&&)$/.test(this.text.slice(Math.max(0, at - 2), at))) return true;
    return previous !== undefined && previous.tokenType === QuotedText;
  }

  comment(at: number, end: number, line: boolean): void {
    let before = at - 1;
    while (before >= 0 && /[ \t\r]/.test(this.text.charAt(before))) before--;
    this.comments.push({
      text: this.text.slice(at, end).trimEnd(),
      line,
      span: this.span(at, end),
      ownLine: before < 0 || this.text[before] === '\n',
    });
    this.position = end;
    if (this.gap === 'none') this.gap = 'space';
  }

  takeComments(): readonly Comment[] {
    const comments = this.comments;
    this.comments = [];
    return comments;
  }

  token(
    type: TokenType,
    at: number,
    end: number,
    more: { hasParameter?: boolean; nested?: Layout | SubqueryLayout } = {},
  ): Token {
    const span = this.span(at, end);
    this.position = end;
    return {
      image: this.text.slice(at, end),
      startOffset: span.start,
      endOffset: span.end - 1,
      tokenTypeIdx: type.tokenTypeIdx ?? 0,
      tokenType: type,
      span,
      at,
      gap: this.gap,
      comments: this.comments.length === 0 ? NO_COMMENTS : this.takeComments(),
      nested: more.nested ?? null,
      hasParameter: more.hasParameter ?? false,
      role: null,
      spelling: null,
    };
  }

  quoted(): Token {
    const at = this.position;
    const found = this.textEnd(at);
    if (found === null || found.open) return this.open(QuotedText, at, found?.close ?? this.text.length);
    const end = found.close + 1;
    return this.token(QuotedText, at, end, { hasParameter: this.text.slice(at, end).includes('{{') });
  }

  quotedName(quote: number): Token {
    const at = this.position;
    const found = this.textEnd(quote);
    if (found === null || found.open) return this.open(QuotedName, at, found?.close ?? this.text.length);
    return this.token(QuotedName, at, found.close + 1, {
      hasParameter: this.text.slice(quote, found.close).includes('{{'),
    });
  }

  /** Where the text that opens at `start` closes. `open`: it has no closing quote, and ends before `close`. */
  textEnd(start: number): { readonly close: number; readonly open: boolean } | null {
    const text = this.text;
    let at = start + 1;
    while (at < text.length) {
      const character = text.charAt(at);
      if (character === '\\') {
        at += 2;
        continue;
      }
      if (character === '"' && !this.isEscapedTwice(start, at)) return { close: at, open: false };
      if (this.cautious && character === '\n' && /^\s*\|/.test(text.slice(at, at + 200)))
        return { close: at, open: true };
      at++;
    }
    return null;
  }

  /**
   * Whether a quote after `\\` does not close the text: people write `[^\\"]` in patterns. It closes when
   * what follows can stand after a text.
   */
  isEscapedTwice(start: number, quote: number): boolean {
    if (quote - 2 <= start || this.text[quote - 1] !== '\\') return false;
    return !/^(?:$|[\s,)|;]|\/\/|as\b|nodrop\b|multi\b|\][\s\])|]|\]$)/i.test(
      this.text.slice(quote + 1, quote + 9),
    );
  }

  open(type: TokenType, at: number, end: number): Token {
    this.openTexts++;
    this.diagnostics.push(
      error('unterminated-string', this.span(at, at + 1), 'the text that starts here has no closing quote', {
        help: 'add `"` where it ends',
      }),
    );
    return this.token(type, at, end);
  }

  /** The end of a word that has parameters without a value in it. */
  gluedParameters(end: number): number {
    let last = end;
    while (this.peek(PARAMETER, last) !== null) {
      last += this.peek(PARAMETER, last)?.length ?? 0;
      last += this.peek(IDENTIFIER_TAIL, last)?.length ?? 0;
    }
    return last;
  }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
