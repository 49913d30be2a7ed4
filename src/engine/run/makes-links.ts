import type { Arg, Stage } from '../../grammar/ast.ts';
import { argParts, visitExpression } from '../expression/references.ts';
import type { Registry } from '../registry.ts';

/** Whether a stage calls a function that makes links. */
export function makesLinks(stages: readonly Stage[], registry: Registry): boolean {
  return stages.some((stage) => {
    if (stage.kind === 'aggregate') return false;
    const { expressions, pipelines } = argParts(
      stage.kind === 'expression' ? stage.expression : (stage.args as Arg),
    );
    let found = pipelines.some((pipeline) => makesLinks(pipeline.stages, registry));
    for (const expression of expressions) {
      visitExpression(expression, (part) => {
        if (part.kind === 'call' && registry.function(part.name)?.makesLinks === true) found = true;
      });
    }
    return found;
  });
}
