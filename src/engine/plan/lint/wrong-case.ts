import type { Binary, Expression } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import { comparisons, literalText } from './comparisons.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { writerOf } from './stage-facts.ts';
import { isCertain } from './stage-text.ts';

/** A comparison that can never be true because the field's texts are in another letter case. */
export const wrongCase: LintRule = {
  code: 'wrong-case',
  check: (context) => comparisons(context).flatMap(({ test, at }) => adviceFor(context, test, at)),
};

function adviceFor(context: LintContext, test: Binary, at: number) {
  if (test.operator !== '=' && test.operator !== '!=' && test.operator !== 'matches') return [];
  const written = literalText(context, test.right);
  if (written === null || !/^[\0-\u007f]*$/.test(written)) return [];
  const source = sourceOf(context, test.left, at);
  const wanted = source === null ? null : spelledLike(context, written, source, test.operator);
  if (wanted === null || wanted === written) return [];
  const outcome = test.operator === '!=' ? 'is always true' : 'is never true';
  return [
    hint(
      wrongCase.code,
      test.right.span,
      `letter case counts: \`${test.operator} "${written}"\` ${outcome}`,
      {
        help: `the text before is \`${wanted}\` in this letter case`,
        fix: { title: `write \`"${wanted}"\``, edits: [{ span: test.right.span, text: `"${wanted}"` }] },
      },
    ),
  ];
}

/** The expression that gives the left side its value, where a stage before says. */
function sourceOf(context: LintContext, left: Expression, at: number): Expression | null {
  if (left.kind === 'call') return left;
  if (left.kind !== 'field') return null;
  const writer = writerOf(context, at, left.name);
  if (writer?.stage.kind !== 'expression' || !isCertain(context, writer.stage.span)) return null;
  return writer.stage.expression;
}

/** The text in the only letter case in which it can equal what the source gives; null when not known. */
function spelledLike(
  context: LintContext,
  text: string,
  source: Expression,
  operator: Binary['operator'],
): string | null {
  if (source.kind === 'call') {
    if (source.name === 'toLowerCase') return text.toLowerCase();
    return source.name === 'toUpperCase' ? text.toUpperCase() : null;
  }
  const values = operator === 'matches' ? null : possibleTexts(context, source);
  if (source.kind !== 'conditional' || values === null || values.includes(text)) return null;
  return values.find((value) => value.toLowerCase() === text.toLowerCase()) ?? null;
}

/** Every text that nested conditionals over literals can give; null when there is anything else. */
function possibleTexts(context: LintContext, source: Expression): readonly string[] | null {
  if (source.kind !== 'conditional') {
    const text = literalText(context, source);
    return text === null ? null : [text];
  }
  const yes = possibleTexts(context, source.yes);
  const no = possibleTexts(context, source.no);
  return yes === null || no === null ? null : [...yes, ...no];
}
