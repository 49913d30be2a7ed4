import type { Scope } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import type { LintRule } from './lint-rule.ts';
import { fieldsWritten, isParse } from './stage-facts.ts';
import { isCertain, textAt } from './stage-text.ts';

/** Fewer fields than this are not worth a rule. */
const MANY = 4;

/**
 * A query over one source category that begins by cutting many fields out of each message: an extraction
 * rule does that once, as messages come in. No fix, because the text alone cannot make the rule.
 */
export const parseCouldBeRule: LintRule = {
  code: 'parse-could-be-rule',
  check(context) {
    const { plan } = context;
    const [first] = plan.stages;
    const category = categoryOf(plan.query.scope);
    if (first === undefined || category === null || !isParse(first)) return [];
    const { stage, definition } = first;
    const written = fieldsWritten(first);
    if (definition?.inRules !== true || written === 'all' || written.length < MANY) return [];
    if (!isCertain(context, stage.span) || stage.kind !== 'operator') return [];
    if (/\bmulti\b/i.test(textAt(context, stage.span))) return [];
    return [
      hint(
        parseCouldBeRule.code,
        stage.nameSpan,
        `every run cuts ${written.length} fields out of each message again`,
        {
          notes: [
            `as a rule it is done once, at ingest:\n${ruleText(category, textAt(context, stage.span))}`,
          ],
          help: 'put these lines into a file and `weir rules add FILE`; the stage can go then',
        },
      ),
    ];
  },
};

/** The lines of a rule file, as deep in as a note may stand. */
function ruleText(category: string, stage: string): string {
  const name = category.replace(/\W+/g, '-').replace(/^-|-$/g, '').toLowerCase();
  const lines = [`name: ${name}`, `scope: _sourceCategory=${category}`, 'parse: |'];
  return [...lines, ...stage.split('\n').map((line) => `  ${line.trim()}`)]
    .map((line) => `      ${line}`)
    .join('\n');
}

/** The source category that every message must have, as written; null when none is certain. */
function categoryOf(scope: Scope): string | null {
  if (scope.kind === 'and') {
    for (const part of scope.of) {
      const category = categoryOf(part);
      if (category !== null) return category;
    }
    return null;
  }
  if (scope.kind !== 'fieldPredicate' || scope.field.text.toLowerCase() !== '_sourcecategory') return null;
  return /^[\w/.*-]*\w[\w/.*-]*$/.test(scope.value) ? scope.value : null;
}
