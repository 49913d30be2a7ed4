import { subqueriesOf } from '../../engine/plan/plan-query.ts';
import type { Span } from '../../grammar/span.ts';
import { parseQuery } from '../../language.ts';
import { type EmbeddedQuery, startOf } from '../embedded-query.ts';

/** The parts of a query over several lines that can be folded: stages, the scope, subqueries, block comments, itself. */
export function foldsOf({ text, kind }: EmbeddedQuery): readonly Span[] {
  const { partial } = parseQuery(text, { mode: 'check', start: startOf(kind) });
  const trimmed = text.trimEnd();
  const whole = { start: text.length - text.trimStart().length, end: trimmed.length };
  const comments = [...text.matchAll(/\/\*[\s\S]*?\*\//g)].map(({ index, 0: comment }) => ({
    start: index,
    end: index + comment.length,
  }));
  const parts = [
    whole,
    partial.scope.span,
    ...partial.stages.map(({ span }) => span),
    ...subqueriesOf(partial).map(({ span }) => span),
    ...comments,
  ];
  return parts.filter(({ start, end }) => text.slice(start, end).includes('\n'));
}
