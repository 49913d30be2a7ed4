import type { AggregateStage, Expression, OperatorStage, Query, Stage } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/span.ts';
import { numberFromText } from '../columns/value.ts';
import type { KeyTexts } from '../define.ts';
import { conjuncts } from '../expression/references.ts';
import type { Plan, PlannedStage } from '../plan/plan.ts';
import { planQuery } from '../plan/plan-query.ts';
import type { Registry } from '../registry.ts';
import type { Prepared } from './start-stages.ts';

/** A table with more keys than this is not asked before rows are grouped. */
const MOST_KEYS = 20_000;

/**
 * A plan that groups by a key, looks the key up and keeps only what the table knows groups no rows that the
 * table does not know: a `where` before the aggregate drops them. What came of `prepare` goes over to the new
 * plan's stages. The plan as it is where there is nothing to drop.
 */
export function narrowed(
  plan: Plan,
  prepared: Prepared,
  registry: Registry,
): { readonly plan: Plan; readonly prepared: Prepared } {
  const same = { plan, prepared };
  const at = plan.stages.findIndex(({ stage }) => stage.kind === 'aggregate');
  const aggregate = plan.stages[at]?.stage;
  if (aggregate?.kind !== 'aggregate') return same;
  const keys = neededKeys(plan.stages[at + 1], plan.stages[at + 2], prepared);
  if (keys === null || !isKey(aggregate, keys.field) || keys.texts.length > MOST_KEYS) return same;
  const test = whereStage(keys, aggregate.span);
  const query: Query = { ...plan.query, stages: plan.query.stages.toSpliced(at, 0, test) };
  const { plan: narrow } = planQuery(query, registry);
  const moved = carriedOver(prepared, plan.stages, narrow.stages, at);
  return moved === null ? same : { plan: narrow, prepared: moved };
}

/** The keys that a stage knows, where the next one drops all rows of other keys. */
function neededKeys(
  planned: PlannedStage | undefined,
  next: PlannedStage | undefined,
  prepared: Prepared,
): KeyTexts | null {
  if (planned?.stage.kind !== 'operator' || planned.definition === null) return null;
  const { definition, stage } = planned;
  const writes = definition.writes(stage.args);
  // The keys come last: it takes a look at each row of a table.
  if (writes === 'all' || !dropsUnknown(next?.stage, writes)) return null;
  return definition.keyTexts?.(stage.args, prepared.get(planned)) ?? null;
}

/** Whether only rows pass that have something in one of these fields: a comparison with null is false. */
function dropsUnknown(stage: Stage | undefined, fields: readonly string[]): boolean {
  if (stage?.kind !== 'operator' || stage.name !== 'where') return false;
  const names = new Set(fields.map((field) => field.toLowerCase()));
  return conjuncts(stage.args.condition as Expression).some(
    (part) =>
      part.kind === 'binary' &&
      part.operator === '=' &&
      part.left.kind === 'field' &&
      names.has(part.left.name.toLowerCase()) &&
      part.right.kind === 'literal' &&
      part.right.value !== null,
  );
}

function isKey({ by }: AggregateStage, field: string): boolean {
  return by.some(({ text }) => text.toLowerCase() === field.toLowerCase());
}

/** `where field in ("…", …)`, or `where toLowerCase(field) in …` where texts of other letter case or numbers could match too. */
function whereStage({ field, texts }: KeyTexts, span: Span): OperatorStage {
  const key: Expression = { kind: 'field', name: field, span };
  const exact = texts.every((text) => text === text.toUpperCase() && numberFromText(text) === null);
  const of: Expression = exact
    ? key
    : { kind: 'call', name: 'toLowerCase', nameSpan: span, args: [key], span };
  const list = texts.map((value): Expression => ({ kind: 'literal', value, span }));
  const condition: Expression = { kind: 'in', of, list, negated: false, span };
  return { kind: 'operator', name: 'where', nameSpan: span, args: { condition }, span };
}

/** Results of `prepare` by the stages of a plan with one more stage at `at`; null when calls inside stages have some. */
function carriedOver(
  prepared: Prepared,
  before: readonly PlannedStage[],
  after: readonly PlannedStage[],
  at: number,
): Prepared | null {
  const moved = new Map<PlannedStage, unknown>();
  for (const [of, result] of prepared) {
    const position = before.indexOf(of as PlannedStage);
    const stage = after[position < at ? position : position + 1];
    if (position < 0 || stage === undefined) return null;
    moved.set(stage, result);
  }
  return moved;
}
