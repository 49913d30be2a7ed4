import type { Arg, Args, Expression, Pipeline, Query, Scope, Stage } from '../../grammar/ast.ts';
import { mapArg, mapExpression } from '../expression/references.ts';
import { autoParseStage } from '../operators/auto-parse.ts';
import { scopeFilterStage } from '../operators/scope-filter.ts';
import { mapScopeLeaves, scopeLeaves } from '../scope/scope-leaves.ts';

/**
 * The query in auto parse mode: the fields of JSON messages are taken out before its first stage, and
 * what the search expression asks of such fields is asked after that. Subqueries and pipelines with a
 * scope of their own are treated alike. The result plans like any query.
 */
export function withAutoParse(query: Query): Query {
  const { scanned, rest } = splitScope(mapSubqueries(query.scope));
  const { end } = query.scope.span;
  const stages = [
    autoParseStage(end),
    ...(rest === null ? [] : [scopeFilterStage(rest)]),
    ...query.stages.map(inStage),
  ];
  return { ...query, scope: scanned, stages };
}

function inStage(stage: Stage): Stage {
  if (stage.kind === 'aggregate') return stage;
  if (stage.kind === 'expression') {
    return { ...stage, expression: mapExpression(stage.expression, inExpression) };
  }
  return { ...stage, args: mapArg(stage.args as Arg, inExpression, inPipeline) as Args };
}

function inExpression(part: Expression): Expression {
  if (part.kind !== 'subqueryTest') return part;
  return { ...part, subquery: { ...part.subquery, child: withAutoParse(part.subquery.child) } };
}

function inPipeline(pipeline: Pipeline): Pipeline {
  const { scope, stages, span } = pipeline;
  if (scope === null) return { ...pipeline, stages: stages.map(inStage) };
  const query = withAutoParse({ kind: 'query', scope, stages, span });
  return { ...pipeline, scope: query.scope, stages: query.stages };
}

function mapSubqueries(scope: Scope): Scope {
  return mapScopeLeaves(scope, (leaf) =>
    leaf.kind === 'subquery' ? { ...leaf, child: withAutoParse(leaf.child) } : leaf,
  );
}

/** The part of a scope that can be asked of messages as they are, and what must wait; both hold of a match. */
function splitScope(scope: Scope): { readonly scanned: Scope; readonly rest: Scope | null } {
  const { span } = scope;
  const everything: Scope = { kind: 'all', span };
  const parts = scope.kind === 'and' ? scope.of : [scope];
  const waiting = parts.filter(mustWait);
  const [only] = waiting;
  if (only === undefined) return { scanned: scope, rest: null };
  const rest: Scope = waiting.length === 1 ? only : { kind: 'and', of: waiting, span };
  const asked = parts.filter((part) => !waiting.includes(part));
  return { scanned: asked.length === 0 ? everything : { kind: 'and', of: asked, span }, rest };
}

/** Whether the scope asks for a field that may be in JSON. One with a subquery is asked of what came with the message. */
function mustWait(scope: Scope): boolean {
  const leaves = scopeLeaves(scope);
  return (
    leaves.some((leaf) => leaf.kind === 'fieldPredicate' && !leaf.field.text.startsWith('_')) &&
    !leaves.some(({ kind }) => kind === 'subquery')
  );
}
