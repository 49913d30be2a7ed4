import type { BinaryOperator, Expression, ExpressionStage, Name, Subquery } from './ast.ts';
import { MAX_DEPTH } from './cursor.ts';
import { error } from './diagnostics.ts';
import { makeCall } from './expression-calls.ts';
import { type BinaryStep, foldTernary, resolveBinary } from './expression-tree.ts';
import { readNumber, unescapeText, unquote } from './literals.ts';
import type { Rule, StageParser } from './parser.ts';
import { spanOver } from './span.ts';
import {
  As,
  Bang,
  BinaryToken,
  Colon,
  Comma,
  In,
  LeftParen,
  Minus,
  NameToken,
  Not,
  NumberToken,
  Parameter,
  Path,
  Plus,
  Question,
  QuotedName,
  QuotedText,
  Regex,
  RightParen,
  SingleQuoted,
  SubqueryToken,
  type Token,
} from './tokens.ts';

/** The rules that other rules build on. */
export interface ExpressionRules {
  readonly expression: Rule<Expression>;
  readonly stage: Rule<ExpressionStage>;
}

/** Defines expressions and the expression stage. */
export function defineExpression(parser: StageParser): ExpressionRules {
  const rules: { expression: Rule<Expression> | null } = { expression: null };
  const inner = (index: number): Expression => parser.call(index, rules.expression as Rule<Expression>);
  const list = parser.rule('expressions', () => {
    const expressions = [inner(1)];
    parser.repeat(1, () => {
      parser.read(1, Comma);
      expressions.push(inner(2));
    });
    return expressions;
  });
  const primary = definePrimary(parser, list, inner);
  const operand = defineOperand(parser, primary);

  /** Operands with what stands between them, put in order by precedence afterwards: one rule instead of one per level. */
  const chain = parser.rule('chain', () => {
    const first = parser.call(1, operand);
    const steps: BinaryStep[] = [];
    parser.repeat(1, () => {
      parser.choose(1, [
        {
          ALT: () => {
            const mark = parser.read(1, BinaryToken);
            const operator = binaryOperator(mark);
            const right = parser.call(2, operand);
            if (!parser.recording) steps.push({ kind: 'binary', operator, right });
          },
        },
        {
          ALT: () => {
            const not = parser.perhaps(1, () => parser.mark(parser.read(2, Not), 'keyword'));
            parser.mark(parser.read(3, In), 'keyword');
            parser.read(4, LeftParen);
            const members = parser.perhaps(2, () => parser.call(1, list)) ?? [];
            const close = parser.read(5, RightParen);
            steps.push({ kind: 'in', list: members, negated: not !== undefined, end: close.span });
          },
        },
      ]);
    });
    if (parser.recording) return first;
    checkChain(parser, steps);
    return resolveBinary(first, steps);
  });

  const expression = parser.rule('expression', () => {
    const parts = [parser.call(1, chain)];
    parser.repeat(1, () => {
      parser.read(1, Question);
      parts.push(inner(2));
      parser.read(2, Colon);
      parts.push(parser.call(3, chain));
    });
    return parser.recording ? (parts[0] as Expression) : foldTernary(parts);
  });
  rules.expression = expression;

  const stage = parser.rule('expressionStage', (): ExpressionStage => {
    const value = parser.call(1, expression);
    const alias = parser.perhaps(1, () => {
      parser.mark(parser.read(1, As), 'keyword');
      return nameOf(parser.read(2, NameToken));
    });
    const span = alias === undefined || parser.recording ? value.span : spanOver(value.span, alias.span);
    return { kind: 'expression', expression: value, alias: alias ?? null, span };
  });
  return { expression, stage };
}

