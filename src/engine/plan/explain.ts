import type { Query } from '../../grammar/ast.ts';
import { grouped } from '../../grammar/counted.ts';
import type { Span } from '../../grammar/span.ts';
import type { Registry } from '../registry.ts';
import { requiredTerms, scopeFields } from '../scope/facts.ts';
import { MESSAGE_FIELDS } from '../source.ts';
import { FieldNames } from './field-names.ts';
import { hasField } from './field-set.ts';
import { fieldsReadBy, outputNames } from './forward.ts';
import type { Plan, PlannedStage } from './plan.ts';
import { planQuery, subqueriesOf } from './plan-query.ts';
import { splitPlan } from './split.ts';

/** Where a stage runs: on every worker, partly there and merged here, or here. */
export type StagePlace = 'workers' | 'workers, merged here' | 'here';

/** A plan as data, for `explain -o json`. */
export interface ExplainedPlan {
  readonly scan: {
    readonly filter: string;
    /** Words that every message must have; blocks of data without them are skipped. */
    readonly words: readonly string[];
    readonly fields: readonly string[] | 'all';
    readonly order: 'newest' | 'any';
    readonly limit: number | null;
  };
  /** Queries that run first, whose results are put in. */
  readonly subqueries: readonly ExplainedPlan[];
  readonly stages: readonly ExplainedStage[];
  readonly result: {
    readonly rows: 'messages' | 'aggregate';
    readonly columns: readonly string[] | 'by data';
  };
}

/** One stage of a plan as data. */
export interface ExplainedStage {
  readonly stage: string;
  readonly rows: 'messages' | 'aggregate';
  /** Fields that it makes and something reads. */
  readonly makes: readonly string[] | 'by data';
  /** Fields that it could make and nothing reads: they are left out. */
  readonly leftOut: readonly string[];
  /** Fields of the output that later stages read. */
  readonly needed: readonly string[] | 'all';
  readonly runs: StagePlace;
  /** The stages of its nested pipelines. */
  readonly pipelines: readonly (readonly ExplainedStage[])[];
}

/** The plan as data; `text` is the query as it was given, parameters and macros in place. */
export function explainPlan(plan: Plan, text: string, registry: Registry): ExplainedPlan {
  const { onWorkers, merged } = splitPlan(plan, registry);
  const placeOf = (planned: PlannedStage): StagePlace => {
    if (onWorkers.includes(planned)) return 'workers';
    return planned === merged ? 'workers, merged here' : 'here';
  };
  return {
    scan: {
      filter: textOf(text, plan.scan.filter.span) || '*',
      words: requiredTerms(plan.scan.filter).toSorted(),
      fields: plan.scan.fields === null ? 'all' : spelled(plan.scan.fields, plan),
      order: plan.scan.order,
      limit: plan.scan.limit,
    },
    subqueries: subqueriesOf(plan.query).map(({ child }) => explainChild(child, text, registry)),
    stages: plan.stages.map((planned) => {
      const explained = explainStage(planned, placeOf(planned), text, registry);
      const whole = plan.stages.find((other) => isPartOf(planned.stage.span, other.stage.span));
      if (whole === undefined) return explained;
      return { ...explained, stage: `${addedName(planned)} (for \`${textOf(text, whole.stage.span)}\`)` };
    }),
    result: { rows: plan.raw ? 'messages' : 'aggregate', columns: plan.columns ?? 'by data' },
  };
}

/** Names in lower case as the query or the data spell them, in order. */
function spelled(names: readonly string[], { query, stages }: Plan): readonly string[] {
  const read = stages.flatMap(({ stage, definition }) => {
    const fields = fieldsReadBy(stage, definition);
    return fields === 'all' ? [] : fields;
  });
  const written = FieldNames.of([...MESSAGE_FIELDS, ...scopeFields(query.scope), ...read]);
  return names.map((name) => written.get(name) ?? name).sort();
}

function explainChild(child: Query, text: string, registry: Registry): ExplainedPlan {
  return explainPlan(planQuery(child, registry).plan, text, registry);
}

function explainStage(
  planned: PlannedStage,
  runs: StagePlace,
  text: string,
  registry: Registry,
): ExplainedStage {
  const { stage, raw, needed } = planned;
  const made = madeBy(planned, registry);
  return {
    // What the planner added stands nowhere in the text.
    stage: textOf(text, stage.span) || stageName(planned),
    rows: raw ? 'messages' : 'aggregate',
    makes: made === 'all' ? 'by data' : made.filter((name) => !isHidden(name) && hasField(needed, name)),
    // Two underscores: names that the engine made up.
    leftOut: made === 'all' ? [] : made.filter((name) => !hasField(needed, name) && !name.startsWith('__')),
    needed: needed === 'all' ? 'all' : [...needed].sort(),
    runs,
    pipelines: [...planned.pipelines.values()].map((stages) =>
      stages.map((nested) => explainStage(nested, runs, text, registry)),
    ),
  };
}

function stageName({ stage }: PlannedStage): string {
  return stage.kind === 'operator' ? stage.name : '';
}

