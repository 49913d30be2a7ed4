import type { Call, Expression } from './ast.ts';
import { type Diagnostic, error } from './diagnostics.ts';
import type { Span } from './span.ts';

/** A value that stands in the text of a query. */
export interface LiteralValue {
  readonly value: string | number | boolean | null;
  readonly span: Span;
}

/** The value of an expression that is a literal, a sign before a number included; null for all else. */
export function literalOf(expression: Expression | undefined): LiteralValue | null {
  if (expression === undefined) return null;
  if (expression.kind === 'literal') return { value: expression.value, span: expression.span };
  if (expression.kind === 'unary' && expression.operator === '-') {
    const inner = literalOf(expression.of);
    if (inner !== null && typeof inner.value === 'number') {
      return { value: -inner.value, span: expression.span };
    }
  }
  return null;
}

/** Like `literalOf`, for literals that are texts. */
export function textLiteralOf(
  expression: Expression | undefined,
): { readonly value: string; readonly span: Span } | null {
  const literal = literalOf(expression);
  return literal !== null && typeof literal.value === 'string'
    ? { value: literal.value, span: literal.span }
    : null;
}

/** Like `literalOf`, for literals that are numbers. */
export function numberLiteralOf(
  expression: Expression | undefined,
): { readonly value: number; readonly span: Span } | null {
  const literal = literalOf(expression);
  return literal !== null && typeof literal.value === 'number'
    ? { value: literal.value, span: literal.span }
    : null;
}

/** The diagnostic for a function of texts whose first argument is a number or boolean in the query's text. */
export function wantsText(name: string, call: Call): readonly Diagnostic[] {
  const literal = literalOf(call.args[0]);
  if (literal === null || literal.value === null || typeof literal.value === 'string') return [];
  return [
    error('wrong-type', literal.span, `\`${name}\` expects text, found ${JSON.stringify(literal.value)}`, {
      help: `put it in quotes, or write \`${name}(toString(…))\``,
    }),
  ];
}