function defineOperand(parser: StageParser, primary: Rule<Expression>): Rule<Expression> {
  return parser.rule('operand', () => {
    const prefixes: Token[] = [];
    parser.repeat(
      1,
      () => {
        const prefix = parser.choose(1, [
          { ALT: () => parser.read(1, Bang) },
          { ALT: () => parser.read(2, Minus) },
          { ALT: () => parser.read(3, Plus) },
          { ALT: () => parser.read(4, Not) },
        ]);
        parser.mark(prefix, 'prefix');
        prefixes.push(prefix);
      },
      () => parser.peek(1)?.tokenType !== Not || startsOperand(parser.peek(2)),
    );
    const value = parser.call(1, primary);
    if (parser.recording) return value;
    return limited(parser, prefixes, MAX_DEPTH).reduceRight(withPrefix, value);
  });
}

/** The first `most` of some prefixes; more are a mistake. */
export function limited(parser: StageParser, prefixes: readonly Token[], most: number): readonly Token[] {
  const [beyond] = prefixes.slice(most);
  if (beyond === undefined) return prefixes;
  parser.problems.push(error('syntax', beyond.span, `more than ${most} prefixes stand before one operand`));
  return prefixes.slice(0, most);
}

/** `and` and `or` make balanced trees; the tree of other operators is as deep as their chain is long. */
const MAX_CHAIN = 1000;

function checkChain(parser: StageParser, steps: BinaryStep[]): void {
  const last = steps.at(-1);
  if (last === undefined || longestRun(steps) <= MAX_CHAIN) return;
  const span = last.kind === 'in' ? last.end : last.right.span;
  const help = 'split the expression into several stages';
  parser.problems.push(error('syntax', span, `more than ${MAX_CHAIN} operators stand in a row`, { help }));
  steps.length = 0;
}

