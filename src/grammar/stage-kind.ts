import { type Forms, type OperatorForm, operatorAt } from './forms.ts';
import {
  As,
  BinaryToken,
  By,
  Comma,
  Identifier,
  LeftParen,
  PipelineToken,
  Question,
  QuotedText,
  Regex,
  RightParen,
  type Token,
} from './tokens.ts';

/** What kind of stage some tokens are, decided by the first words. */
export type StageKind =
  | { readonly kind: 'operator'; readonly form: OperatorForm; readonly words: number }
  | { readonly kind: 'aggregate' }
  | { readonly kind: 'expression' }
  | { readonly kind: 'unknown'; readonly name: Token };

/**
 * Decides what a stage is. An operator's or aggregate's name may also be a field: `count/60 as rate`,
 * `length as l` and `total > 5 as b` are expressions.
 */
export function stageKind(tokens: readonly Token[], forms: Forms): StageKind {
  const first = tokens[0];
  if (first === undefined || first.tokenType !== Identifier) return { kind: 'expression' };
  const name = first.image.toLowerCase();
  const operator = operatorAt(forms, (index) => {
    const token = tokens[index];
    return token !== undefined && isWord(token) ? token.image : null;
  });
  if (operator !== null && !readsAsExpression(tokens, operator, forms))
    return { kind: 'operator', ...operator };
  const next = tokens[1];
  if (forms.aggregates.has(name) && isAggregateCall(tokens, name, forms)) return { kind: 'aggregate' };
  if (forms.functions.has(name) || name === 'if') return { kind: 'expression' };
  if (startsExpressionRest(next, tokens[2])) return { kind: 'expression' };
  return { kind: 'unknown', name: first };
}

function isWord(token: Token): boolean {
  return /^[A-Za-z_]/.test(token.image) && token.tokenType !== QuotedText;
}

function readsAsExpression(
  tokens: readonly Token[],
  operator: { readonly form: OperatorForm; readonly words: number },
  forms: Forms,
): boolean {
  const next = tokens[operator.words];
  if (next === undefined || operator.words > 1) return false;
  const { first } = operator.form;
  const name = tokens[0]?.image.toLowerCase() ?? '';
  switch (next.tokenType) {
    case LeftParen:
    case PipelineToken: {
      if (first.symbols.has('(') || first.expression) return false;
      // `topk(…)` is the operator's, `length(…)` a call when a function has the name too.
      return forms.functions.has(name) || forms.aggregates.has(name);
    }
    case As:
      return !first.words.has('as');
  }
  const word = next.image.toLowerCase();
  if (word === 'as' || word === 'in' || word === 'matches' || word === 'contains') {
    return (
      !first.words.has(word) && !first.expression && startsExpressionRest(next, tokens[operator.words + 1])
    );
  }
  // `where = 5` is a `where` without its left side, not a field of that name.
  if (first.expression || (!isBinary(next) && next.tokenType !== Question)) return false;
  return !first.symbols.has(next.image.slice(0, 1)) && !first.words.has(word);
}

function isBinary(token: Token): boolean {
  return token.tokenType.CATEGORIES?.includes(BinaryToken) ?? false;
}

/** Whether what follows a field makes it an expression. */
function startsExpressionRest(next: Token | undefined, afterNext: Token | undefined): boolean {
  if (next === undefined) return false;
  if (next.tokenType === LeftParen || next.tokenType === Question || isBinary(next)) return true;
  switch (next.image.toLowerCase()) {
    case 'as':
      return true;
    case 'in':
      return afterNext?.tokenType === LeftParen;
    case 'not':
      return afterNext?.image.toLowerCase() === 'in';
    case 'and':
    case 'or':
      return afterNext !== undefined;
    case 'matches':
    case 'contains':
      return (
        afterNext !== undefined &&
        (afterNext.tokenType === QuotedText ||
          afterNext.tokenType === Regex ||
          afterNext.tokenType === LeftParen ||
          afterNext.tokenType === Identifier)
      );
    default:
      return false;
  }
}

/** Whether a stage that starts with an aggregate's name calls it. */
function isAggregateCall(tokens: readonly Token[], name: string, forms: Forms): boolean {
  const next = tokens[1];
  if (next === undefined) return true;
  if (next.tokenType === LeftParen) return !(forms.functions.has(name) && argumentCount(tokens, 1) > 1);
  if (next.tokenType === Comma || next.tokenType === By) return true;
  return !isBinary(next) && next.tokenType !== Question;
}

/** The number of arguments between the parenthesis at `open` and the one that closes it. */
function argumentCount(tokens: readonly Token[], open: number): number {
  let depth = 0;
  let count = 1;
  for (const token of tokens.slice(open)) {
    if (token.tokenType === LeftParen) depth++;
    else if (token.tokenType === RightParen && --depth === 0) break;
    else if (token.tokenType === Comma && depth === 1) count++;
  }
  return count;
}
