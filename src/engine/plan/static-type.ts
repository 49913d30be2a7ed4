import type { Conditional, Expression } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Registry } from '../registry.ts';

/** What an expression is known to give without data; null when that depends on the data. */
export type StaticType = 'text' | 'number' | 'boolean' | null;

/** The type of an expression, as far as literals, operators and functions tell. */
function staticType(expression: Expression, registry: Registry): StaticType {
  switch (expression.kind) {
    case 'literal':
      return literalType(expression.value);
    case 'call':
      return resultType(registry.function(expression.name)?.returns ?? null);
    case 'unary':
      return expression.operator === '-' ? 'number' : 'boolean';
    case 'binary':
      return ['+', '-', '*', '/', '%'].includes(expression.operator) ? 'number' : 'boolean';
    case 'in':
    case 'subqueryTest':
      return 'boolean';
    case 'conditional': {
      const yes = staticType(expression.yes, registry);
      return yes === staticType(expression.no, registry) ? yes : null;
    }
    case 'field':
    case 'regex':
      return null;
  }
}

function literalType(value: string | number | boolean | null): StaticType {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : null;
}

function resultType(returns: string | null): StaticType {
  switch (returns) {
    case 'string':
      return 'text';
    case 'long':
    case 'double':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return null;
  }
}

/** What is wrong with a conditional: both branches must give the same type. */
export function checkBranches(conditional: Conditional, registry: Registry): readonly Diagnostic[] {
  const yes = staticType(conditional.yes, registry);
  const no = staticType(conditional.no, registry);
  if (yes === null || no === null || yes === no) return [];
  const message = `both branches must have the same type, found ${withArticle(yes)} and ${withArticle(no)}`;
  const help = 'cast one of them, as in `toString(x)`';
  return [error('wrong-type', conditional.no.span, message, { help })];
}

function withArticle(type: StaticType): string {
  return type === 'text' ? 'text' : `a ${type}`;
}
