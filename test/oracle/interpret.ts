import type { Expression, OperatorStage, Query, Stage, Subquery } from '../../src/grammar/ast.ts';
import { aggregate } from './aggregates.ts';
import { slicesOver } from './clock.ts';
import { evaluate } from './expression.ts';
import { foundStage } from './found-stages.ts';
import { orderedStage } from './ordered-stages.ts';
import { parseStage } from './parse-stages.ts';
import { predictStage } from './predict-stage.ts';
import { reduceStage } from './reduce-stages.ts';
import { inScope } from './scope.ts';
import { sessionStage } from './session-stages.ts';
import type { Setting } from './setting.ts';
import { sliceStage, timesliceWidth } from './slice-stages.ts';
import { inlined } from './subqueries.ts';
import type { Surroundings } from './surroundings.ts';
import { addNames, DroppedRow, get, put, type Row, rowOf, type Table, type Value } from './table.ts';
import { tableStage } from './table-stages.ts';
import { transactionStage } from './transaction-stage.ts';
import { xmlStage } from './xml-stage.ts';

/** What a query runs over: messages in order of arrival, what it runs in, and lookup tables. */
export interface World extends Setting {
  readonly messages: readonly {
    readonly raw: string;
    readonly time: number;
    readonly fields: ReadonlyMap<string, Value>;
  }[];
  readonly tables: Surroundings['tables'];
}

/** The result of a query. */
export function interpret(query: Query, world: World): Table {
  const child = ({ from, to, child }: Subquery) =>
    interpret(child, { ...world, ...rangeOf(from, to, world) });
  const whole = inlined(query, child);
  return runQuery(whole, whole.stages.length, world);
}

const MILLISECONDS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** The range of a subquery, for times like `-15m`; that of the query where it names none. */
function rangeOf(
  from: string | null,
  to: string | null,
  { now, ...range }: World,
): Pick<World, 'from' | 'to'> {
  const read = (text: string) => {
    const [, count, unit] = /^-(\d+)(\w)$/.exec(text)!;
    return now - Number(count) * MILLISECONDS.get(unit!)!;
  };
  if (from === null && to === null) return range;
  return { from: from === null ? range.from : read(from), to: to === null ? now : read(to) };
}

/** The first stages of a query; messages come newest first, of those of one time the last to arrive first. */
function runQuery(query: Query, stageCount: number, world: World): Table {
  const rows = world.messages
    .filter(({ time }) => time >= world.from && time < world.to)
    .map(({ raw, time, fields }) => rowOf([['_raw', raw], ['_messageTime', time], ...fields]))
    .filter((row) => inScope(query.scope, row))
    .toReversed()
    .sort((a, b) => Number(get(b, '_messageTime')) - Number(get(a, '_messageTime')));
  const names = addNames(
    ['_raw', '_messageTime'],
    world.messages.flatMap(({ fields }) => [...fields.keys()]),
  );
  return runStages(
    query.stages.slice(0, stageCount),
    { rows, raw: true, names },
    (at, shift, other) => {
      const moved = { ...world, from: world.from - shift, to: world.to - shift };
      return other === null ? runQuery(query, at, moved) : interpret(other, moved);
    },
    world,
  );
}

function runStages(
  stages: readonly Stage[],
  start: Table,
  earlier: (at: number, shift: number, other: Query | null) => Table,
  world: World,
): Table {
  let table = start;
  let keys: readonly string[] = [];
  let width: number | null = null;
  stages.forEach((stage, at) => {
    const around: Surroundings = {
      setting: world,
      run: (inner, input) => runStages(inner, input, earlier, world),
      earlier: (shift, query) => earlier(at, shift, query),
      slices: () => slicesOver(world.from, world.to, width ?? world.to - world.from, world.zone),
      tables: world.tables,
      keys,
    };
    table = runStage(stage, table, around);
    if (stage.kind === 'operator' && stage.name === 'timeslice') width = timesliceWidth(stage, world);
    if (stage.kind === 'aggregate') keys = stage.by.map(({ text }) => text);
  });
  return table;
}

