import type { Expression } from '../../../grammar/ast.ts';
import { someExpression } from '../../expression/references.ts';
import { followsParse } from '../../operators/parse-stage.ts';
import type { Registry } from '../../registry.ts';
import type { PlannedStage } from '../plan.ts';
import type { LintContext } from './lint-rule.ts';
import { textAt } from './stage-text.ts';

/** Whether the stage does the same to each row whatever the others are, and keeps them in order. */
export function isRowByRow({ stage, definition, pipelines }: PlannedStage): boolean {
  if (stage.kind === 'expression') return true;
  if (stage.kind === 'aggregate' || definition === null || pipelines.size > 0) return false;
  if (definition.order !== 'keeps' || definition.fields === 'replaces') return false;
  return definition.split === 'anywhere' || definition.looksUpEachRow === true;
}

/** Whether the stage is a parse stage: one of those that are alternatives when they follow each other. */
export function isParse({ stage }: PlannedStage): boolean {
  return followsParse([stage]);
}

/** Whether what the first parse stage found decides which rows the second may drop. */
export function isChained(
  context: LintContext,
  first: PlannedStage | undefined,
  second: PlannedStage | undefined,
): boolean {
  if (first === undefined || second === undefined || !isParse(first) || !isParse(second)) return false;
  const { stage } = first;
  const mayDrop = stage.kind === 'operator' && (stage.name === 'parse' || stage.name === 'parse regex');
  return !mayDrop || hasNodrop(context, first);
}

/** Whether the stage says `nodrop`, in any of its places. */
export function hasNodrop(context: LintContext, { stage }: PlannedStage): boolean {
  return /\bnodrop\b/i.test(textAt(context, stage.span));
}

const writtenBy = new WeakMap<PlannedStage, readonly string[] | 'all'>();

/** The fields that a stage writes, in lower case; `all` when that depends on the data. */
export function fieldsWritten(planned: PlannedStage): readonly string[] | 'all' {
  const written = writtenBy.get(planned) ?? namesWritten(planned);
  writtenBy.set(planned, written);
  return written;
}

function namesWritten({ stage, definition, target }: PlannedStage): readonly string[] | 'all' {
  if (stage.kind === 'expression') return target === null ? [] : [target.toLowerCase()];
  if (stage.kind === 'aggregate' || definition === null) return 'all';
  const written = definition.writes(stage.args);
  return written === 'all' ? 'all' : written.map((name) => name.toLowerCase());
}

/**
 * The stage that made the value that a field has before stage `at`; null when that is not certain, or no stage did.
 * `through`: look past aggregates that group by the field.
 */
export function writerOf(context: LintContext, at: number, field: string): PlannedStage | null {
  const name = field.toLowerCase();
  for (let index = at - 1; index >= 0; index--) {
    const planned = context.plan.stages[index]!;
    const { stage, definition } = planned;
    if (stage.kind === 'aggregate') {
      if (!stage.by.some((key) => key.text.toLowerCase() === name)) return null;
      continue;
    }
    const written = fieldsWritten(planned);
    if (written === 'all') return null;
    if (written.includes(name)) return planned;
    if (definition?.fields === 'replaces' || definition?.makesAggregate === true) return null;
  }
  return null;
}

/** Whether every name can only mean the field of exactly that name. */
export function arePlain(names: readonly string[]): boolean {
  return names.every((name) => /^\w[\w.]*$/.test(name));
}

/** Whether the expression gives the same whenever it is asked, and asks no other query. */
export function isSettled(expression: Expression, registry: Registry): boolean {
  return !someExpression(
    expression,
    (part) =>
      part.kind === 'subqueryTest' || (part.kind === 'call' && registry.function(part.name)?.pure === false),
  );
}

/** Whether the expression takes rows out wherever it stands (`isPrivateIP` of a null). */
export function dropsRows(expression: Expression, registry: Registry): boolean {
  return someExpression(
    expression,
    (part) => part.kind === 'call' && (registry.function(part.name)?.dropsRowsOnNull ?? false) !== false,
  );
}
