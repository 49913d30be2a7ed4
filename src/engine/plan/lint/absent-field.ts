import type { FieldReference } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import { type ResolvedStage, resolveStages } from '../forward.ts';
import { MESSAGES, mayHave } from '../shape.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { removal, standsAlone, textAt } from './stage-text.ts';

/** `fields - x` after an aggregate, where no `x` can be. */
export const absentField: LintRule = {
  code: 'absent-field',
  check(context) {
    const { stages } = context.plan.query;
    const removes = stages.some((stage) => stage.kind === 'operator' && stage.name === 'fields');
    if (!removes) return [];
    const resolved = resolveStages(stages, MESSAGES, context.registry, () => {});
    return resolved.flatMap((stage, at) => adviceFor(context, stage, at));
  },
};

function adviceFor(context: LintContext, { stage, before }: ResolvedStage, at: number) {
  if (stage.kind !== 'operator' || stage.name !== 'fields' || stage.args.remove === null) return [];
  const named = stage.args.fields as unknown as readonly FieldReference[];
  const kept = named.filter(({ name }) => mayHave(before, name));
  const edit =
    kept.length === 0
      ? removal(context, at)
      : { span: stage.span, text: `fields - ${kept.map(({ span }) => textAt(context, span)).join(', ')}` };
  const title = kept.length === 0 ? 'remove the stage' : 'leave out what is not there';
  const fix = standsAlone(context, at) ? { fix: { title, edits: [edit] } } : {};
  return named
    .filter((field) => !kept.includes(field))
    .map(({ name, span }) =>
      hint(absentField.code, span, `\`fields -\` removes \`${name}\`, which is not there`, {
        help: 'it can be left out',
        ...fix,
      }),
    );
}
