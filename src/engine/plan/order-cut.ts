import { type FieldSet, fieldSet } from './field-set.ts';
import type { Plan, PlannedStage } from './plan.ts';

/** Where in a plan messages have to be put in order, when the source does not. */
export interface OrderCut {
  /** How many stages may run before: they look at each row by itself. */
  readonly stages: number;
  /** The fields that are read after, in the order or the result. */
  readonly needed: FieldSet;
  /** At most this many of the newest messages are read, or null. */
  readonly rowsWanted: number | null;
}

/** The last place where order can still be made: rows that stages drop and fields that nobody reads need none. */
export function orderCut(plan: Plan): OrderCut {
  let count = 0;
  while (count < plan.stages.length && isRowWise(plan.stages[count]!)) count++;
  // What the parse stages of one chain know of each other must not be lost between them.
  while (count > 0 && isParse(plan.stages[count]) && isParse(plan.stages[count - 1])) count--;
  const last = plan.stages[count - 1];
  if (last === undefined) {
    const needed = plan.scan.fields === null ? 'all' : fieldSet(plan.scan.fields);
    return { stages: 0, needed, rowsWanted: plan.scan.limit };
  }
  return { stages: count, needed: last.needed, rowsWanted: last.rowsWanted };
}

/** Whether a message may come out several times: copies are of one time, and put in order later they would come out backwards. */
function copiesRows(planned: PlannedStage | undefined): boolean {
  return planned?.stage.kind === 'operator' && planned.definition?.copiesRows?.(planned.stage.args) === true;
}

function isParse(planned: PlannedStage | undefined): boolean {
  return planned?.definition?.keepsEarlier !== undefined;
}

/** Whether a stage handles each message by itself and leaves its time alone. */
function isRowWise(planned: PlannedStage): boolean {
  const { stage, definition, target, pipelines, raw } = planned;
  if (!raw || stage.kind === 'aggregate' || pipelines.size > 0) return false;
  if (copiesRows(planned)) return false;
  if (stage.kind === 'expression') return target?.toLowerCase() !== '_messagetime';
  if (definition === null || definition.order !== 'keeps' || definition.split !== 'anywhere') return false;
  if (definition.fields === 'replaces') return false;
  const written = definition.writes(stage.args);
  if (written === 'all') return false;
  if (written.some((name) => name.toLowerCase() === '_messagetime')) return false;
  return definition.passes?.(stage.args, '_messageTime', raw) !== false;
}
