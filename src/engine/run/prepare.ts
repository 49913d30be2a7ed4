import type { Query, Stage } from '../../grammar/ast.ts';
import type { Batch } from '../columns/batch.ts';
import type { PrepareContext, RunContext } from '../define.ts';
import type { PlannedStage } from '../plan/plan.ts';
import type { LookupTables } from '../source.ts';
import { type RunChild, subqueryTime } from './subqueries.ts';

/** Awaits the `prepare` hooks of all stages, nested ones too; the results by stage. */
export async function prepareStages(
  stages: readonly PlannedStage[],
  query: Query,
  context: RunContext,
  lookups: LookupTables,
  run: RunChild,
): Promise<ReadonlyMap<PlannedStage, unknown>> {
  const prepared = new Map<PlannedStage, unknown>();
  const prepareAll = async (some: readonly PlannedStage[], before: readonly Stage[]): Promise<void> => {
    for (const [at, planned] of some.entries()) {
      const earlier = [...before, ...some.slice(0, at).map(({ stage }) => stage)];
      const { stage, definition } = planned;
      if (stage.kind === 'operator' && definition?.prepare !== undefined) {
        const hooks = prepareContext({ ...query, stages: earlier }, context, lookups, run);
        prepared.set(planned, await definition.prepare(stage.args, hooks));
      }
      for (const nested of planned.pipelines.values()) await prepareAll(nested, earlier);
    }
  };
  await prepareAll(stages, []);
  return prepared;
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
