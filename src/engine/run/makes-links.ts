import type { Arg, Expression, Stage } from '../../grammar/ast.ts';
import { argParts, someExpression } from '../expression/references.ts';
import type { Registry } from '../registry.ts';

/** Whether a stage calls a function that makes links. */
export function makesLinks(stages: readonly Stage[], registry: Registry): boolean {
  return stages.some((stage) => {
    if (stage.kind === 'aggregate') return false;
    const { expressions, pipelines } = argParts(
      stage.kind === 'expression' ? stage.expression : (stage.args as Arg),
    );
    const inExpression = (part: Expression) =>
      part.kind === 'call' && registry.function(part.name)?.makesLinks === true;
    return (
      pipelines.some((pipeline) => makesLinks(pipeline.stages, registry)) ||
      expressions.some((expression) => someExpression(expression, inExpression))
    );
  });
}
