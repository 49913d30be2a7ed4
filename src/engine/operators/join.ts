import type { FieldReference, Pipeline, Scope } from '../../grammar/ast.ts';
import { grouped } from '../../grammar/counted.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import {
  type ArgsOf,
  duration,
  field,
  list,
  name,
  optional,
  pipeline,
  sequence,
  symbol,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, concatBatches } from '../columns/batch.ts';
import { defineOperator, QueryFailure, type Stage, type StageContext } from '../define.ts';
import { scopeLeaves } from '../scope/scope-leaves.ts';
import { checkDuration, millisecondsOf } from './amounts.ts';
import { CollectedRows } from './collected-rows.ts';
import { type JoinCondition, type JoinTable, joinTables } from './join-tables.ts';

/** More rows than this in one table are an error. */
const MOST_ROWS = 25_000;

const table = { pipeline: pipeline(), as: word('as'), name: name() };
type Table = ArgsOf<typeof table>;
const condition = { left: field(), equals: symbol('='), right: field() };
type Condition = ArgsOf<typeof condition>;

/** `join (stages) as t1, (stages) as t2 on t1.f = t2.g [and …] [timewindow 5m]`. */
export const join = defineOperator({
  name: 'join',
  summary: 'Joins the results of several pipelines over the same rows.',
  description:
    'Each pipeline in parentheses sees the rows of the stage before. `on` compares fields of two tables with `=`, ' +
    'several with `and`. It is an inner join: rows without a partner are dropped, several partners give several ' +
    'rows, null never matches, letter case matters. Fields are named `<table>_<field>`: `t1.a` becomes `t1_a`, ' +
    '`_timeslice` becomes `t1__timeslice`. `timewindow 5m` joins only messages that are at most that far apart.\n\n' +
    'A pipeline may begin with a search such as `_sourceCategory=x`: it is then a search of its own over the same ' +
    'time range. `*` and bare keywords at its start are ignored. Rows come in order of the later message.\n\n' +
    'A table has at most 25,000 rows, all together 50,000, and the result 10,000,000; more is an error.',
  syntax: {
    tables: list(sequence(table), { atLeast: 2 }),
    on: word('on'),
    conditions: list(sequence(condition), { separator: 'and' }),
    window: optional(sequence({ timewindow: word('timewindow'), width: duration() })),
  },
  reads: () => 'all',
  writes: () => 'all',
  fields: 'replaces',
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  live: false,
  check({ tables, conditions, window }): readonly Diagnostic[] {
    return [
      ...checkNames(tables),
      ...checkConditions(tables, conditions),
      ...checkDuration(window?.width ?? null, 'the width of `timewindow`'),
    ];
  },
  async prepare({ tables }, context): Promise<ReadonlyMap<Pipeline, Batch>> {
    const searched = new Map<Pipeline, Batch>();
    for (const { pipeline: branch } of tables) {
      const { scope, stages, span } = branch;
      if (scope === null || !isSearch(scope)) continue;
      const batches = await context.runQuery({ kind: 'query', scope, stages, span }, context.time);
      searched.set(branch, concatBatches(batches));
    }
    return searched;
  },
  start({ tables, conditions, window }, context) {
    const names = tables.map((each) => each.name.text);
    return startJoin(
      tables,
      conditions.map((each) => conditionOf(each, names)),
      window === null ? null : millisecondsOf(window.width),
      context,
    );
  },
  examples: [
    {
      query:
        '* | parse "* *" as kind, rest | join (where kind = "call" | parse field=rest "id=* from=*" as id, caller) as c, (where kind = "done" | parse field=rest "id=* ms=*" as id, ms) as d on c.id = d.id | fields c_caller, d_ms',
      input: 'call id=1 from=ann\ncall id=2 from=bob\ndone id=1 ms=20',
      expect: 'c_caller,d_ms\nann,20',
    },
  ],
});

/** Whether a scope asks for data of its own: keywords and `*` do not. */
function isSearch(scope: Scope): boolean {
  return scopeLeaves(scope).some(({ kind }) => kind === 'fieldPredicate' || kind === 'subquery');
}

