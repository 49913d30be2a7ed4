import type { FieldReference, Text } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import type { PlannedStage } from '../plan.ts';
import { comparisons } from './comparisons.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { arePlain, writerOf } from './stage-facts.ts';
import { insertion, standsAlone } from './stage-text.ts';

/** A `sort` by a field that holds digits as text: 9 comes after 10 then. */
export const numericTextSort: LintRule = {
  code: 'numeric-text-sort',
  check: (context) => context.plan.stages.flatMap((planned, at) => adviceFor(context, planned, at)),
};

function adviceFor(context: LintContext, { stage }: PlannedStage, at: number) {
  if (stage.kind !== 'operator' || stage.name !== 'sort' || !standsAlone(context, at)) return [];
  const keys = (stage.args.keys ?? []) as unknown as readonly { readonly field: FieldReference }[];
  const fields = keys.map(({ field }) => field).filter((field) => isNumericText(context, at, field.name));
  const [first] = fields;
  if (first === undefined || !arePlain(fields.map(({ name }) => name))) return [];
  const casts = fields.map(({ name }) => `num(${name})`).join('\n| ');
  return [
    hint(numericTextSort.code, first.span, `\`${first.name}\` is text: 9 sorts above 10`, {
      help: `cast it first: \`num(${first.name})\``,
      fix: { title: 'sort by the number', edits: [insertion(context, at, casts)] },
    }),
  ];
}

/** Whether the field was cut out of a text and the query shows that it holds numbers. */
function isNumericText(context: LintContext, at: number, field: string): boolean {
  const writer = writerOf(context, at, field);
  if (writer?.stage.kind !== 'operator') return false;
  const { name, args } = writer.stage;
  if (name === 'parse regex' && hasDigitGroup(args.patterns, field)) return true;
  return (name === 'parse' || name === 'parse regex') && comparedWithNumber(context, writer, at, field);
}

/** Whether a group of this name in one of the patterns takes digits only, as many as there are. */
function hasDigitGroup(patterns: unknown, field: string): boolean {
  return (patterns as readonly { readonly pattern: Text }[]).some(({ pattern }) =>
    [...pattern.raw.matchAll(/\(\?P?<(\w+)>(?:\\d|\[0-9\])(?:\+|\{\d+,\d*\})\)/g)].some(
      ([, group]) => group?.toLowerCase() === field.toLowerCase(),
    ),
  );
}

function comparedWithNumber(context: LintContext, writer: PlannedStage, at: number, field: string): boolean {
  return comparisons(context).some(
    ({ test, at: where }) =>
      where < at &&
      test.left.kind === 'field' &&
      test.left.name.toLowerCase() === field.toLowerCase() &&
      test.right.kind === 'literal' &&
      typeof test.right.value === 'number' &&
      writerOf(context, where, field) === writer,
  );
}