function runStage(stage: Stage, table: Table, around: Surroundings): Table {
  if (stage.kind === 'operator') {
    const parsed = parseStage(stage, table) ?? xmlStage(stage, table) ?? foundStage(stage, table);
    if (parsed !== null) return stage.name === 'csv' || stage.name === 'split' ? unchained(parsed) : parsed;
  }
  const input = unchained(table);
  switch (stage.kind) {
    case 'aggregate':
      return aggregate(stage, input);
    case 'expression':
      return assign(stage.expression, stage.alias?.text ?? null, input, around.setting);
    case 'operator':
      return operator(stage, input, around) ?? unknown(stage);
  }
}

function operator(stage: OperatorStage, table: Table, around: Surroundings): Table | null {
  const { setting, run } = around;
  return (
    rowStage(stage, table, setting) ??
    sliceStage(stage, table, setting) ??
    orderedStage(stage, table) ??
    predictStage(stage, table) ??
    transactionStage(stage, table, setting) ??
    sessionStage(stage, table, ({ stages }, rows) => run(stages, rows)) ??
    reduceStage(stage, table, {
      earlier: around.earlier,
      holds: (condition, row) => evaluate(condition, row, setting) === true,
    }) ??
    tableStage(stage, table, around)
  );
}

/** Any stage but a parse ends a chain of parses. */
const unchained = (table: Table): Table => ({
  ...table,
  rows: table.rows.map((row) => (row.matched ? { ...row, matched: false } : row)),
});

function unknown(stage: OperatorStage): never {
  throw new Error(`the oracle has no operator ${stage.name}`);
}

/** Without a name, the function of one field writes back into it. */
function assign(expression: Expression, alias: string | null, table: Table, setting: Setting): Table {
  const [argument] = expression.kind === 'call' ? expression.args : [];
  const name = alias ?? (argument?.kind === 'field' ? argument.name : '');
  const rows = table.rows.flatMap((row) =>
    orDrop(() => [put(row, [[name, evaluate(expression, row, setting)]])]),
  );
  return { ...table, rows, names: addNames(table.names, [name]) };
}

function orDrop(rows: () => readonly Row[]): readonly Row[] {
  try {
    return rows();
  } catch (error) {
    if (error instanceof DroppedRow) return [];
    throw error;
  }
}

function rowStage(stage: OperatorStage, table: Table, setting: Setting): Table | null {
  switch (stage.name) {
    case 'where': {
      const { condition } = stage.args as unknown as { condition: Expression };
      const rows = table.rows.flatMap((row) =>
        orDrop(() => (evaluate(condition, row, setting) === true ? [row] : [])),
      );
      return { ...table, rows };
    }
    case 'fields':
      return fields(stage, table);
    case 'withtime':
      return withTime(stage, table);
    default:
      return null;
  }
}

function fields(stage: OperatorStage, table: Table): Table {
  const { remove, fields } = stage.args as unknown as {
    remove: true | null;
    fields: readonly { name: string }[];
  };
  const listed = fields.map(({ name }) => name.toLowerCase());
  const stays = (name: string) =>
    remove === null ? listed.includes(name) || (table.raw && name.startsWith('_')) : !listed.includes(name);
  const rows = table.rows.map((row) => ({
    ...row,
    cells: new Map([...row.cells].filter(([name]) => stays(name))),
  }));
  const names = table.names.filter(stays);
  return { ...table, rows, names: remove === null && !table.raw ? listed : names };
}

/** `<field>_withtime`: the value with the time of its message. */
function withTime(stage: OperatorStage, table: Table): Table {
  const { field } = stage.args as unknown as { field: { name: string } };
  const name = `${field.name}_withtime`;
  const rows = table.rows.map((row) => {
    const value = get(row, field.name);
    const text = JSON.stringify({ value, timestamp: get(row, '_messageTime') });
    return put(row, [[name, value === null ? null : text]]);
  });
  return { ...table, rows, names: addNames(table.names, [name]) };
}
