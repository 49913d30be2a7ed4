import type { Arg, Args, Expression, Pipeline, Query, Scope, Stage, Subquery } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/span.ts';
import { type Batch, columnNamed } from '../columns/batch.ts';
import { valueAt } from '../columns/column.ts';
import { numberFromText, textOf, type Value } from '../columns/value.ts';
import { QueryFailure, type RunContext } from '../define.ts';
import { mapArg, mapExpression } from '../expression/references.ts';
import { subqueriesOf } from '../plan/plan-query.ts';
import { mapScopeLeaves } from '../scope/scope-leaves.ts';
import type { TimeRange } from '../source.ts';
import { parseRange } from '../time/range.ts';

const DEFAULT_ROWS = 2500;
const MEMORY_CAP = 100 * 1024 * 1024;
const TOO_MANY =
  'Subquery returned more records than your current limit allows. Some records might be truncated.';
const TOO_LARGE = 'Subquery reached the maximum memory limit. Some records will be truncated.';

/** Runs a query over a time range and collects its rows. */
export type RunChild = (query: Query, time: TimeRange) => Promise<readonly Batch[]>;

/** The query with every subquery replaced by what it gives; children run first, one after the other. */
export async function inlineSubqueries(query: Query, context: RunContext, run: RunChild): Promise<Query> {
  const found = subqueriesOf(query);
  if (found.length === 0) return query;
  const rows = new Map<Subquery, readonly ComposedRow[]>();
  for (const subquery of found) rows.set(subquery, await composedRows(subquery, context, run));
  const rowsOf = (subquery: Subquery) => rows.get(subquery) ?? [];
  const inStage = (stage: Stage): Stage => {
    if (stage.kind === 'aggregate') return stage;
    const expression = (part: Expression): Expression =>
      part.kind === 'subqueryTest' ? rowsCondition(rowsOf(part.subquery), part.span) : part;
    if (stage.kind === 'expression')
      return { ...stage, expression: mapExpression(stage.expression, expression) };
    const pipeline = (part: Pipeline): Pipeline => ({ ...part, stages: part.stages.map(inStage) });
    return { ...stage, args: mapArg(stage.args as Arg, expression, pipeline) as Args };
  };
  const scope = mapScopeLeaves(query.scope, (leaf) =>
    leaf.kind === 'subquery' ? rowsScope(rowsOf(leaf), leaf) : leaf,
  );
  return { ...query, scope, stages: query.stages.map(inStage) };
}

/** The time range that a subquery searches. */
export function subqueryTime(subquery: Subquery, context: RunContext): TimeRange {
  if (subquery.from === null && subquery.to === null) return context.time;
  const settings = { now: context.now(), timeZone: context.timeZone };
  const range = parseRange(subquery.from, subquery.to, settings);
  if (!range.ok) throw new QueryFailure('data', `the time range of a subquery: ${range.problem}`, range.hint);
  return { from: subquery.from === null ? context.time.from : range.value.from, to: range.value.to };
}

/** The values of one row of a subquery that are not null, by field. */
interface ComposedRow {
  readonly values: readonly { readonly field: string; readonly value: Exclude<Value, null> }[];
}

async function composedRows(
  subquery: Subquery,
  context: RunContext,
  run: RunChild,
): Promise<readonly ComposedRow[]> {
  const batches = await run(subquery.child, subqueryTime(subquery, context));
  const limit = subquery.maxResults ?? DEFAULT_ROWS;
  const rows = new Map<string, ComposedRow>();
  let size = 0;
  for (const batch of batches) {
    const columns = subquery.compose.map((name) => ({
      field: name.text,
      column: columnNamed(batch, name.text),
    }));
    for (let row = 0; row < batch.length; row++) {
      const values = columns.flatMap(({ field, column }) => {
        const value = valueAt(column, row);
        return value === null ? [] : [{ field, value }];
      });
      const key = JSON.stringify(values);
      if (values.length === 0 || rows.has(key)) continue;
      if (rows.size >= limit) {
        context.warn(TOO_MANY);
        return [...rows.values()];
      }
      size += key.length;
      if (size > MEMORY_CAP) {
        context.warn(TOO_LARGE);
        return [...rows.values()];
      }
      rows.set(key, { values });
    }
  }
  return [...rows.values()];
}

/** `((f1="v1" AND f2="v2") OR …)`; with `keywords` the values alone. No rows: nothing matches. */
function rowsScope(rows: readonly ComposedRow[], { keywords, span }: Subquery): Scope {
  if (rows.length === 0) return { kind: 'not', of: { kind: 'all', span }, span };
  const alternatives = rows.map(({ values }): Scope => {
    const parts = values.map(({ field, value }): Scope => {
      const text = textOf(value);
      if (keywords) return { kind: 'term', text, quoted: true, exact: true, span };
      const name = { kind: 'name', text: field, span } as const;
      return { kind: 'fieldPredicate', field: name, value: text, quoted: true, exact: true, span };
    });
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'and', of: parts, span };
  });
  return { kind: 'or', of: alternatives, span };
}

/** The rows as a condition: some row's values equal the fields', with letter case. */
function rowsCondition(rows: readonly ComposedRow[], span: Span): Expression {
  const field = onlyField(rows);
  if (field !== null) {
    const list = rows.flatMap(({ values }) => values.flatMap(({ value }) => bothForms(value, span)));
    return { kind: 'in', of: { kind: 'field', name: field, span }, list, negated: false, span };
  }
  const alternatives = rows.map(({ values }) =>
    joined(
      'and',
      values.map(({ field: name, value }) => equality(name, value, span)),
      span,
    ),
  );
  return alternatives.length === 0
    ? { kind: 'literal', value: false, span }
    : joined('or', alternatives, span);
}

function onlyField(rows: readonly ComposedRow[]): string | null {
  const fields = new Set(rows.flatMap(({ values }) => values.map(({ field }) => field)));
  const [field, second] = fields;
  return field !== undefined && second === undefined ? field : null;
}

/** Text, and the number that it stands for: `in` does not convert, a field may hold either. */
function bothForms(value: Exclude<Value, null>, span: Span): Expression[] {
  const text = textOf(value);
  const number = numberFromText(text);
  const forms: Expression[] = [{ kind: 'literal', value: text, span }];
  if (number !== null) forms.push({ kind: 'literal', value: number, span });
  return forms;
}

function equality(name: string, value: Exclude<Value, null>, span: Span): Expression {
  return {
    kind: 'binary',
    operator: '=',
    left: { kind: 'field', name, span },
    right: { kind: 'literal', value: textOf(value), span },
    span,
  };
}

/** Joined as a balanced tree, so that thousands of rows do not nest thousands deep. */
function joined(operator: 'and' | 'or', parts: readonly Expression[], span: Span): Expression {
  const [first] = parts;
  if (first === undefined) return { kind: 'literal', value: operator === 'and', span };
  if (parts.length === 1) return first;
  const middle = parts.length >> 1;
  return {
    kind: 'binary',
    operator,
    left: joined(operator, parts.slice(0, middle), span),
    right: joined(operator, parts.slice(middle), span),
    span,
  };
}
