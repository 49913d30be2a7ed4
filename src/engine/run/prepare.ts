import type { Call, Query, Stage } from '../../grammar/ast.ts';
import type { Batch } from '../columns/batch.ts';
import type { PrepareContext, RunContext } from '../define.ts';
import { argParts, visitExpression } from '../expression/references.ts';
import type { PlannedStage } from '../plan/plan.ts';
import type { Registry } from '../registry.ts';
import type { LookupTables } from '../source.ts';
import type { Prepared } from './start-stages.ts';
import { type RunChild, subqueryTime } from './subqueries.ts';

/** Awaits the `prepare` hooks of all stages, nested ones too; the results by stage and call. */
export async function prepareStages(
  stages: readonly PlannedStage[],
  query: Query,
  context: RunContext,
  lookups: LookupTables,
  run: RunChild,
  registry: Registry,
): Promise<Prepared> {
  const prepared = new Map<PlannedStage | Call, unknown>();
  const prepareAll = async (some: readonly PlannedStage[], before: readonly Stage[]): Promise<void> => {
    for (const [at, planned] of some.entries()) {
      const earlier = [...before, ...some.slice(0, at).map(({ stage }) => stage)];
      const { stage, definition } = planned;
      const hooks = prepareContext({ ...query, stages: earlier }, context, lookups, run);
      if (stage.kind === 'operator' && definition?.prepare !== undefined) {
        prepared.set(planned, await definition.prepare(stage.args, hooks));
      }
      for (const call of callsOf(stage)) {
        const evaluate = await registry.function(call.name)?.prepare?.(call, hooks);
        if (evaluate !== undefined) prepared.set(call, evaluate);
      }
      for (const nested of planned.pipelines.values()) await prepareAll(nested, earlier);
    }
  };
  await prepareAll(stages, []);
  return prepared;
}

/** The calls in a stage's own expressions, not those in its nested pipelines. */
function callsOf(stage: Stage): readonly Call[] {
  if (stage.kind === 'aggregate') return [];
  const calls: Call[] = [];
  const { expressions } = argParts(stage.kind === 'expression' ? stage.expression : stage.args);
  for (const expression of expressions) {
    visitExpression(expression, (part) => {
      if (part.kind === 'call') calls.push(part);
    });
  }
  return calls;
}

function prepareContext(
  before: Query,
  context: RunContext,
  lookups: LookupTables,
  run: RunChild,
): PrepareContext {
  return {
    ...context,
    lookups,
    runBefore: (time): Promise<readonly Batch[]> => run(before, time),
    runQuery: (query, time) => run(query, time),
    runSubquery: (subquery) => run(subquery.child, subqueryTime(subquery, context)),
  };
}
