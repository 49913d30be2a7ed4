import type { Query, Stage, Subquery } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { argParts, subqueryTests } from '../expression/references.ts';
import { builtInFieldsStage } from '../operators/built-in-fields.ts';
import type { Registry } from '../registry.ts';
import { scopeFields } from '../scope/facts.ts';
import { scopeLeaves } from '../scope/scope-leaves.ts';
import { pruneStages } from './backward.ts';
import { builtInsRead } from './built-ins-read.ts';
import { fieldSet, unite } from './field-set.ts';
import { type ResolvedStage, resolveStages } from './forward.ts';
import { hiddenFields } from './hidden-fields.ts';
import type { Plan, Planned, PlannedScan, PlannedStage } from './plan.ts';
import { settleScope } from './settle-scope.ts';
import { MESSAGES } from './shape.ts';

/** Resolves and checks a query: the plan, and everything that is wrong with it at once. */
export function planQuery(query: Query, registry: Registry): Planned {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => diagnostics.push(diagnostic);
  const filter = settleScope(query.scope, report);
  checkNoSearch(query, report);
  const subqueries = subqueriesOf(query);
  for (const subquery of query.stages.flatMap(stageSubqueries)) checkNoKeywords(subquery, report);
  for (const { child } of subqueries) diagnostics.push(...planQuery(child, registry).diagnostics);
  const resolved = withBuiltInFields(
    query,
    resolveStages(query.stages, MESSAGES, registry, report),
    registry,
  );
  const end = resolved.at(-1)?.after ?? MESSAGES;
  const pruned = pruneStages(resolved, 'all');
  const { order, breaksTies } = orderNeed(resolved, registry);
  const stages = pruned.stages.map((each, at) => (at === breaksTies ? { ...each, ordered: false } : each));
  const fields = unite(pruned.needed, fieldSet(scopeFields(filter)));
  const scan: PlannedScan = {
    filter,
    fields: fields === 'all' ? null : [...fields],
    order,
    limit: firstLimit(stages),
  };
  const plan: Plan = {
    query: { ...query, stages: resolved.map(({ stage }) => stage) },
    scan,
    stages,
    raw: end.raw,
    columns: end.raw || end.open ? null : end.names.values(),
    hidden: end.raw ? hiddenFields(filter, resolved, end.names) : [],
    subqueries: subqueries.length > 0,
  };
  return { plan, diagnostics };
}

/** `cat` reads a table in place of the search: one before it would be ignored without a word. */
function checkNoSearch({ scope, stages: [first] }: Query, report: (diagnostic: Diagnostic) => void): void {
  if (first?.kind !== 'operator' || first.name !== 'cat' || scope.span.end === scope.span.start) return;
  report(
    error('wrong-place', scope.span, '`cat` stands in place of the search, found a search before it', {
      help: 'start the query with `cat path://"…"`, and filter the rows with `where`',
    }),
  );
}

/** In a condition there is no message to look for words in. */
function checkNoKeywords({ keywords, span }: Subquery, report: (diagnostic: Diagnostic) => void): void {
  if (!keywords) return;
  report(
    error('wrong-place', span, '`keywords` is only allowed in a subquery of the search expression', {
      help: 'leave it out: the fields are compared with those of the same names',
    }),
  );
}

/** All subqueries of a query's scope and stages, not those inside other subqueries. */
export function subqueriesOf({ scope, stages }: Query): readonly Subquery[] {
  const inScope = scopeLeaves(scope).filter((leaf) => leaf.kind === 'subquery');
  return [...inScope, ...stages.flatMap(stageSubqueries)];
}

function stageSubqueries(stage: Stage): readonly Subquery[] {
  if (stage.kind === 'aggregate') return [];
  if (stage.kind === 'expression') return subqueryTests(stage.expression).map((test) => test.subquery);
  const { expressions, pipelines } = argParts(stage.args);
  return [
    ...expressions.flatMap(subqueryTests).map((test) => test.subquery),
    ...pipelines.flatMap((pipeline) => pipeline.stages.flatMap(stageSubqueries)),
  ];
}

/** The stages with one before them that makes the built-in fields which they read. */
function withBuiltInFields(
  { scope, stages }: Query,
  resolved: readonly ResolvedStage[],
  registry: Registry,
): readonly ResolvedStage[] {
  const names = builtInsRead(resolved);
  if (names.length === 0) return resolved;
  // Everything wrong with the stages has been reported.
  return resolveStages([builtInFieldsStage(names, scope.span.end), ...stages], MESSAGES, registry, () => {});
}

/** In which order messages must come, and which stage puts them in order itself (-1 for none). */
interface OrderNeed {
  readonly order: 'newest' | 'any';
  readonly breaksTies: number;
}

/** Newest first when messages are the result or a stage depends on their order, unless that stage can make it. */
function orderNeed(resolved: readonly ResolvedStage[], registry: Registry): OrderNeed {
  let copied = false;
  for (const [at, { stage, definition, before, pipelines }] of resolved.entries()) {
    if (!before.raw) return { order: 'any', breaksTies: -1 };
    if (stage.kind === 'aggregate') {
      const ordered = stage.calls.some((call) => registry.aggregate(call.name)?.ordered === true);
      return { order: ordered ? 'newest' : 'any', breaksTies: -1 };
    }
    if (pipelines.size > 0) return { order: 'newest', breaksTies: -1 };
    if (stage.kind === 'operator') copied ||= definition?.copiesRows?.(stage.args) === true;
    if (definition?.breaksTies === true && !copied) return { order: 'any', breaksTies: at };
    if (definition !== null && definition.order !== 'keeps') return { order: 'newest', breaksTies: -1 };
  }
  return { order: (resolved.at(-1)?.after.raw ?? true) ? 'newest' : 'any', breaksTies: -1 };
}

/** The limit that may be asked of the source: nothing before it changes the number of rows. */
function firstLimit(stages: readonly PlannedStage[]): number | null {
  for (const { stage, definition } of stages) {
    if (stage.kind !== 'operator' || definition === null) return null;
    if (stage.name === 'limit') return (stage.args.count as { readonly count: number }).count;
    if (
      definition.changesRowCount === true ||
      definition.order !== 'keeps' ||
      definition.fields === 'replaces'
    ) {
      return null;
    }
  }
  return null;
}
