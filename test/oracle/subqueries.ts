import type { Expression, Query, Scope, Stage, Subquery } from '../../src/grammar/ast.ts';
import { get, keyOf, type Table, textIn } from './table.ts';

type RunChild = (subquery: Subquery) => Table;
/** The values of one row of a child, without nulls. */
type Composed = readonly (readonly [field: string, value: string])[];

const MOST_ROWS = 2500;

/** The query with each subquery replaced by what its child gives: rows joined by OR, their values by AND. */
export function inlined(query: Query, run: RunChild): Query {
  return {
    ...query,
    scope: inScope(query.scope, run),
    stages: query.stages.map((stage) => mapped(stage, run) as Stage),
  };
}

function rowsOf(subquery: Subquery, run: RunChild): Composed[] {
  const rows = run(subquery).rows.map((row) =>
    subquery.compose.flatMap(({ text }) => {
      const value = textIn(get(row, text));
      return value === null ? [] : [[text, value] as const];
    }),
  );
  const different = new Map(rows.filter(({ length }) => length > 0).map((row) => [keyOf(row.flat()), row]));
  return [...different.values()].slice(0, Math.min(subquery.maxResults ?? MOST_ROWS, 10_000));
}

function inScope(scope: Scope, run: RunChild): Scope {
  const { span } = scope;
  switch (scope.kind) {
    case 'not':
      return { ...scope, of: inScope(scope.of, run) };
    case 'and':
    case 'or':
      return { ...scope, of: scope.of.map((each) => inScope(each, run)) };
    case 'subquery': {
      const test = (field: string, value: string): Scope =>
        scope.keywords
          ? { kind: 'term', text: value, quoted: true, exact: true, span }
          : {
              kind: 'fieldPredicate',
              field: { kind: 'name', text: field, span },
              value,
              quoted: true,
              exact: true,
              span,
            };
      const rows = rowsOf(scope, run).map(
        (row): Scope => ({ kind: 'and', of: row.map(([field, value]) => test(field, value)), span }),
      );
      return { kind: 'or', of: rows, span };
    }
    default:
      return scope;
  }
}

/** Any part of a stage: a subquery in an expression becomes a condition. */
function mapped(part: unknown, run: RunChild): unknown {
  if (Array.isArray(part)) return part.map((each) => mapped(each, run));
  if (typeof part !== 'object' || part === null) return part;
  const node = part as { readonly kind?: string; readonly subquery?: Subquery };
  if (node.kind === 'subqueryTest') return condition(rowsOf(node.subquery!, run));
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, mapped(value, run)]));
}

const SPAN = { start: 0, end: 0 };

function condition(rows: readonly Composed[]): Expression {
  const join = (operator: 'and' | 'or', parts: readonly Expression[], empty: boolean): Expression =>
    parts.length === 0
      ? { kind: 'literal', value: empty, span: SPAN }
      : parts.reduce((left, right) => ({ kind: 'binary', operator, left, right, span: SPAN }));
  const test = ([field, value]: Composed[number]): Expression => ({
    kind: 'binary',
    operator: '=',
    left: { kind: 'field', name: field, span: SPAN },
    right: { kind: 'literal', value, span: SPAN },
    span: SPAN,
  });
  return join(
    'or',
    rows.map((row) => join('and', row.map(test), true)),
    false,
  );
}
