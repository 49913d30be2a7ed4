import type { Scope, Subquery } from './ast.ts';
import { MAX_DEPTH } from './cursor.ts';
import { error } from './diagnostics.ts';
import { insideQuotes, limited, nameText } from './expression-rules.ts';
import { unquote } from './literals.ts';
import type { Rule, StageParser } from './parser.ts';
import { spanOver } from './span.ts';
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
  Parameter,
  QuotedName,
  QuotedText,
  RightParen,
  ScopeWordToken,
  SubqueryToken,
  type Token,
} from './tokens.ts';

/** Defines the search expression: `not` binds tightest, then `and` (also unwritten), then `or`. */
export function defineScope(parser: StageParser): Rule<Scope> {
  const rules: { scope: Rule<Scope> | null } = { scope: null };

  const term = parser.rule(
    'scopeTerm',
    (): Scope =>
      parser.choose<Scope>(1, [
        {
          ALT: () => {
            const open = parser.read(1, LeftParen);
            const inner = parser.call(1, rules.scope as Rule<Scope>);
            const close = parser.read(1, RightParen);
            return parser.recording ? inner : { ...inner, span: spanOver(open.span, close.span) };
          },
        },
        { ALT: () => parser.nested.get(parser.read(1, SubqueryToken)) as Subquery },
        {
          ALT: () => {
            const word = parser.choose(2, [
              { ALT: () => parser.read(1, ScopeWordToken) },
              { ALT: () => parser.read(1, QuotedName) },
            ]);
            const comparison = parser.perhaps(1, () => {
              const mark = parser.choose(3, [
                { ALT: () => parser.read(1, Equals) },
                { ALT: () => parser.read(1, NotEquals) },
                { ALT: () => parser.read(1, Less) },
                { ALT: () => parser.read(1, Greater) },
              ]);
              parser.mark(mark, 'tight');
              return { mark, value: parser.read(2, ScopeWordToken) };
            });
            if (parser.recording) return { kind: 'all', span: word.span };
            return comparison === undefined
              ? plainTerm(word)
              : fieldPredicate(parser, word, comparison.mark, comparison.value);
          },
        },
      ]),
  );

  const negation = parser.rule('scopeNot', () => {
    const marks: Token[] = [];
    parser.repeat(1, () => {
      const mark = parser.choose(1, [
        { ALT: () => parser.read(1, Not) },
        { ALT: () => parser.read(1, Bang) },
      ]);
      parser.mark(mark, 'prefix');
      marks.push(mark);
    });
    const of = parser.call(1, term);
    if (parser.recording) return of;
    return limited(parser, marks, MAX_DEPTH).reduceRight<Scope>(
      (inner, mark) => ({ kind: 'not', of: inner, span: spanOver(mark.span, inner.span) }),
      of,
    );
  });

  const conjunction = parser.rule('scopeAnd', () => {
    const parts = [parser.call(1, negation)];
    parser.repeat(1, () => {
      parser.perhaps(1, () => parser.read(1, And));
      parts.push(parser.call(2, negation));
    });
    return parser.recording ? (parts[0] as Scope) : combine('and', parts);
  });

  const scope = parser.rule('scope', () => {
    const parts = [parser.call(1, conjunction)];
    parser.repeat(1, () => {
      parser.read(1, Or);
      parts.push(parser.call(2, conjunction));
    });
    return parser.recording ? (parts[0] as Scope) : combine('or', parts);
  });
  rules.scope = scope;
  return scope;
}

function combine(kind: 'and' | 'or', parts: readonly Scope[]): Scope {
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined || parts.length === 1) return first as Scope;
  const flat = parts.flatMap((part) => (part.kind === kind ? part.of : [part]));
  return { kind, of: flat, span: spanOver(first.span, last.span) };
}

/** A parameter without a value, or a macro without a definition, matches everything in the scope. */
function scopeText(token: Token): string {
  if (token.tokenType === QuotedText) return unquote(insideQuotes(token));
  if (token.tokenType === Parameter) return '*';
  if (!token.hasParameter) return token.image;
  return token.image
    .replace(/\{\{\{?[^{}|"\n]+?\}?\}\}|\[\[[A-Za-z_]\w*\]\]|`[^`]+`/g, '*')
    .replace(/^\$\$[A-Za-z_]\w*/, '*')
    .replace(/\*{2,}/g, '*');
}

function plainTerm(token: Token): Scope {
  const text = token.tokenType === QuotedName ? nameText(token) : scopeText(token);
  if (token.tokenType === Bareword && text === '*') return { kind: 'all', span: token.span };
  return { kind: 'term', text, quoted: token.tokenType !== Bareword, span: token.span };
}

function fieldPredicate(parser: StageParser, name: Token, mark: Token, value: Token): Scope {
  const span = spanOver(name.span, value.span);
  if (name.tokenType === QuotedText) {
    parser.problems.push(
      error('syntax', name.span, `${name.image} cannot be compared: a quoted text is no field`, {
        help: `write %${name.image} for the field of that name`,
      }),
    );
  }
  if (mark.tokenType === Less || mark.tokenType === Greater) {
    parser.problems.push(
      error('syntax', mark.span, `\`${mark.image}\` cannot be used in the search expression`, {
        help: `write \`| where ${name.image} ${mark.image} ${value.image}\` as a stage`,
      }),
    );
  }
  const field = { kind: 'name', text: nameText(name), span: name.span } as const;
  const quoted = value.tokenType === QuotedText;
  const predicate: Scope = { kind: 'fieldPredicate', field, value: scopeText(value), quoted, span };
  return mark.tokenType === NotEquals ? { kind: 'not', of: predicate, span } : predicate;
}
