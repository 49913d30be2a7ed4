import type { Expression, ExpressionStage } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Registry } from '../registry.ts';

/**
 * The field that an expression stage writes: its alias; without one, the field that a cast or the
 * like is applied to, or `_name` for other functions. Null, with a report, where a name is needed.
 */
export function expressionTarget(
  stage: ExpressionStage,
  registry: Registry,
  report: (diagnostic: Diagnostic) => void,
): string | null {
  if (stage.alias !== null) return stage.alias.text;
  const expression = withoutNot(stage.expression);
  if (expression.kind === 'call') {
    const definition = registry.function(expression.name);
    if (definition === null) return null;
    const [first] = expression.args;
    const mode = definition.withoutAlias ?? 'new-field';
    if (mode === 'write-back' && first?.kind === 'field' && expression === stage.expression)
      return first.name;
    if (mode === 'new-field') return `_${definition.name.toLowerCase()}`;
  }
  if (
    expression.kind === 'binary' &&
    (expression.operator === 'contains' || expression.operator === 'matches')
  ) {
    return `_${expression.operator}`;
  }
  report(
    error('alias-required', stage.span, 'this stage needs a name for its result', {
      help: 'add `as name`',
      fix: {
        title: 'name the result',
        edits: [{ span: { start: stage.span.end, end: stage.span.end }, text: ' as value' }],
      },
    }),
  );
  return null;
}

/** `!isEmpty(x)` is named like `isEmpty(x)`. */
function withoutNot(expression: Expression): Expression {
  return expression.kind === 'unary' && expression.operator === '!' ? withoutNot(expression.of) : expression;
}