function checkNames(tables: readonly Table[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const { name: given } of tables) {
    const key = given.text.toLowerCase();
    if (seen.has(key)) {
      problems.push(error('duplicate-name', given.span, `two tables are named \`${given.text}\``));
    }
    seen.add(key);
  }
  return problems;
}

function checkConditions(tables: readonly Table[], conditions: readonly Condition[]): readonly Diagnostic[] {
  const names = tables.map((each) => each.name.text);
  const problems: Diagnostic[] = [];
  const links: (readonly [number, number])[] = [];
  for (const { left, right } of conditions) {
    const sides = [left, right].map((side) => sideOf(side, names));
    for (const [at, side] of [left, right].entries()) {
      if (sides[at] !== null) continue;
      problems.push(
        error('unknown-table', side.span, `\`${side.name}\` names no field of a joined table`, {
          help: `write the table first, as in \`${names[0] ?? 't1'}.${side.name.split('.').at(-1)}\``,
        }),
      );
    }
    const [first, second] = sides;
    if (!first || !second) continue;
    if (first.table === second.table) {
      problems.push(
        error('wrong-arguments', right.span, 'a condition of `join` compares fields of two tables'),
      );
    } else links.push([first.table, second.table]);
  }
  if (problems.length > 0) return problems;
  const linked = new Set([0]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [one, other] of links) {
      if (linked.has(one) === linked.has(other)) continue;
      linked.add(one).add(other);
      grew = true;
    }
  }
  return tables.flatMap(({ name: given }, at) =>
    linked.has(at)
      ? []
      : [
          error(
            'wrong-arguments',
            given.span,
            `no condition joins the table \`${given.text}\` with the others`,
          ),
        ],
  );
}

/** The table and field that `t1.f` names, or null. */
function sideOf(side: FieldReference, names: readonly string[]): JoinCondition['left'] | null {
  const lower = side.name.toLowerCase();
  const table = names.findIndex((given) => lower.startsWith(`${given.toLowerCase()}.`));
  if (table < 0) return null;
  return { table, field: side.name.slice(names[table]!.length + 1).trim() };
}

function conditionOf({ left, right }: Condition, names: readonly string[]): JoinCondition {
  const [first, second] = [sideOf(left, names), sideOf(right, names)];
  if (first === null || second === null) throw new Error('a condition of a join passed its check');
  return { left: first, right: second };
}

function startJoin(
  tables: readonly Table[],
  conditions: readonly JoinCondition[],
  window: number | null,
  context: StageContext,
): Stage {
  const searched = context.prepared as ReadonlyMap<Pipeline, Batch>;
  const branches = tables.map(({ pipeline: branch, name: given }) => {
    const found = searched.get(branch);
    const stage = found === undefined ? context.startPipeline(branch) : null;
    return { name: given.text, found, stage, rows: new CollectedRows() };
  });
  return {
    push(batch) {
      for (const { stage, rows } of branches) stage?.push(batch, rows);
    },
    finish(out) {
      for (const { stage, rows } of branches) stage?.finish(rows);
      const joined = branches.map(
        ({ name: given, found, rows }): JoinTable => ({ name: given, rows: found ?? rows.table() }),
      );
      checkSizes(joined);
      const result = joinTables(joined, conditions, window);
      if (result.length > 0) out.push(result);
    },
  };
}

function checkSizes(tables: readonly JoinTable[]): void {
  let total = 0;
  for (const { name: given, rows } of tables) {
    total += rows.length;
    if (rows.length > MOST_ROWS) {
      throw new QueryFailure(
        'memory',
        `\`join\` takes at most ${grouped(MOST_ROWS)} rows per table, but \`${given}\` has ${grouped(rows.length)}`,
        'filter or aggregate inside the parentheses, or shorten the time range',
      );
    }
  }
  if (total > 2 * MOST_ROWS) {
    throw new QueryFailure(
      'memory',
      `\`join\` takes at most ${grouped(2 * MOST_ROWS)} rows in all, found ${grouped(total)}`,
      'filter or aggregate inside the parentheses, or shorten the time range',
    );
  }
}