/** The longest run of steps without `and` or `or`. */
function longestRun(steps: readonly BinaryStep[]): number {
  let longest = 0;
  let run = 0;
  for (const step of steps) {
    run = step.kind === 'binary' && (step.operator === 'and' || step.operator === 'or') ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** `not` is a prefix when an operand follows, else a field of that name. */
function startsOperand(token: Token | null): boolean {
  if (token === null) return false;
  switch (token.tokenType) {
    case LeftParen:
    case Bang:
    case QuotedText:
    case QuotedName:
    case Regex:
    case SubqueryToken:
    case Parameter:
      return true;
    default:
      return /^[\w$.]/.test(token.image) && !/^(?:as|and|or|in|matches|contains)$/i.test(token.image);
  }
}

function withPrefix(of: Expression, prefix: Token): Expression {
  const span = spanOver(prefix.span, of.span);
  if (prefix.tokenType === Plus) return of;
  if (prefix.tokenType !== Minus) return { kind: 'unary', operator: '!', of, span };
  if (of.kind === 'literal' && typeof of.value === 'number') return { ...of, value: -of.value, span };
  return { kind: 'unary', operator: '-', of, span };
}

function definePrimary(
  parser: StageParser,
  list: Rule<Expression[]>,
  inner: (index: number) => Expression,
): Rule<Expression> {
  return parser.rule(
    'primary',
    (): Expression =>
      parser.choose<Expression>(1, [
        {
          ALT: () => {
            const open = parser.read(1, LeftParen);
            const value = inner(1);
            const close = parser.read(1, RightParen);
            return parser.recording ? value : { ...value, span: spanOver(open.span, close.span) };
          },
        },
        { ALT: () => ({ kind: 'literal', value: null, span: parser.read(1, Parameter).span }) },
        { ALT: () => numberLiteral(parser.read(1, NumberToken)) },
        { ALT: () => textLiteral(parser.read(1, QuotedText)) },
        { ALT: () => regexLiteral(parser.read(1, Regex)) },
        {
          ALT: () => {
            const token = parser.read(1, SubqueryToken);
            return { kind: 'subqueryTest', subquery: parser.nested.get(token) as Subquery, span: token.span };
          },
        },
        {
          ALT: () => {
            const token = parser.read(1, Path);
            return { kind: 'literal', value: pathValue(token.image), span: token.span };
          },
        },
        {
          ALT: () => {
            const token = parser.read(1, SingleQuoted);
            if (!parser.recording) {
              parser.problems.push(
                error('syntax', token.span, `${token.image} is no text: single quotes do not make one`, {
                  help: `write ${JSON.stringify(token.image.slice(1, -1))}`,
                  fix: {
                    title: 'use double quotes',
                    edits: [{ span: token.span, text: JSON.stringify(token.image.slice(1, -1)) }],
                  },
                }),
              );
            }
            return { kind: 'literal', value: token.image.slice(1, -1), span: token.span };
          },
        },
        {
          ALT: () => {
            const name = parser.read(1, NameToken);
            const call = parser.perhaps(1, () => {
              parser.read(2, LeftParen);
              const args = parser.perhaps(2, () => parser.call(1, list)) ?? [];
              return { args, close: parser.read(2, RightParen).span };
            });
            if (parser.recording) return fieldOf(name);
            if (call === undefined) return word(name);
            return makeCall(parser, name, call.args, spanOver(name.span, call.close));
          },
        },
      ]),
  );
}

function word(token: Token): Expression {
  if (token.tokenType !== QuotedName) {
    switch (token.image.toLowerCase()) {
      case 'true':
        return { kind: 'literal', value: true, span: token.span };
      case 'false':
        return { kind: 'literal', value: false, span: token.span };
      case 'null':
        return { kind: 'literal', value: null, span: token.span };
    }
  }
  return fieldOf(token);
}

/** The number that a token stands for; a parameter without a value counts as null. */
function numberLiteral(token: Token): Expression {
  return { kind: 'literal', value: readNumber(token.image)?.value ?? null, span: token.span };
}

function textLiteral(token: Token): Expression {
  return { kind: 'literal', value: unescapeText(insideQuotes(token)), span: token.span };
}

function regexLiteral(token: Token): Expression {
  const close = token.image.lastIndexOf('/');
  return {
    kind: 'regex',
    pattern: token.image.slice(1, close),
    flags: token.image.slice(close + 1),
    span: token.span,
  };
}

/** What stands between the quotes of a text token. Parameters without a value become their names. */
export function insideQuotes(token: Token): string {
  const image = token.image;
  const start = image.indexOf(image.startsWith("'") ? "'" : '"') + 1;
  const closed = image.length > start && image.endsWith(image.charAt(start - 1));
  const inside = image.slice(start, closed ? -1 : undefined);
  return token.hasParameter ? inside.replace(/\{\{\{?\s*([^{}|"\n]+?)\s*\}?\}\}/g, '$1') : inside;
}

/** The table that a path token names: the quotes of `path://"/a b"` and `"a b"` are no part of it. */
export function pathValue(image: string): string {
  return image.replace(/"([^"]*)"?$/, '$1');
}

/** The name that a token stands for, without `%` and quotes. */
export function nameText(token: Token): string {
  if (token.tokenType !== QuotedName) return token.image.replace(/\.\s+/g, '.');
  const quote = token.image.indexOf('"');
  if (quote < 0) return token.image.slice(1);
  return unquote(token.image.slice(quote + 1, token.image.endsWith('"') ? -1 : undefined));
}

/** The name that a token gives to a new field. */
export function nameOf(token: Token): Name {
  return { kind: 'name', text: nameText(token), span: token.span };
}

/** The field that a token refers to. */
export function fieldOf(token: Token): Expression & { kind: 'field' } {
  return { kind: 'field', name: nameText(token), span: token.span };
}

function binaryOperator(token: Token): BinaryOperator {
  if (token.image === '<>') return '!=';
  if (token.image === '==') return '=';
  if (token.image === '&&' || token.image === '||') {
    token.spelling = token.image === '&&' ? 'and' : 'or';
    return token.spelling === 'and' ? 'and' : 'or';
  }
  const operator = token.image.toLowerCase();
  if (/^[a-z]/.test(operator)) token.role = 'keyword';
  return operator as BinaryOperator;
}
