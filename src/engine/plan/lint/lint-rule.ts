import type { Diagnostic, DiagnosticCode } from '../../../grammar/diagnostics.ts';
import type { Registry } from '../../registry.ts';
import type { Plan } from '../plan.ts';

/** What a lint rule may look at. */
export interface LintContext {
  /** The plan of a query without errors; only its outermost stages are looked at. */
  readonly plan: Plan;
  /** The query as it was given, in which all spans count. */
  readonly text: string;
  readonly registry: Registry;
}

/**
 * One kind of advice. It must be certain: a rule that cannot prove its case from the text says nothing.
 * Its fix must leave nothing that the rule would report again.
 */
export interface LintRule {
  readonly code: DiagnosticCode;
  check(context: LintContext): readonly Diagnostic[];
}
