import type { Diagnostic } from '../../../grammar/diagnostics.ts';
import { absentField } from './absent-field.ts';
import { lateFilter } from './late-filter.ts';
import { limitWithoutOrder } from './limit-without-order.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { literalWildcard } from './literal-wildcard.ts';
import { missingKeyword } from './missing-keyword.ts';
import { missingTimeslice } from './missing-timeslice.ts';
import { numericTextSort } from './numeric-text-sort.ts';
import { parseCouldBeRule } from './parse-could-be-rule.ts';
import { unusedField } from './unused-field.ts';
import { wrongCase } from './wrong-case.ts';

/** Every lint rule. */
export const LINT_RULES: readonly LintRule[] = [
  absentField,
  lateFilter,
  limitWithoutOrder,
  literalWildcard,
  missingKeyword,
  missingTimeslice,
  numericTextSort,
  parseCouldBeRule,
  unusedField,
  wrongCase,
];

/** Advice on a query that works: hints, most with a fix. */
export function lint(context: LintContext): readonly Diagnostic[] {
  return LINT_RULES.flatMap((rule) => rule.check(context));
}
