import type { Binary, Expression, Stage } from '../../../grammar/ast.ts';
import { argParts, visitExpression } from '../../expression/references.ts';
import type { LintContext } from './lint-rule.ts';
import { textAt } from './stage-text.ts';

/** A comparison or match, and the stage that it stands in. */
export interface Comparison {
  readonly test: Binary;
  readonly at: number;
}

const OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', 'matches']);

/** All comparisons and matches of the outermost stages, in order. */
export function comparisons({ plan }: LintContext): readonly Comparison[] {
  return plan.stages.flatMap(({ stage }, at) => {
    const found: Comparison[] = [];
    for (const expression of expressionsOf(stage)) {
      visitExpression(expression, (part) => {
        if (part.kind === 'binary' && OPERATORS.has(part.operator)) found.push({ test: part, at });
      });
    }
    return found;
  });
}

function expressionsOf(stage: Stage): readonly Expression[] {
  if (stage.kind === 'expression') return [stage.expression];
  return stage.kind === 'operator' ? argParts(stage.args).expressions : [];
}

/** The text of a literal that is written out plainly, without escapes or parameters; null for anything else. */
export function literalText(context: LintContext, expression: Expression): string | null {
  if (expression.kind !== 'literal' || typeof expression.value !== 'string') return null;
  return textAt(context, expression.span) === `"${expression.value}"` ? expression.value : null;
}
