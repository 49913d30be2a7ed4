import type { Expression, OperatorStage, Query, Stage } from '../../src/grammar/ast.ts';
import { aggregate } from './aggregates.ts';
import { evaluate } from './expression.ts';
import { orderedStage } from './ordered-stages.ts';
import { parseStage } from './parse-stages.ts';
import { inScope } from './scope.ts';
import type { Surroundings } from './surroundings.ts';
import { addNames, DroppedRow, get, put, type Row, rowOf, type Table, type Value } from './table.ts';
import { tableStage } from './table-stages.ts';

/** What a query runs over: messages in order of arrival, the time range `[from, to)`, and lookup tables. */
export interface World {
  readonly messages: readonly {
    readonly raw: string;
    readonly time: number;
    readonly fields: ReadonlyMap<string, Value>;
  }[];
  readonly from: number;
  readonly to: number;
  readonly tables: Surroundings['tables'];
}

/** The result of a query. */
export function interpret(query: Query, world: World): Table {
  return runQuery(query, query.stages.length, world);
}

function runQuery(query: Query, stageCount: number, world: World): Table {
  const rows = world.messages
    .filter(({ time }) => time >= world.from && time < world.to)
    .map(({ raw, time, fields }) => rowOf([['_raw', raw], ['_messageTime', time], ...fields]))
    .filter((row) => inScope(query.scope, row))
    .sort((a, b) => Number(get(b, '_messageTime')) - Number(get(a, '_messageTime')));
  const names = addNames(
    ['_raw', '_messageTime'],
    world.messages.flatMap(({ fields }) => [...fields.keys()]),
  );
  return runStages(
    query.stages.slice(0, stageCount),
    { rows, raw: true, names },
    (at, shift) => {
      const moved = { ...world, from: world.from - shift, to: world.to - shift };
      return runQuery(query, at, moved);
    },
    world,
  );
}

function runStages(
  stages: readonly Stage[],
  start: Table,
  earlier: (at: number, shift: number) => Table,
  world: World,
): Table {
  let table = start;
  let keys: readonly string[] = [];
  let width = 0;
  stages.forEach((stage, at) => {
    const around: Surroundings = {
      run: (inner, input) => runStages(inner, input, earlier, world),
      earlier: (shift) => earlier(at, shift),
      slices: () => slicesOf(world, width),
      tables: world.tables,
      keys,
    };
    table = runStage(stage, table, around);
    if (stage.kind === 'operator' && stage.name === 'timeslice') width = timesliceWidth(stage);
    if (stage.kind === 'aggregate') keys = stage.by.map(({ text }) => text);
  });
  return table;
}

function runStage(stage: Stage, table: Table, around: Surroundings): Table {
  if (stage.kind === 'operator') {
    const parsed = parseStage(stage, table);
    if (parsed !== null) return stage.name === 'csv' || stage.name === 'split' ? unchained(parsed) : parsed;
  }
  const input = unchained(table);
  switch (stage.kind) {
    case 'aggregate':
      return aggregate(stage, input);
    case 'expression':
      return assign(stage.expression, stage.alias?.text ?? null, input);
    case 'operator':
      return (
        rowStage(stage, input) ??
        orderedStage(stage, input) ??
        tableStage(stage, input, around) ??
        unknown(stage)
      );
  }
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
function assign(expression: Expression, alias: string | null, table: Table): Table {
  const [argument] = expression.kind === 'call' ? expression.args : [];
  const name = alias ?? (argument?.kind === 'field' ? argument.name : '');
  const rows = table.rows.flatMap((row) => orDrop(() => [put(row, [[name, evaluate(expression, row)]])]));
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

function rowStage(stage: OperatorStage, table: Table): Table | null {
  switch (stage.name) {
    case 'where': {
      const { condition } = stage.args as unknown as { condition: Expression };
      return {
        ...table,
        rows: table.rows.flatMap((row) => orDrop(() => (evaluate(condition, row) === true ? [row] : []))),
      };
    }
    case 'fields':
      return fields(stage, table);
    case 'timeslice':
      return timeslice(stage, table);
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

const MILLISECONDS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

function timesliceWidth(stage: OperatorStage): number {
  const { width } = stage.args as unknown as { width: { count: number; unit: string } };
  return width.count * MILLISECONDS.get(width.unit)!;
}

/** The starts of all slices of a range. */
function slicesOf({ from, to }: World, width: number): number[] {
  const first = Math.floor(from / width) * width;
  return Array.from({ length: Math.ceil((to - first) / width) }, (_, at) => first + at * width);
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

function timeslice(stage: OperatorStage, table: Table): Table {
  const { as } = stage.args as unknown as { as: { name: { text: string } } | null };
  const length = timesliceWidth(stage);
  const name = as?.name.text ?? '_timeslice';
  const rows = table.rows.map((row) => {
    const start = Math.floor(Number(get(row, '_messageTime')) / length) * length;
    return put(row, [
      [name, start],
      [`_${name}_end`, start + length],
    ]);
  });
  return { ...table, rows, names: addNames(table.names, [name, `_${name}_end`]) };
}
