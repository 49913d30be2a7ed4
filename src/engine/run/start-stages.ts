import type { Call } from '../../grammar/ast.ts';
import { withColumn } from '../columns/batch.ts';
import type { FunctionDefinition, RunContext, Stage, StageContext } from '../define.ts';
import { perBatch } from '../define.ts';
import { compileExpression, compileFilter, compileRowsExpression } from '../expression/compile.ts';
import type { Environment } from '../expression/node.ts';
import { hasField } from '../plan/field-set.ts';
import type { PlannedStage } from '../plan/plan.ts';
import type { Registry } from '../registry.ts';
import { RunningAggregate } from './aggregate-stage.ts';
import { type Chain, chainStages } from './chain.ts';

/** What the `prepare` hooks of stages and of calls in their expressions gave. */
export type Prepared = ReadonlyMap<PlannedStage | Call, unknown>;

/** What stages get when they start, besides the plan. */
export interface StartOptions {
  readonly registry: Registry;
  readonly context: RunContext;
  /** What the `prepare` hooks returned. */
  readonly prepared: Prepared;
  /** Takes effects that must be awaited once all rows have passed. */
  after(effect: () => Promise<void>): void;
}

/** Brings planned stages to life, as one chain. */
export function startStages(stages: readonly PlannedStage[], options: StartOptions): Chain {
  return chainStages(
    stages.map((planned) => ({ name: stageName(planned), stage: startStage(planned, options) })),
  );
}

/** How a stage is called in profiles and plans. */
export function stageName({ stage, target }: PlannedStage): string {
  switch (stage.kind) {
    case 'operator':
      return stage.name;
    case 'aggregate':
      return stage.calls.map((call) => call.name).join(', ');
    case 'expression':
      return `as ${target ?? '?'}`;
  }
}

function startStage(planned: PlannedStage, options: StartOptions): Stage {
  const { stage } = planned;
  const env: Environment = {
    context: options.context,
    function: (name) => options.registry.function(name),
    prepared: (call) => (options.prepared.get(call) as FunctionDefinition['evaluate'] | undefined) ?? null,
  };
  switch (stage.kind) {
    case 'aggregate':
      return new RunningAggregate(stage, options.registry, options.context);
    case 'expression': {
      const expression = compileRowsExpression(stage.expression, env);
      const target = planned.target ?? '';
      return perBatch((batch) => {
        const { batch: kept, column } = expression.evaluate(batch);
        return withColumn(kept, target, column);
      });
    }
    case 'operator': {
      if (planned.definition === null)
        throw new Error(`the operator ${stage.name} was not resolved before it ran`);
      return planned.definition.start(stage.args, stageContext(planned, options, env));
    }
  }
}

function stageContext(planned: PlannedStage, options: StartOptions, env: Environment): StageContext {
  const { context } = options;
  return {
    ...context,
    needed: (field) => hasField(planned.needed, field),
    raw: planned.raw,
    timesliceWidth: sliceWidth(planned.slicedBy, context),
    groupedBy: planned.groupedBy,
    fieldsBefore: planned.fieldsBefore,
    stagesBefore: planned.stagesBefore,
    ordered: planned.ordered,
    rowsWanted: planned.rowsWanted,
    compile: (expression) => compileExpression(expression, env),
    compileFilter: (condition) => compileFilter(condition, env),
    startPipeline(pipeline) {
      const nested = planned.pipelines.get(pipeline);
      if (nested === undefined)
        throw new Error('a pipeline was started that is not in the arguments of the stage');
      return startStages(nested, options);
    },
    after: (effect) => options.after(effect),
    prepared: options.prepared.get(planned),
  };
}

function sliceWidth(slicedBy: PlannedStage | null, context: RunContext): number | null {
  if (slicedBy === null || slicedBy.stage.kind !== 'operator') return null;
  return slicedBy.definition?.sliceWidth?.(slicedBy.stage.args, context) ?? null;
}
