import { createToken, type IToken, Lexer, type TokenType } from 'chevrotain';
import type { Layout, SubqueryLayout } from './layout.ts';
import type { Span } from './span.ts';

/** A comment with its delimiters. `line` says whether it runs to the end of its line. */
export interface Comment {
  readonly text: string;
  readonly line: boolean;
  readonly span: Span;
  /** True when nothing but white space stands before it on its line. */
  readonly ownLine: boolean;
}

/** White space before a token: none, some, or some with a line break. */
export type Gap = 'none' | 'space' | 'line';

/** A piece of the query. Its span lies in the text as the user wrote it; `at` is its offset in the text that was scanned. */
export interface Token extends IToken {
  readonly span: Span;
  readonly at: number;
  readonly gap: Gap;
  readonly comments: readonly Comment[];
  /** A nested pipeline or subquery, for the tokens that stand for one. */
  readonly nested: Layout | SubqueryLayout | null;
  /** True when the text has a parameter without a value in it. */
  readonly hasParameter: boolean;
  tokenType: TokenType;
  /** What the parser took it for: keywords print in lower case, tight marks without spaces around. */
  role: 'keyword' | 'tight' | 'prefix' | null;
  /** How the language spells the word, where the parser knows. */
  spelling: string | null;
}

function tokenType(name: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, pattern: Lexer.NA, categories });
}

// ---- categories -----------------------------------------------------------------------------

/** Whatever may name a field: words, also those that are keywords elsewhere, and `%"names"`. */
export const NameToken: TokenType = tokenType('<name>');
/** A number, with or without a suffix. */
export const NumberToken: TokenType = tokenType('<number>');
/** A quoted text. */
export const TextToken: TokenType = tokenType('<text>');
/** What stands between two operands. */
export const BinaryToken: TokenType = tokenType('<operator>');
/** What may stand after a comparison's field in the scope. */
export const ScopeWordToken: TokenType = tokenType('<word>');

// ---- names and literals ---------------------------------------------------------------------

/** A parameter without a value: it may be a name, a number or a text. */
export const Parameter: TokenType = tokenType(
  '<parameter>',
  NameToken,
  NumberToken,
  TextToken,
  ScopeWordToken,
);
/** A word that is no keyword where it stands. */
export const Identifier: TokenType = tokenType('<identifier>', NameToken);
/** `%"any text"` or `%name`. */
export const QuotedName: TokenType = tokenType('<quoted name>', NameToken);
/** A number without suffix, or with a size suffix. */
export const PlainNumber: TokenType = tokenType('<plain number>', NumberToken);
/** A number with a time suffix. */
export const Quantity: TokenType = tokenType('<quantity>', NumberToken);
/** `"…"` */
export const QuotedText: TokenType = tokenType('<quoted text>', TextToken, ScopeWordToken);
/** `'x'`, as `csv` and `split` have it. */
export const SingleQuoted: TokenType = tokenType('<single-quoted text>', TextToken);
/** `/pattern/flags` */
export const Regex: TokenType = tokenType('<regular expression>');
/** `geo://location`, `shared/a/b` and the like. */
export const Path: TokenType = tokenType('<path>');
/** `[subquery …]`, as one token. */
export const SubqueryToken: TokenType = tokenType('<subquery>');
/** `( stages )`, as one token. */
export const PipelineToken: TokenType = tokenType('<pipeline>');
/** A word of the search expression, with its wildcards. */
export const Bareword: TokenType = tokenType('<keyword>', ScopeWordToken);

// ---- words that are operators in expressions (each token type is named after its word) ------------------------------------------------

export const And: TokenType = tokenType('and', NameToken, BinaryToken);
export const Or: TokenType = tokenType('or', NameToken, BinaryToken);
const Matches: TokenType = tokenType('matches', NameToken, BinaryToken);
const Contains: TokenType = tokenType('contains', NameToken, BinaryToken);
export const Not: TokenType = tokenType('not', NameToken);
export const In: TokenType = tokenType('in', NameToken);

// ---- marks (each token type is named after its mark) ----------------------------------------------------------------------------------

const symbols = new Map<string, TokenType>();

function symbolType(mark: string, ...categories: TokenType[]): TokenType {
  const type = tokenType(mark, ...categories);
  symbols.set(mark, type);
  return type;
}

