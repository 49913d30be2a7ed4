import type { Amount } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import { outputNames } from '../forward.ts';
import type { PlannedStage } from '../plan.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { arePlain } from './stage-facts.ts';
import { insertion, standsAlone } from './stage-text.ts';

/** A limit this high guards against too much; it does not choose. */
const GUARD = 1000;

/** A `limit` on aggregate rows that no stage has ordered: which rows stay is chance. */
export const limitWithoutOrder: LintRule = {
  code: 'limit-without-order',
  check: (context) => context.plan.stages.flatMap((planned, at) => adviceFor(context, planned, at)),
};

function adviceFor(context: LintContext, { stage, raw }: PlannedStage, at: number) {
  if (stage.kind !== 'operator' || stage.name !== 'limit' || raw) return [];
  if ((stage.args.count as Amount).count >= GUARD) return [];
  const made = unorderedBy(context, at);
  if (made === null) return [];
  const [output, second] = made;
  const title = `sort by \`${output}\` first`;
  const certain = output !== undefined && second === undefined && arePlain([output]);
  const fix =
    certain && standsAlone(context, at)
      ? { fix: { title, edits: [insertion(context, at, `sort by ${output}`)] } }
      : {};
  return [
    hint(limitWithoutOrder.code, stage.span, 'aggregate rows have no order, so these are any rows', {
      help: 'put a `sort` before the `limit`, or use `top`',
      ...fix,
    }),
  ];
}

/** The outputs of the aggregate whose rows reach stage `at` in no order; null when they are ordered or not many. */
function unorderedBy({ plan, registry }: LintContext, at: number): readonly string[] | null {
  let kept = true;
  for (let index = at - 1; index >= 0; index--) {
    const { stage, definition } = plan.stages[index]!;
    if (stage.kind === 'aggregate') {
      if (stage.by.length === 0) return null;
      return kept ? stage.calls.flatMap((call) => outputNames(call, registry)) : [];
    }
    if (stage.kind === 'expression') continue;
    if (definition === null || definition.order !== 'keeps' || definition.fields === 'replaces') return null;
    if (definition.makesAggregate === true || definition.stands === 'raw-to-aggregate') return null;
    if (definition.passes !== undefined) kept = false;
  }
  return null;
}
