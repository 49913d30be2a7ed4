import type { Amount, Arg, Text } from './ast.ts';
import { error } from './diagnostics.ts';
import { insideQuotes, nameOf } from './expression-rules.ts';
import type { FirstSet } from './forms.ts';
import { durationUnit, readNumber, unescapeText } from './literals.ts';
import type { StageParser } from './parser.ts';
import { spanOver } from './span.ts';
import type { ClauseShape } from './syntax.ts';
import {
  Comma,
  Minus,
  NameToken,
  Parameter,
  Path,
  PipelineToken,
  PlainNumber,
  Quantity,
  QuotedName,
  QuotedText,
  SingleQuoted,
  type Token,
} from './tokens.ts';

/** Whether a token is one of these keywords (in lower case). */
export function isKeyword(token: Token, words: ReadonlySet<string>): boolean {
  return token.tokenType !== QuotedName && words.has(token.image.toLowerCase());
}

/** Whether a clause may start with this token, as far as one token tells. */
export function canStart(token: Token, first: FirstSet): boolean {
  if (isKeyword(token, first.words)) return true;
  if (first.symbols.has(token.image.slice(0, 1)) && /^[^\w"]/.test(token.image)) return true;
  if (first.expression) return token.tokenType !== Comma;
  switch (token.tokenType) {
    case QuotedText:
    case SingleQuoted:
      return first.text;
    case PlainNumber:
    case Quantity:
      return first.number;
    case PipelineToken:
      return first.symbols.has('(');
    case Path:
      return first.path;
    case Parameter:
      return first.text || first.number || first.name;
    default:
      return first.name && (token.tokenType.CATEGORIES?.includes(NameToken) ?? false);
  }
}

/** What an optional clause captures when it is not there. */
export function emptyValue(clause: ClauseShape): Arg {
  return clause.kind === 'word' ? false : null;
}

/** What a quoted text (or a bare word in its place) captures. */
export function textOf(token: Token): Text {
  if (token.tokenType !== QuotedText && token.tokenType !== SingleQuoted) {
    const value = token.tokenType === QuotedName ? nameOf(token).text : token.image;
    return { kind: 'text', value, raw: value, span: token.span };
  }
  const raw = insideQuotes(token);
  if (token.tokenType === SingleQuoted) {
    // `'''` is the apostrophe; `'\t'` may be written for a tab.
    const value = raw.length > 1 ? unescapeText(raw) : raw;
    return { kind: 'text', value, raw, span: token.span };
  }
  return { kind: 'text', value: unescapeText(raw), raw, span: token.span };
}

/** What a number or duration captures; a parameter without a value counts as one (hour). */
export function amountOf(
  parser: StageParser,
  duration: 'no' | 'yes' | 'either',
  sign: Token | undefined,
  token: Token,
  separate: Token | undefined,
): Amount {
  const span = spanOver((sign ?? token).span, (separate ?? token).span);
  const factor = sign?.tokenType === Minus && duration === 'no' ? -1 : 1;
  const number = readNumber(token.image);
  if (number === null) return { kind: 'amount', count: 1, unit: duration === 'no' ? null : 'h', span };
  if (separate !== undefined)
    return { kind: 'amount', count: number.count, unit: durationUnit(separate.image), span };
  const unit = number.kind === 'time' && durationUnit(number.suffix) === number.suffix ? number.suffix : null;
  if (unit !== null && duration !== 'no') return { kind: 'amount', count: number.count, unit, span };
  if (duration === 'yes' || number.kind === 'time') {
    const [wanted, help] =
      duration === 'no'
        ? ['a number', 'write it without a unit']
        : ['a duration', 'write a number and one of `s`, `m`, `h`, `d`, `w`, such as `15m`'];
    parser.problems.push(error('syntax', span, `expected ${wanted}, found \`${token.image}\``, { help }));
  }
  const signedFactor = duration === 'either' && sign?.tokenType === Minus ? -1 : factor;
  return { kind: 'amount', count: number.value * signedFactor, unit: null, span };
}