export const LeftParen: TokenType = symbolType('(');
export const RightParen: TokenType = symbolType(')');
export const Comma: TokenType = symbolType(',');
export const Plus: TokenType = symbolType('+', BinaryToken);
export const Minus: TokenType = symbolType('-', BinaryToken);
export const Star: TokenType = symbolType('*', BinaryToken);
symbolType('/', BinaryToken);
symbolType('%', BinaryToken);
export const Equals: TokenType = symbolType('=', BinaryToken);
export const NotEquals: TokenType = symbolType('!=', BinaryToken);
export const Less: TokenType = symbolType('<', BinaryToken);
symbolType('<=', BinaryToken);
export const Greater: TokenType = symbolType('>', BinaryToken);
symbolType('>=', BinaryToken);
/** `&&` and `||` are no names, unlike the words. */
symbolType('&&', BinaryToken);
symbolType('||', BinaryToken);
export const Bang: TokenType = symbolType('!');
export const Question: TokenType = symbolType('?');
export const Colon: TokenType = symbolType(':');
symbolType(';');
symbolType('[');
symbolType(']');
symbolType('{');
symbolType('}');
/** A character that belongs nowhere. */
export const Unknown: TokenType = tokenType('<character>');

/** The token type of a punctuation mark. Throws for a mark that no token has: a bug in a syntax record. */
export function symbolToken(mark: string): TokenType {
  const type = symbols.get(mark);
  if (type === undefined) throw new Error(`no token is written ${mark}`);
  return type;
}

const keywords = new Map<string, TokenType>([
  ['and', And],
  ['or', Or],
  ['matches', Matches],
  ['contains', Contains],
  ['not', Not],
  ['in', In],
]);

/** The words that are operators in every expression, with their token types. */
export const EXPRESSION_WORDS: ReadonlyMap<string, TokenType> = new Map(keywords);

/** The token type of a keyword (in lower case); the same type for the same word. It may also be a name. */
export function keywordToken(word: string): TokenType {
  const known = keywords.get(word);
  if (known !== undefined) return known;
  const type = tokenType(word, NameToken);
  keywords.set(word, type);
  return type;
}

export const As: TokenType = keywordToken('as');
export const By: TokenType = keywordToken('by');
export const Group: TokenType = keywordToken('group');

/** Every token type but the keywords of operators. */
export const CORE_TOKENS: readonly TokenType[] = [
  NameToken,
  NumberToken,
  TextToken,
  BinaryToken,
  ScopeWordToken,
  Parameter,
  Identifier,
  QuotedName,
  PlainNumber,
  Quantity,
  QuotedText,
  SingleQuoted,
  Regex,
  Path,
  SubqueryToken,
  PipelineToken,
  Bareword,
  Unknown,
  As,
  By,
  Group,
  ...EXPRESSION_WORDS.values(),
  ...symbols.values(),
];

/** Names that are values, and `if`, which looks like a function. */
const FIXED_WORDS = /^(?:if|null|true|false)$/i;

/** Whether a parsed token is a word or mark of the syntax, not a name or a value. */
export function isSyntax({ tokenType, role, image }: Token): boolean {
  if (role !== null) return role !== 'tight';
  if (tokenType === Identifier) return FIXED_WORDS.test(image);
  return (
    tokenType === Not ||
    tokenType === Parameter ||
    tokenType === Question ||
    tokenType === Colon ||
    (tokenType.CATEGORIES?.includes(BinaryToken) ?? false)
  );
}

/** What a token type is called in a message: `a name`, `` `by` ``. */
export function tokenName(type: TokenType): string {
  switch (type) {
    case NameToken:
    case Identifier:
      return 'a name';
    case QuotedName:
      return 'a quoted name';
    case NumberToken:
    case PlainNumber:
      return 'a number';
    case Quantity:
      return 'a duration';
    case TextToken:
    case QuotedText:
      return 'a text in double quotes';
    case SingleQuoted:
      return 'a text in single quotes';
    case Regex:
      return 'a regular expression';
    case Path:
      return 'a table name';
    case SubqueryToken:
      return 'a subquery';
    case PipelineToken:
      return 'a pipeline in parentheses';
    case Bareword:
    case ScopeWordToken:
      return 'a word';
    case BinaryToken:
      return 'an operator';
    case Parameter:
      return 'a parameter';
    default:
      return `\`${type.name}\``;
  }
}
