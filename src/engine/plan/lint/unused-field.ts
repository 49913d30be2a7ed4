import { hint } from '../../../grammar/diagnostics.ts';
import { nameList } from '../../../grammar/name-list.ts';
import type { PlannedStage } from '../plan.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { arePlain, dropsRows, fieldsWritten, isParse, isSettled } from './stage-facts.ts';
import { mayReadMore, removal, standsAlone, textAt } from './stage-text.ts';

/** A stage whose fields nothing reads, and which keeps every row. */
export const unusedField: LintRule = {
  code: 'unused-field',
  check: (context) => context.plan.stages.flatMap((planned, at) => adviceFor(context, planned, at)),
};

/** Parse stages that with `nodrop` give each row once. */
const EXTRACTIONS: ReadonlySet<string> = new Set(['parse', 'parse regex', 'json', 'parse xml']);
/** Stages that add fields to each row, as those do that look them up. */
const ADDITIONS: ReadonlySet<string> = new Set(['timeslice', 'withtime']);
/** Stages that ask for the slices before them, whatever fields they read. */
const BY_SLICES: ReadonlySet<string> = new Set(['compare', 'fillmissing', 'outlier', 'predict']);

function adviceFor(context: LintContext, planned: PlannedStage, at: number) {
  const { stage, needed } = planned;
  const written = fieldsWritten(planned);
  if (needed === 'all' || written === 'all' || written.length === 0 || !standsAlone(context, at)) return [];
  // A name with odd characters may stand for another: nothing is certain then.
  if (!arePlain([...written, ...needed]) || written.some((name) => needed.has(name))) return [];
  if (!keepsEveryRow(context, planned, at) || mayReadMore(context, stage.span.end)) return [];
  const names = nameList(written);
  return [
    hint(
      unusedField.code,
      stage.span,
      written.length === 1 ? `nothing reads the field ${names}` : `nothing reads the fields ${names}`,
      {
        help: 'the stage can go',
        fix: { title: 'remove the stage', edits: [removal(context, at)] },
      },
    ),
  ];
}

function asksForSlices({ plan }: LintContext, at: number): boolean {
  return plan.stages
    .slice(at)
    .some(
      ({ stage, pipelines }) =>
        pipelines.size > 0 || (stage.kind === 'operator' && BY_SLICES.has(stage.name)),
    );
}

function keepsEveryRow(context: LintContext, planned: PlannedStage, at: number): boolean {
  const { stage, definition } = planned;
  const { registry } = context;
  if (stage.kind === 'expression')
    return isSettled(stage.expression, registry) && !dropsRows(stage.expression, registry);
  if (stage.kind !== 'operator') return false;
  if (definition?.looksUpEachRow === true) return definition.changesRowCount !== true;
  if (ADDITIONS.has(stage.name)) return stage.name !== 'timeslice' || !asksForSlices(context, at);
  if (!EXTRACTIONS.has(stage.name)) return false;
  const text = textAt(context, stage.span);
  const next = context.plan.stages[at + 1];
  // What a parse stage matched protects rows from the parse stage after it.
  return /\bnodrop\s*$/i.test(text) && !/\bmulti\b/i.test(text) && (next === undefined || !isParse(next));
}
