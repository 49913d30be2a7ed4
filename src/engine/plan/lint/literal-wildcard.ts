import type { Binary, Expression } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import { comparisons, literalText } from './comparisons.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { isCertain, textAt } from './stage-text.ts';

/** `field = "abc*"`: outside the search expression `*` is a wildcard only for `matches`. */
export const literalWildcard: LintRule = {
  code: 'literal-wildcard',
  check: (context) => comparisons(context).flatMap(({ test }) => adviceFor(context, test)),
};

function adviceFor(context: LintContext, test: Binary) {
  if (test.operator !== '=' && test.operator !== '!=') return [];
  if (test.left.kind !== 'field') return [];
  const pattern = literalText(context, test.right);
  // Only a star that touches a word looks like a wildcard; `*/5 * * * *` and `s3:*` may be data.
  if (pattern === null || !/\w\*|\*\w/.test(pattern) || !isCertain(context, test.span)) return [];
  const field = textAt(context, test.left.span);
  const matches = `${field} matches ${textAt(context, test.right.span)}`;
  const text = test.operator === '=' ? matches : `!(${matches})`;
  return [
    hint(literalWildcard.code, test.right.span, `\`${test.operator}\` takes \`*\` as an asterisk`, {
      help: 'write `matches` for a wildcard',
      fix: { title: 'use `matches`', edits: [{ span: spanOf(test), text }] },
    }),
  ];
}

function spanOf({ left, right }: { readonly left: Expression; readonly right: Expression }) {
  return { start: left.span.start, end: right.span.end };
}
