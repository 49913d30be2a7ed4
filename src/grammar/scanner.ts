import type { TokenType } from 'chevrotain';
import { type Diagnostic, error } from './diagnostics.ts';
import { type Forms, isExpressionWord, operatorAt } from './forms.ts';
import type { Layout, StageLayout, SubqueryLayout } from './layout.ts';
import { readNumber } from './literals.ts';
import { type MacroUse, readMacroUse, type SourceMap } from './parameters.ts';
import type { Span } from './span.ts';
import {
  And,
  Bang,
  Bareword,
  Comma,
  type Comment,
  Equals,
  type Gap,
  Greater,
  Identifier,
  LeftParen,
  Less,
  Not,
  NotEquals,
  Or,
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

/** How deep parentheses and subqueries may nest: deeper text gets a diagnostic instead of a deep stack. */
export const MAX_DEPTH = 100;
/** How deep whole pipelines may nest inside each other. */
const MAX_PIPELINE_DEPTH = 16;

/** Longer regular expression literals are not looked for: `/` divides then. */
const MAX_REGEX = 5000;

const SPACE = /[\s\u00a0\ufeff]+/y;
const IDENTIFIER = /[A-Za-z_$@#\u00a1-\u2017\u2020-\uffff][\w.$@#\u00a1-\u2017\u2020-\uffff]*/y;
const IDENTIFIER_TAIL = /[\w.$@#\u00a1-\u2017\u2020-\uffff]+/y;
const INDEX = /\[(?:\d+|\*)\](?:\.?[\w$][\w.$]*)?/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /\{\{\{[^{}|"\n]+\}\}\}|\{\{[^{}|"\n]+\}\}/y;
const RAW_NAME = /[^\s|,()=<>!"%]+/y;
const TABLE_SCHEME = /[A-Za-z][\w+]*:\/\//y;
const TABLE_PATH = /[^\s|,()"]+/y;
const SUBQUERY = /\[\s*subquery\b/iy;
const LEGACY_PARAMETER = /\[\[[A-Za-z_]\w*\]\]/y;
const SCOPE_FIELD = /^[A-Za-z_][\w.]*$/;
const MARKS = ['<=', '>=', '!=', '<>', '==', '&&', '||'];

/** What the scanner found in a text. */
export interface Scanned {
  readonly layout: Layout;
  readonly diagnostics: readonly Diagnostic[];
  readonly macros: readonly MacroUse[];
}

/** How to scan. */
export interface ScanOptions {
  readonly forms: Forms;
  readonly map: SourceMap;
  /** `stages`: the text has no search expression (rules). */
  readonly start: 'scope' | 'stages';
}

/** Cuts a text into scope, stages and tokens. Never throws; what it cannot read becomes diagnostics. */
export function scan(text: string, options: ScanOptions): Scanned {
  const scanner = new Scanner(text, options, false);
  const scanned = scanner.run();
  if (!scanner.openString) return scanned;
  // A quote is missing somewhere. Read again so that a text ends where a line begins with a pipe: the
  // first such text is most likely the one without its quote.
  return new Scanner(text, options, true).run();
}

type Ending = 'text' | ')' | ']';

class Scanner {
  openString = false;
  readonly #text: string;
  readonly #options: ScanOptions;
  readonly #cautious: boolean;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #macros: MacroUse[] = [];
  #position = 0;
  #comments: Comment[] = [];
  #gap: Gap = 'none';
  #pipelineDepth = 0;

  constructor(text: string, options: ScanOptions, cautious: boolean) {
    this.#text = text;
    this.#options = options;
    this.#cautious = cautious;
  }

  run(): Scanned {
    const layout = this.#pipeline('text', this.#options.start);
    return { layout, diagnostics: this.#diagnostics, macros: this.#macros };
  }

  // ---- pipelines ----------------------------------------------------------------------------

  #pipeline(ending: Ending, start: 'scope' | 'stages' | 'either'): Layout {
    const from = this.#position;
    this.#skip();
    const hasScope = this.#startsWithScope(start);
    let scope: Token[] | null = null;
    const stages: StageLayout[] = [];
    let scopeSpan = this.#span(this.#position, this.#position);
    let scopeUsable = true;
    if (hasScope) {
      const read = this.#scope(ending);
      scope = read.tokens;
      scopeUsable = read.usable;
      scopeSpan = spanOfTokens(scope) ?? scopeSpan;
    } else if (!this.#atEnd(ending) && this.#text[this.#position] !== '|') {
      stages.push(this.#stage(ending, [], this.#gap));
    }
    while (this.#text[this.#position] === '|') {
      const comments = this.#takeComments();
      const gap = this.#gap;
      this.#position++;
      stages.push(this.#stage(ending, comments, gap));
    }
    const comments = this.#takeComments();
    return {
      kind: 'layout',
      scope,
      scopeSpan,
      scopeUsable,
      stages,
      comments,
      span: this.#span(from, this.#position),
    };
  }

  #startsWithScope(start: 'scope' | 'stages' | 'either'): boolean {
    if (start === 'stages') return false;
    const word = this.#peek(IDENTIFIER)?.toLowerCase() ?? '';
    if (start === 'scope') {
      const next = this.#text.charAt(this.#position + 3);
      return !(word === 'cat' && /\s/.test(next) && this.#options.forms.operators.has('cat'));
    }
    return this.#looksLikeScope(word);
  }

  /** Whether a nested pipeline begins with a search of its own. */
  #looksLikeScope(word: string): boolean {
    const { forms } = this.#options;
    const at = this.#position;
    const first = this.#text.charAt(at);
    if (first === '*' || first === '!') return true;
    if (first === '|' || first === ')' || first === '' || first === '(') return false;
    if (word !== '') {
      if (operatorAt(forms, (index) => (index === 0 ? word : null)) !== null) return false;
      if (forms.operators.has('parse regex') && word === 'parse') return false;
      if (forms.aggregates.has(word) || forms.functions.has(word) || word === 'if') return false;
      const rest = this.#text.slice(at + word.length, at + word.length + 40).trimStart();
      if (/^=[^=]/.test(rest)) return true;
      return !/^(?:[-+*/%<>!=?(]|as\b|in\b|matches\b|contains\b)/i.test(rest);
    }
    if (first === '"') {
      const end = this.#textEnd(at);
      return end !== null && !/^\s*as\b/i.test(this.#text.slice(end.close + 1, end.close + 20));
    }
    if (first === '%') return /^%(?:"[^"]*"|[\w.]+)\s*=[^=]/.test(this.#text.slice(at, at + 200));
    return !/[\d.-]/.test(first);
  }

  #atEnd(ending: Ending): boolean {
    if (this.#position >= this.#text.length) return true;
    return ending !== 'text' && this.#text[this.#position] === ending;
  }

  // ---- the search expression ----------------------------------------------------------------

  #scope(ending: Ending): { readonly tokens: Token[]; readonly usable: boolean } {
    const tokens: Token[] = [];
    let usable = true;
    let depth = 0;
    while (true) {
      this.#skip();
      const at = this.#position;
      const character = this.#text.charAt(at);
      if (character === '') break;
      if (character === '|') {
        if (this.#text[at + 1] !== '|' || tokens.length === 0) break;
        tokens.push(this.#token(Or, at, at + 2));
      } else if (character === '&' && this.#text[at + 1] === '&') {
        tokens.push(this.#token(And, at, at + 2));
      } else if (character === '(') {
        depth++;
        if (depth === MAX_DEPTH + 1) {
          this.#tooDeep(at);
          usable = false;
        }
        tokens.push(this.#token(LeftParen, at, at + 1));
      } else if (character === ')') {
        if (depth === 0 && ending === ')') break;
        depth--;
        tokens.push(this.#token(RightParen, at, at + 1));
      } else if (character === ']' && ending === ']') {
        break;
      } else if (character === '"') {
        tokens.push(this.#quoted());
      } else if (character === '%' && this.#text[at + 1] === '"') {
        tokens.push(this.#quotedName(at + 1));
      } else if (character === '[' && this.#peek(SUBQUERY) !== null) {
        tokens.push(this.#subquery());
      } else if (character === '!' && this.#text[at + 1] === '=') {
        tokens.push(this.#token(NotEquals, at, at + 2));
      } else if (character === '!') {
        tokens.push(this.#token(Bang, at, at + 1));
      } else if (character === '=') {
        tokens.push(this.#token(Equals, at, at + 1));
      } else {
        tokens.push(this.#scopeWord(tokens.at(-1), ending));
      }
    }
    return { tokens, usable };
  }

  #scopeWord(previous: Token | undefined, ending: Ending): Token {
    const at = this.#position;
    const text = this.#text;
    const afterField = previous?.tokenType === Bareword && SCOPE_FIELD.test(previous.image);
    if (afterField && this.#comparesAt(at)) {
      const end = text[at + 1] === '=' || text[at + 1] === '>' ? at + 2 : at + 1;
      return this.#token(text[at] === '<' ? Less : Greater, at, end);
    }
    const isValue = previous?.tokenType === Equals || previous?.tokenType === NotEquals;
    let end = at;
    let hasParameter = false;
    while (end < text.length) {
      const character = text.charAt(end);
      if (/[\s|()"]/.test(character) || (character === ']' && ending === ']')) break;
      if (!isValue && character === '=') break;
      if (!isValue && character === '!' && text[end + 1] === '=') break;
      if (!isValue && end > at && this.#comparesAt(end) && SCOPE_FIELD.test(text.slice(at, end))) break;
      const placeholder = this.#peek(PARAMETER, end) ?? this.#peek(LEGACY_PARAMETER, end);
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
    return this.#token(type, at, Math.max(end, at + 1), {
      hasParameter: hasParameter || image.startsWith('$$'),
    });
  }

  /** Whether a value follows `<` or `>`: in `<a word>` it is part of the text. */
  #comparesAt(at: number): boolean {
    return this.#peek(/(?:<>|[<>]=?)[ \t]*[^\s|()<>=]/y, at) !== null;
  }

  #subquery(): Token {
    const at = this.#position;
    this.#position += this.#peek(SUBQUERY)?.length ?? 1;
    const limits = { from: null as string | null, to: null as string | null };
    let header = true;
    while (header) {
      this.#skip();
      const setting = /(from|to)\s*=\s*(?:\(([^()\n]*)\)|([^\s:()]+))/iy;
      setting.lastIndex = this.#position;
      const found = setting.exec(this.#text);
      if (found === null) header = false;
      else {
        limits[found[1]?.toLowerCase() === 'from' ? 'from' : 'to'] = (found[2] ?? found[3] ?? '').trim();
        this.#position += found[0].length;
      }
    }
    if (this.#text[this.#position] === ':') this.#position++;
    else
      this.#report(
        this.#position,
        this.#position + 1,
        'expected `:` after `subquery`',
        'write `[subquery: search | compose field]`',
      );
    const child = this.#nested(']', 'scope');
    if (this.#text[this.#position] === ']') this.#position++;
    else this.#report(at, at + 1, 'the subquery is not closed', 'add `]` after its last stage');
    const span = this.#span(at, this.#position);
    const nested: SubqueryLayout = { kind: 'subquery', ...limits, child, span };
    return this.#token(SubqueryToken, at, this.#position, { nested });
  }

  #nested(ending: ')' | ']', start: 'scope' | 'either'): Layout {
    const comments = this.#comments;
    const gap = this.#gap;
    this.#comments = [];
    this.#pipelineDepth++;
    let layout: Layout;
    if (this.#pipelineDepth > MAX_PIPELINE_DEPTH) {
      this.#tooDeep(this.#position);
      const at = this.#position;
      this.#position = this.#text.length;
      const span = this.#span(at, this.#position);
      layout = {
        kind: 'layout',
        scope: null,
        scopeSpan: span,
        scopeUsable: true,
        stages: [],
        comments: [],
        span,
      };
    } else {
      layout = this.#pipeline(ending, start);
    }
    this.#pipelineDepth--;
    this.#comments = comments;
    this.#gap = gap;
    return layout;
  }

  // ---- stages -------------------------------------------------------------------------------

  #stage(ending: Ending, comments: readonly Comment[], gap: Gap): StageLayout {
    const tokens: Token[] = [];
    const open: number[] = [];
    let usable = true;
    let conditions = 0;
    const after = this.#position;
    while (true) {
      this.#skip(tokens.at(-1));
      const at = this.#position;
      const character = this.#text.charAt(at);
      if (character === '') break;
      if (character === '|' && (this.#text[at + 1] !== '|' || tokens.length === 0)) break;
      if (open.length === 0 && ending !== 'text' && character === ending) break;
      if (character === '(') {
        if (open.length === 0 && this.#takesPipelines(tokens)) {
          tokens.push(this.#pipelineGroup());
          continue;
        }
        open.push(at);
        if (open.length === MAX_DEPTH + 1) {
          this.#tooDeep(at);
          usable = false;
        }
      }
      if (character === ')') open.pop();
      if (character === '?' && ++conditions === 2 * MAX_DEPTH + 1) {
        this.#tooDeep(at);
        usable = false;
      }
      tokens.push(this.#stageToken(tokens));
    }
    const span = spanOfTokens(tokens) ?? this.#span(after, after);
    return { tokens, comments, gap, span, usable };
  }

  #operatorOf(tokens: readonly Token[]): ReturnType<typeof operatorAt> {
    return operatorAt(this.#options.forms, (index) => {
      const token = tokens[index];
      return token?.tokenType === Identifier ? token.image : null;
    });
  }

  #takesPipelines(tokens: readonly Token[]): boolean {
    return this.#operatorOf(tokens)?.form.hasPipeline ?? false;
  }

  #pipelineGroup(): Token {
    const at = this.#position;
    this.#position++;
    const nested = this.#nested(')', 'either');
    if (this.#text[this.#position] === ')') this.#position++;
    else this.#report(at, at + 1, '`(` is not closed', 'add `)`');
    return this.#token(PipelineToken, at, this.#position, { nested });
  }

  #stageToken(tokens: readonly Token[]): Token {
    const text = this.#text;
    const at = this.#position;
    const character = text.charAt(at);
    const previous = tokens.at(-1);
    if (character === '"') return this.#quoted();
    if (character === "'") return this.#singleQuoted();
    if (character === '`') return this.#macro();
    if (character === '[' && this.#peek(SUBQUERY) !== null) return this.#subquery();
    if (this.#pathMayFollow(tokens)) {
      const path = this.#path(tokens);
      if (path !== null) return path;
    }
    if (character === '%') {
      const name = this.#percent(previous);
      if (name !== null) return name;
    }
    if (character === '/' && !isOperand(previous)) {
      const end = regexEnd(text, at);
      if (end !== null) return this.#token(Regex, at, end);
    }
    const parameter = this.#peek(PARAMETER);
    if (parameter !== null) return this.#parameterWord(parameter.length);
    const scheme = this.#peek(TABLE_SCHEME);
    if (scheme !== null) return this.#schemePath(scheme.length);
    if (this.#peek(IDENTIFIER) !== null) return this.#identifier();
    const digits = this.#peek(NUMBER);
    if (digits !== null) return this.#number(digits.length);
    const mark = text.slice(at, at + 2);
    if (MARKS.includes(mark)) return this.#mark(mark);
    if ('()+-*/%=<>!?:,;[]{}'.includes(character)) return this.#token(symbolToken(character), at, at + 1);
    if (character === '\u201c' || character === '\u201d') {
      this.#report(at, at + 1, `\`${character}\` is no quote of the language`, 'use straight double quotes');
    }
    return this.#token(Unknown, at, at + ((text.codePointAt(at) ?? 0 > 0xffff) ? 1 : 1));
  }

  #mark(mark: string): Token {
    const at = this.#position;
    const symbol = mark === '<>' ? '!=' : mark === '==' ? '=' : mark;
    return this.#token(symbolToken(symbol), at, at + 2);
  }

  #identifier(): Token {
    const at = this.#position;
    let end = at + (this.#peek(IDENTIFIER)?.length ?? 1);
    // `t1. x`: white space after a dot belongs to the name.
    if (this.#text[end - 1] === '.') {
      const rest = /[ \t]+[A-Za-z_][\w.]*/y;
      end += this.#peek(rest, end)?.length ?? 0;
    }
    end += this.#peek(INDEX, end)?.length ?? 0;
    const glued = this.#gluedParameters(end);
    return this.#token(Identifier, at, glued, { hasParameter: glued > end });
  }

  /** The end of a word that has parameters without a value in it. */
  #gluedParameters(end: number): number {
    let last = end;
    while (this.#peek(PARAMETER, last) !== null) {
      last += this.#peek(PARAMETER, last)?.length ?? 0;
      last += this.#peek(IDENTIFIER_TAIL, last)?.length ?? 0;
    }
    return last;
  }

  #parameterWord(length: number): Token {
    const at = this.#position;
    const end = at + length;
    const tail = end + (this.#peek(IDENTIFIER_TAIL, end)?.length ?? 0);
    return this.#token(Parameter, at, this.#gluedParameters(tail), { hasParameter: true });
  }

  #number(length: number): Token {
    const at = this.#position;
    const end = at + length;
    const glued = this.#gluedParameters(end);
    if (glued > end) return this.#token(Parameter, at, glued, { hasParameter: true });
    const tail = this.#peek(IDENTIFIER_TAIL, end)?.length ?? 0;
    if (tail === 0) return this.#token(PlainNumber, at, end);
    const number = readNumber(this.#text.slice(at, end + tail));
    if (number !== null) return this.#token(number.kind === 'time' ? Quantity : PlainNumber, at, end + tail);
    // `5xx_count`, or a time unit in capitals: a name that starts with a digit.
    return this.#token(Identifier, at, end + tail);
  }

  #percent(previous: Token | undefined): Token | null {
    const at = this.#position;
    const quote =
      this.#text[at + 1] === '"' ? at + 1 : at + 1 + (this.#peek(/[ \t]+(?=")/y, at + 1)?.length ?? 0);
    if (this.#text[quote] === '"') return this.#quotedName(quote);
    if (isOperand(previous) && (this.#gap === 'none' || !/[\w{]/.test(this.#text.charAt(at + 1))))
      return null;
    const parameter = this.#peek(PARAMETER, at + 1);
    if (parameter !== null)
      return this.#token(QuotedName, at, this.#gluedParameters(at + 1), { hasParameter: true });
    const name = this.#peek(RAW_NAME, at + 1);
    if (name === null || !/^[\w@]/.test(name)) return null;
    return this.#token(QuotedName, at, at + 1 + name.length);
  }

  #quotedName(quote: number): Token {
    const at = this.#position;
    const found = this.#textEnd(quote);
    if (found === null || found.open) return this.#open(QuotedName, at, found?.close ?? this.#text.length);
    return this.#token(QuotedName, at, found.close + 1, {
      hasParameter: this.#text.slice(quote, found.close).includes('{{'),
    });
  }

  #pathMayFollow(tokens: readonly Token[]): boolean {
    const operator = this.#operatorOf(tokens);
    if (operator === null || operator.form.pathAfter.size === 0) return false;
    if (tokens.length === operator.words) return operator.form.pathAfter.has('');
    const previous = tokens.at(-1);
    return previous?.tokenType === Identifier && operator.form.pathAfter.has(previous.image.toLowerCase());
  }

  #path(tokens: readonly Token[]): Token | null {
    const scheme = this.#peek(TABLE_SCHEME);
    if (scheme !== null) return this.#schemePath(scheme.length);
    const path = this.#peek(TABLE_PATH);
    if (path === null) return null;
    const isKeyword = this.#operatorOf(tokens)?.form.words.has(path.toLowerCase()) ?? false;
    if (isKeyword || /^[=<>!?:]/.test(path)) return null;
    return this.#token(Path, this.#position, this.#position + path.length, {
      hasParameter: path.includes('{{'),
    });
  }

  #schemePath(scheme: number): Token {
    const at = this.#position;
    const quote = at + scheme;
    if (this.#text[quote] === '"') {
      const found = this.#textEnd(quote);
      if (found === null || found.open) return this.#open(Path, at, found?.close ?? this.#text.length);
      return this.#token(Path, at, found.close + 1);
    }
    const rest = this.#peek(TABLE_PATH, quote)?.length ?? 0;
    return this.#token(Path, at, quote + rest);
  }

  // ---- quotes -------------------------------------------------------------------------------

  #quoted(): Token {
    const at = this.#position;
    const found = this.#textEnd(at);
    if (found === null || found.open) return this.#open(QuotedText, at, found?.close ?? this.#text.length);
    const end = found.close + 1;
    return this.#token(QuotedText, at, end, { hasParameter: this.#text.slice(at, end).includes('{{') });
  }

  /** Where the text that opens at `start` closes. `open`: it has no closing quote, and ends before `close`. */
  #textEnd(start: number): { readonly close: number; readonly open: boolean } | null {
    const text = this.#text;
    let at = start + 1;
    while (at < text.length) {
      const character = text.charAt(at);
      if (character === '\\') {
        at += 2;
        continue;
      }
      if (character === '"') return { close: at, open: false };
      if (this.#cautious && character === '\n' && /^\s*\|/.test(text.slice(at, at + 200)))
        return { close: at, open: true };
      at++;
    }
    return null;
  }

  #open(type: TokenType, at: number, end: number): Token {
    this.openString = true;
    this.#diagnostics.push(
      error('unterminated-string', this.#span(at, at + 1), 'the text that starts here has no closing quote', {
        help: 'add `"` where it ends',
      }),
    );
    return this.#token(type, at, end);
  }

  #singleQuoted(): Token {
    const at = this.#position;
    const text = this.#text;
    if (text.startsWith("'''", at)) return this.#token(SingleQuoted, at, at + 3);
    const escaped = this.#peek(/'\\.'/y);
    if (escaped !== null) return this.#token(SingleQuoted, at, at + escaped.length);
    const close = text.indexOf("'", at + 1);
    const lineEnd = text.indexOf('\n', at);
    if (close < 0 || (lineEnd >= 0 && close > lineEnd)) return this.#token(Unknown, at, at + 1);
    return this.#token(SingleQuoted, at, close + 1);
  }

  #macro(): Token {
    const at = this.#position;
    const close = this.#text.indexOf('`', at + 1);
    const end = close < 0 ? at + 1 : close + 1;
    const use = close < 0 ? null : readMacroUse(this.#text.slice(at + 1, close), { start: at, end });
    if (use !== null) {
      this.#macros.push(use);
      return this.#token(Parameter, at, end, { hasParameter: true });
    }
    this.#report(
      at,
      end,
      'a macro is a name between backticks',
      'write `name` or `name(1, "two")` between backticks',
    );
    return this.#token(Unknown, at, end);
  }

  // ---- white space, comments, tokens --------------------------------------------------------

  /** Skips white space and comments. `previous` is the token before, in a stage. */
  #skip(previous?: Token): void {
    const text = this.#text;
    this.#gap = 'none';
    while (this.#position < text.length) {
      const at = this.#position;
      const space = this.#peek(SPACE);
      if (space !== null) {
        this.#position += space.length;
        if (space.includes('\n')) this.#gap = 'line';
        else if (this.#gap === 'none') this.#gap = 'space';
        continue;
      }
      if (text.charAt(at) !== '/') return;
      const next = text.charAt(at + 1);
      if (next === '/' && text[at - 1] !== ':') this.#comment(at, lineEnd(text, at), true);
      else if (next === '*' && this.#mayOpenBlock(at, previous)) {
        const close = text.indexOf('*/', at + 2);
        this.#comment(at, close < 0 ? text.length : close + 2, false);
      } else return;
    }
  }

  #mayOpenBlock(at: number, previous: Token | undefined): boolean {
    if (at === 0 || /[\s|(,/]/.test(this.#text.charAt(at - 1))) return true;
    return previous !== undefined && previous.tokenType === QuotedText;
  }

  #comment(at: number, end: number, line: boolean): void {
    let before = at - 1;
    while (before >= 0 && /[ \t\r]/.test(this.#text.charAt(before))) before--;
    this.#comments.push({
      text: this.#text.slice(at, end).trimEnd(),
      line,
      span: this.#span(at, end),
      ownLine: before < 0 || this.#text[before] === '\n',
    });
    this.#position = end;
    if (this.#gap === 'none') this.#gap = 'space';
  }

  #takeComments(): readonly Comment[] {
    const comments = this.#comments;
    this.#comments = [];
    return comments;
  }

  #token(
    type: TokenType,
    at: number,
    end: number,
    more: { hasParameter?: boolean; nested?: Layout | SubqueryLayout } = {},
  ): Token {
    const span = this.#span(at, end);
    this.#position = end;
    return {
      image: this.#text.slice(at, end),
      startOffset: span.start,
      endOffset: span.end - 1,
      tokenTypeIdx: type.tokenTypeIdx ?? 0,
      tokenType: type,
      span,
      at,
      gap: this.#gap,
      comments: this.#comments.length === 0 ? NO_COMMENTS : this.#takeComments(),
      nested: more.nested ?? null,
      hasParameter: more.hasParameter ?? false,
      role: null,
      spelling: null,
    };
  }

  #peek(pattern: RegExp, at: number = this.#position): string | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0] ?? null;
  }

  #span(start: number, end: number): Span {
    return this.#options.map.original(start, Math.min(end, this.#text.length));
  }

  #report(start: number, end: number, message: string, help: string): void {
    this.#diagnostics.push(error('syntax', this.#span(start, end), message, { help }));
  }

  #tooDeep(at: number): void {
    this.#report(
      at,
      at + 1,
      `this is nested more than ${MAX_DEPTH} levels deep`,
      'split the query into several stages',
    );
  }
}

const NO_COMMENTS: readonly Comment[] = [];

function spanOfTokens(tokens: readonly Token[]): Span | null {
  const first = tokens[0];
  const last = tokens.at(-1);
  return first === undefined || last === undefined ? null : { start: first.span.start, end: last.span.end };
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
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
