import { hint } from '../../../grammar/diagnostics.ts';
import { TIMESLICE } from '../../operators/timeslice.ts';
import { scopeFields } from '../../scope/facts.ts';
import type { PlannedStage } from '../plan.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { fieldsWritten } from './stage-facts.ts';
import { insertion, isCertain, standsAlone } from './stage-text.ts';

/** An aggregate by `_timeslice` that no stage makes: all rows fall into one group without a time. */
export const missingTimeslice: LintRule = {
  code: 'missing-timeslice',
  check(context) {
    const { scope } = context.plan.query;
    // The messages of a view may have the slices of the query that made it.
    if (!isCertain(context, scope.span) || scopeFields(scope).includes('_index')) return [];
    const at = context.plan.stages.findIndex((stage) => stage.stage.kind === 'aggregate' || mayMake(stage));
    return at < 0 ? [] : adviceFor(context, at);
  },
};

function mayMake(planned: PlannedStage): boolean {
  const written = fieldsWritten(planned);
  return written === 'all' || written.includes(TIMESLICE);
}

function adviceFor(context: LintContext, at: number) {
  const { stage } = context.plan.stages[at]!;
  if (stage.kind !== 'aggregate') return [];
  const key = stage.by.find(({ text }) => text.toLowerCase() === TIMESLICE);
  if (key === undefined) return [];
  const fix = { title: 'slice time by the hour first', edits: [insertion(context, at, 'timeslice 1h')] };
  return [
    hint(missingTimeslice.code, key.span, `no stage makes \`${TIMESLICE}\`, so every row has none`, {
      help: 'put `timeslice` with a width before the aggregate',
      ...(standsAlone(context, at) ? { fix } : {}),
    }),
  ];
}
