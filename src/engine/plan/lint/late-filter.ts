import type { Expression } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import { fieldsOf } from '../../expression/references.ts';
import { outputNames } from '../forward.ts';
import type { PlannedStage } from '../plan.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { arePlain, fieldsWritten, isChained, isParse, isRowByRow, isSettled } from './stage-facts.ts';
import { insertion, removal, standsAlone, textAt } from './stage-text.ts';

/** A `where` that could stand before a stage that works hard, because it reads nothing that the stage makes. */
export const lateFilter: LintRule = {
  code: 'late-filter',
  check: (context) => context.plan.stages.flatMap((planned, at) => adviceFor(context, planned, at)),
};

function adviceFor(context: LintContext, { stage }: PlannedStage, at: number) {
  if (stage.kind !== 'operator' || stage.name !== 'where') return [];
  const condition = stage.args.condition as Expression;
  const fields = fieldsOf(condition);
  if (fields.length === 0 || !arePlain(fields) || !isSettled(condition, context.registry)) return [];
  const target = placeFor(context, at, fields);
  if (target === null) return [];
  const before = context.plan.stages[target]!.stage;
  const [first = ''] = textAt(context, before.span).split(/\s/);
  return [
    hint(
      lateFilter.code,
      stage.span,
      `this \`where\` reads nothing that the stages from \`${first}\` on make, so it can stand before them`,
      {
        help: 'rows that are thrown away early cost nothing later',
        fix: {
          title: `move the \`where\` before \`${first}\``,
          edits: [insertion(context, target, textAt(context, stage.span)), removal(context, at)],
        },
      },
    ),
  ];
}

/** The earliest stage before which the filter at `at` gives the same and saves work; null when there is none. */
function placeFor(context: LintContext, at: number, fields: readonly string[]): number | null {
  const { stages } = context.plan;
  let found: number | null = null;
  if (!standsAlone(context, at) || isChained(context, stages[at - 1], stages[at + 1])) return null;
  for (let index = at - 1; index >= 0 && standsAlone(context, index); index--) {
    const passed = stages[index]!;
    if (!canPass(context, passed, fields)) break;
    if (worksHard(passed) && !isChained(context, stages[index - 1], passed)) found = index;
  }
  return found;
}

function canPass({ registry }: LintContext, planned: PlannedStage, fields: readonly string[]): boolean {
  const { stage, definition, raw } = planned;
  const names = fields.map((name) => name.toLowerCase());
  if (stage.kind === 'aggregate') {
    const keys = new Set(stage.by.map((key) => key.text.toLowerCase()));
    const outputs = stage.calls.flatMap((call) => outputNames(call, registry));
    return names.every((name) => keys.has(name)) && !outputs.some((name) => keys.has(name.toLowerCase()));
  }
  if (stage.kind === 'operator' && stage.name === 'sort') return true;
  if (!isRowByRow(planned)) return false;
  if (definition?.passes !== undefined && stage.kind === 'operator') {
    const { args } = stage;
    if (!fields.every((name) => definition.passes?.(args, name, raw))) return false;
  }
  const written = fieldsWritten(planned);
  return written !== 'all' && !written.some((name) => names.includes(name));
}

function worksHard(planned: PlannedStage): boolean {
  const { stage } = planned;
  // A filter after an aggregate runs on few rows; before it, on many.
  if (stage.kind !== 'operator') return false;
  return isParse(planned) || ['sort', 'lookup', 'geoip', 'threatip', 'csv', 'split'].includes(stage.name);
}
