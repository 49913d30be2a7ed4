import type { BinaryOperator, Expression } from './ast.ts';
import { type Span, spanOver } from './span.ts';

/** What follows an operand: an operator with another operand, or `in (…)`. */
export type BinaryStep =
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly right: Expression }
  | {
      readonly kind: 'in';
      readonly list: readonly Expression[];
      readonly negated: boolean;
      readonly end: Span;
    };

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  '=': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  matches: 3,
  contains: 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
};

const COMPARISON = PRECEDENCE['='];

/**
 * The tree of a flat chain of operands: equal levels from left to right. Runs of `and` and `or`
 * become balanced trees, so that a thousand alternatives are ten levels deep.
 */
export function resolveBinary(first: Expression, steps: readonly BinaryStep[]): Expression {
  if (steps.length === 0) return first;
  const operands: Expression[] = [first];
  const pending: BinaryOperator[] = [];
  const reduceTo = (level: number): void => {
    while (pending.length > 0 && PRECEDENCE[pending.at(-1) as BinaryOperator] >= level)
      reduceLast(operands, pending);
  };
  for (const step of steps) {
    if (step.kind === 'in') {
      reduceTo(COMPARISON);
      const of = operands.pop() as Expression;
      operands.push({
        kind: 'in',
        of,
        list: step.list,
        negated: step.negated,
        span: spanOver(of.span, step.end),
      });
      continue;
    }
    const level = PRECEDENCE[step.operator];
    // Operands of one run of `and` or `or` wait on the stack until the run ends.
    reduceTo(level < COMPARISON ? level + 1 : level);
    operands.push(step.right);
    pending.push(step.operator);
  }
  reduceTo(0);
  return operands[0] as Expression;
}

function reduceLast(operands: Expression[], pending: BinaryOperator[]): void {
  const operator = pending.at(-1) as BinaryOperator;
  if (operator !== 'and' && operator !== 'or') {
    pending.pop();
    const right = operands.pop() as Expression;
    operands.push(binary(operator, operands.pop() as Expression, right));
    return;
  }
  let run = 1;
  while (pending.at(-1) === operator) {
    pending.pop();
    run++;
  }
  operands.push(balanced(operator, operands.splice(operands.length - run)));
}

/** Short runs lean left as everyone expects; long ones are halved. */
function balanced(operator: 'and' | 'or', run: readonly Expression[]): Expression {
  if (run.length === 1) return run[0] as Expression;
  const middle = run.length <= 32 ? run.length - 1 : run.length >> 1;
  return binary(operator, balanced(operator, run.slice(0, middle)), balanced(operator, run.slice(middle)));
}

function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right, span: spanOver(left.span, right.span) };
}

/** `c1 ? a : c2 ? b : d` from its parts `c1, a, c2, b, d`. */
export function foldTernary(parts: readonly Expression[]): Expression {
  let result = parts.at(-1) as Expression;
  for (let index = parts.length - 3; index >= 0; index -= 2) {
    const condition = parts[index] as Expression;
    const yes = parts[index + 1] as Expression;
    result = { kind: 'conditional', condition, yes, no: result, span: spanOver(condition.span, result.span) };
  }
  return result;
}