/** Whether the stage was added for another: the planner gives it a span inside that of the other. */
function isPartOf(part: Span, whole: Span): boolean {
  const inside = whole.start <= part.start && part.end <= whole.end;
  return inside && part.end - part.start < whole.end - whole.start;
}

/** Whether no text of a query can name the field: the planner made it for its own use. */
function isHidden(name: string): boolean {
  return name.startsWith('\0');
}

/** What an added stage does, in the words of the language, without the fields that no text can name. */
function addedName(planned: PlannedStage): string {
  const { stage } = planned;
  if (stage.kind !== 'aggregate') return stageName(planned);
  const calls = stage.calls.filter(({ alias }) => alias === null || !isHidden(alias.text));
  const keys = listed(stage.by.map((name) => name.text));
  return calls.length === 0 ? `group by ${keys}` : `${listed(calls.map((call) => call.name))} by ${keys}`;
}

function madeBy({ stage, definition, target }: PlannedStage, registry: Registry): readonly string[] | 'all' {
  switch (stage.kind) {
    case 'expression':
      return target === null ? [] : [target];
    case 'aggregate':
      return [
        ...stage.by.map((name) => name.text),
        ...stage.calls.flatMap((call) => outputNames(call, registry)),
      ];
    case 'operator':
      return definition?.writes(stage.args) ?? [];
  }
}

/** The plan for people: a tree in the order in which things happen. */
export function explainText(plan: Plan, text: string, registry: Registry): string {
  return treeText(planTree(explainPlan(plan, text, registry)));
}

/** A line with what belongs to it. */
interface Branch {
  readonly text: string;
  readonly of: readonly Branch[];
}

function planTree(plan: ExplainedPlan): readonly Branch[] {
  const { scan, stages, subqueries, result } = plan;
  const first = subqueries.map((child) => ({ text: 'subquery, runs first', of: planTree(child) }));
  const columns = result.columns === 'by data' ? 'columns depend on the data' : listed(result.columns);
  return [
    ...first,
    { text: 'scan', of: scanTree(scan) },
    ...placeTrees(stages),
    { text: `result: ${result.rows === 'messages' ? 'messages' : 'aggregate rows'}, ${columns}`, of: [] },
  ];
}

function scanTree({ filter, words, fields, order, limit }: ExplainedPlan['scan']): readonly Branch[] {
  const leaf = (text: string): Branch => ({ text, of: [] });
  return [
    leaf(`search: ${shortened(filter)}`),
    ...(words.length === 0 ? [] : [leaf(`data without these words is skipped: ${words.join(', ')}`)]),
    leaf(`columns read: ${fields === 'all' ? 'all' : listed(fields)}`),
    leaf(order === 'newest' ? 'order: newest first' : 'order: any'),
    ...(limit === null ? [] : [leaf(`at most ${grouped(limit)} messages`)]),
  ];
}

const PLACES: Readonly<Record<StagePlace, string>> = {
  workers: 'on every worker',
  'workers, merged here': 'on every worker, merged here',
  here: 'here, on all rows',
};

/** Stages that follow each other in one place are one branch. */
function placeTrees(stages: readonly ExplainedStage[]): readonly Branch[] {
  const trees: { text: string; of: Branch[] }[] = [];
  for (const stage of stages) {
    const text = PLACES[stage.runs];
    const last = trees.at(-1);
    if (last?.text === text) last.of.push(stageTree(stage));
    else trees.push({ text, of: [stageTree(stage)] });
  }
  return trees;
}

function stageTree({ stage, makes, leftOut, pipelines }: ExplainedStage): Branch {
  const leaf = (text: string): Branch => ({ text, of: [] });
  return {
    text: shortened(stage),
    of: [
      ...(makes === 'by data' ? [leaf('makes fields that depend on the data')] : []),
      ...(makes !== 'by data' && makes.length > 0 ? [leaf(`makes ${listed(makes)}`)] : []),
      ...(leftOut.length > 0
        ? [leaf(`leaves out ${listed(leftOut)}: nothing reads ${leftOut.length > 1 ? 'them' : 'it'}`)]
        : []),
      ...pipelines.map((stages) => ({ text: 'pipeline', of: stages.map(stageTree) })),
    ],
  };
}

function treeText(branches: readonly Branch[]): string {
  return branches.flatMap(({ text, of }) => [text, ...childLines(of)]).join('\n');
}

function childLines(branches: readonly Branch[]): readonly string[] {
  return branches.flatMap(({ text, of }, at) => {
    const last = at === branches.length - 1;
    const below = childLines(of).map((line) => `${last ? '   ' : '│  '}${line}`);
    return [`${last ? '└─ ' : '├─ '}${text}`, ...below];
  });
}

/** Longer texts are cut in the tree; as data they are whole. */
const LONG = 160;

function shortened(text: string): string {
  return text.length <= LONG ? text : `${text.slice(0, LONG - 1)}…`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function textOf(text: string, span: Span): string {
  return text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}
