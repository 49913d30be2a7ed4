import type { Expression } from '../../grammar/ast.ts';
import { argParts, someExpression } from '../expression/references.ts';
import type { Registry } from '../registry.ts';
import type { Plan, PlannedStage } from './plan.ts';

/** A plan cut in two: what every worker does with its share of the messages, and what is done with all of it. */
export interface SplitPlan {
  /** Stages that run on each worker. */
  readonly onWorkers: readonly PlannedStage[];
  /** The aggregate stage that workers run in part and that is merged here; null: workers give rows. */
  readonly merged: PlannedStage | null;
  /** Stages that run here, after the merge. */
  readonly here: readonly PlannedStage[];
}

/**
 * Cuts a plan where rows of several workers must come together. Nothing runs on workers when the
 * order of the messages matters; nor does a stage that prepares something (a table, another query).
 */
export function splitPlan(plan: Plan, registry: Registry): SplitPlan {
  if (plan.scan.order === 'newest') return { onWorkers: [], merged: null, here: plan.stages };
  let cut = 0;
  while (cut < plan.stages.length && runsAnywhere(plan.stages[cut]!, registry)) cut++;
  const onWorkers = plan.stages.slice(0, cut);
  const next = plan.stages[cut];
  if (next !== undefined && isMergeable(next, registry)) {
    return { onWorkers, merged: next, here: plan.stages.slice(cut + 1) };
  }
  return { onWorkers, merged: null, here: plan.stages.slice(cut) };
}

function runsAnywhere({ stage, definition, pipelines }: PlannedStage, registry: Registry): boolean {
  if (stage.kind === 'aggregate') return false;
  if (stage.kind === 'expression')
    return argParts(stage.expression).expressions.every((part) => isPure(part, registry));
  if (definition === null || definition.split !== 'anywhere' || definition.prepare !== undefined)
    return false;
  return pipelines.size === 0 && argParts(stage.args).expressions.every((part) => isPure(part, registry));
}

/** Whether the expression gives the same on every thread. */
function isPure(expression: Expression, registry: Registry): boolean {
  return !someExpression(expression, (part) => {
    const definition = part.kind === 'call' ? registry.function(part.name) : null;
    return definition?.pure === false || definition?.prepare !== undefined;
  });
}

function isMergeable({ stage }: PlannedStage, registry: Registry): boolean {
  return (
    stage.kind === 'aggregate' &&
    stage.calls.every((call) => registry.aggregate(call.name)?.mergeable === true)
  );
}
