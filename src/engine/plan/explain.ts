import type { Span } from '../../grammar/span.ts';
import type { Registry } from '../registry.ts';
import type { Plan, PlannedStage } from './plan.ts';
import { splitPlan } from './split.ts';

/** Where a stage runs: on every worker, partly there and merged here, or here. */
export type StagePlace = 'workers' | 'workers, merged here' | 'here';

/** A plan as data, for `explain -o json`. */
export interface ExplainedPlan {
  readonly scan: {
    readonly filter: string;
    readonly fields: readonly string[] | 'all';
    readonly order: 'newest' | 'any';
    readonly limit: number | null;
  };
  readonly stages: readonly {
    readonly stage: string;
    readonly rows: 'messages' | 'aggregate';
    /** Fields of the output that later stages read. */
    readonly needed: readonly string[] | 'all';
    readonly runs: StagePlace;
  }[];
  readonly result: {
    readonly rows: 'messages' | 'aggregate';
    readonly columns: readonly string[] | 'by data';
  };
}

/** The plan as data; `text` is the query that the plan was made from. */
export function explainPlan(plan: Plan, text: string, registry: Registry): ExplainedPlan {
  const { onWorkers, merged } = splitPlan(plan, registry);
  const placeOf = (planned: PlannedStage): StagePlace => {
    if (onWorkers.includes(planned)) return 'workers';
    return planned === merged ? 'workers, merged here' : 'here';
  };
  return {
    scan: {
      filter: textOf(text, plan.scan.filter.span) || '*',
      fields: plan.scan.fields === null ? 'all' : [...plan.scan.fields].sort(),
      order: plan.scan.order,
      limit: plan.scan.limit,
    },
    stages: plan.stages.map((planned) => ({
      stage: textOf(text, planned.stage.span),
      rows: planned.raw ? 'messages' : 'aggregate',
      needed: planned.needed === 'all' ? 'all' : [...planned.needed].sort(),
      runs: placeOf(planned),
    })),
    result: { rows: plan.raw ? 'messages' : 'aggregate', columns: plan.columns ?? 'by data' },
  };
}

/** The plan for people, one line per step. */
export function explainText(plan: Plan, text: string, registry: Registry): string {
  const { scan, stages, result } = explainPlan(plan, text, registry);
  const order = scan.order === 'newest' ? 'newest first' : 'any order';
  const limit = scan.limit === null ? '' : `, at most ${scan.limit.toLocaleString('en')}`;
  const lines = [
    `scan    ${scan.filter}`,
    `        fields: ${listed(scan.fields)}; ${order}${limit}`,
    ...stages.flatMap(({ stage, needed, runs }) => [
      `stage   ${stage}`,
      `        runs: ${runs}; read later: ${needed === 'all' ? 'all fields' : listed(needed)}`,
    ]),
    `result  ${result.rows}: ${result.columns === 'by data' ? 'columns depend on the data' : listed(result.columns)}`,
  ];
  return lines.join('\n');
}

function listed(names: readonly string[] | 'all'): string {
  if (names === 'all') return 'all';
  return names.length === 0 ? 'none' : names.join(', ');
}

function textOf(text: string, span: Span): string {
  return text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}
