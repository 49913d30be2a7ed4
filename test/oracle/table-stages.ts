import type { OperatorStage, Pipeline } from '../../src/grammar/ast.ts';
import { deviation } from './aggregates.ts';
import { compare } from './compare-stage.ts';
import type { Surroundings } from './surroundings.ts';
import {
  addNames,
  byCodePoint,
  get,
  groupRows,
  keyOf,
  numberIn,
  put,
  type Row,
  rowOf,
  type Table,
  type Value,
} from './table.ts';

interface Field {
  readonly name: string;
}
interface Named {
  readonly text: string;
}
type As = { readonly name: Named } | null;
interface Amount {
  readonly count: number;
  readonly unit: string | null;
}
interface Setting {
  readonly value: string;
}
/** What the clauses capture, as far as the oracle reads them. */
interface Captured {
  readonly rows: readonly Field[];
  readonly columns: readonly Field[] & {
    readonly some?: readonly { readonly column: Named; readonly as: As }[];
  };
  readonly as: { readonly names: readonly { readonly others?: true; readonly name?: Named }[] } | null;
  readonly fields: readonly Field[];
  readonly field: Field;
  readonly child: Pipeline;
  readonly tables: readonly { readonly pipeline: Pipeline; readonly name: Named }[];
  readonly conditions: readonly { readonly left: Field; readonly right: Field }[];
  readonly generators: readonly {
    readonly values?: {
      readonly which: { readonly all?: true; readonly these?: { readonly texts: readonly Setting[] } };
      readonly field: Field;
    };
  }[];
  readonly with: {
    readonly constants: readonly {
      readonly value: { readonly number?: Amount; readonly text?: Setting; readonly null?: true };
      readonly for: true;
      readonly field: Field;
    }[];
  } | null;
  readonly table: Setting;
  readonly pairs: readonly { readonly left: Named; readonly other: { readonly right: Named } | null }[];
  readonly settings: {
    readonly by: { readonly fields: readonly Field[] } | null;
    readonly window: Amount | null;
    readonly threshold: Amount | null;
    readonly consecutive: Amount | null;
  };
}

/** Runs a stage over a whole table, or gives null when the stage is none. */
export function tableStage(stage: OperatorStage, table: Table, around: Surroundings): Table | null {
  const args = stage.args as unknown as Captured;
  switch (stage.name) {
    case 'transpose':
      return transpose(table, args, around);
    case 'filter':
      return filter(table, args, around);
    case 'join':
      return join(table, args, around);
    case 'compare':
      return compare(stage, table, around);
    case 'fillmissing':
      return fillMissing(table, args, around);
    case 'lookup':
      return lookup(table, args, around);
    case 'outlier':
      return outlier(table, args);
    default:
      return null;
  }
}

function transpose(table: Table, args: Captured, { keys }: Surroundings): Table {
  const rowNames = args.rows.map(({ name }) => name.toLowerCase());
  const columnNames = args.columns.map(({ name }) => name.toLowerCase());
  const left = table.names.filter((name) => !rowNames.includes(name) && !columnNames.includes(name));
  const measure = left.find((name) => !keys.some((key) => key.toLowerCase() === name)) ?? left[0] ?? '';
  const columnOf = (row: Row) => columnNames.map((name) => String(get(row, name) ?? 'null')).join(' ');
  const found = [...new Set(table.rows.map(columnOf))].sort(byCodePoint).slice(0, 300);
  const listed = args.as?.names.flatMap(({ name }) => (name === undefined ? [] : [name.text])) ?? [];
  const open = args.as === null || args.as.names.some(({ others }) => others === true);
  // A value that is the name of a row field makes no column: the field has it.
  const columns = [
    ...listed,
    ...(open ? found.filter((name) => !listed.includes(name) && !rowNames.includes(name.toLowerCase())) : []),
  ];
  const rows = [...groupRows(table.rows, rowNames).values()].map((group) =>
    rowOf([
      ...rowNames.map((name) => [name, get(group[0]!, name)] as const),
      ...columns.map((column) => {
        const cell = group.findLast((row) => columnOf(row) === column);
        return [column, cell === undefined ? null : get(cell, measure)] as const;
      }),
    ]),
  );
  return { rows, raw: false, names: addNames(rowNames, columns) };
}

function filter(table: Table, { fields, child }: Captured, around: Surroundings): Table {
  const keyIn = (row: Row) => keyOf(fields.map(({ name }) => get(row, name)));
  const kept = new Set(around.run(child.stages, table).rows.map(keyIn));
  return { ...table, rows: table.rows.filter((row) => kept.has(keyIn(row))) };
}

function join(table: Table, { tables, conditions }: Captured, around: Surroundings): Table {
  const results = tables.map(({ pipeline, name }) => ({
    name: name.text,
    table: around.run(pipeline.stages, table),
  }));
  let rows: Row[] = [rowOf([])];
  for (const { name, table: result } of results) {
    rows = rows.flatMap((row) =>
      result.rows.map((other) =>
        put(
          row,
          [...other.cells].map(([field, value]) => [`${name}_${field}`, value]),
        ),
      ),
    );
  }
  const valueIn = (row: Row, field: Field) => get(row, field.name.replace('.', '_'));
  const matches = (row: Row) =>
    conditions.every(({ left, right }) => {
      const value = valueIn(row, left);
      return value !== null && value === valueIn(row, right);
    });
  const names = results.flatMap(({ name, table: result }) => result.names.map((field) => `${name}_${field}`));
  return { rows: rows.filter(matches), raw: table.raw, names: addNames([], names) };
}

/** Appends the combinations that are missing, with a constant for every other field. */
function fillMissing(table: Table, args: Captured, { slices }: Surroundings): Table {
  const lists = args.generators.map(({ values }) =>
    values === undefined
      ? { name: '_timeslice', values: slices() }
      : {
          name: values.field.name,
          values:
            values.which.these?.texts.map(({ value }): Value => value) ??
            distinct(table.rows, values.field.name),
        },
  );
  const names = lists.map(({ name }) => name);
  const keyIn = (row: Row) => keyOf(names.map((name) => get(row, name)));
  const known = new Set(table.rows.map(keyIn));
  let combinations: Value[][] = [[]];
  for (const { values } of lists)
    combinations = combinations.flatMap((left) => values.map((value) => [...left, value]));
  const constants = (args.with?.constants ?? []).map(
    ({ value, field }) => [field.name, value.number?.count ?? value.text?.value ?? null] as const,
  );
  const added = combinations
    .map((values) => rowOf([...constants, ...names.map((name, at) => [name, values[at]!] as const)]))
    .filter((row) => !known.has(keyIn(row)));
  return { ...table, rows: [...table.rows, ...added], names: addNames(table.names, names) };
}

function distinct(rows: readonly Row[], name: string): Value[] {
  return [...groupRows(rows, [name]).values()].map(([row]) => get(row!, name));
}

/** Tables by URL match exactly, and the last of equal keys wins; those by path match in any letter case. */
function lookup(table: Table, args: Captured, around: Surroundings): Table {
  const outputs = (args.columns.some ?? []).map(
    ({ column, as }) => [column.text, as?.name.text ?? column.text] as const,
  );
  const lines = around.tables.get(args.table.value)?.rows ?? [];
  const fold = args.table.value.startsWith('path:')
    ? (text: string) => text.toLowerCase()
    : (text: string) => text;
  const rows = table.rows.map((row) => {
    const line = lines.findLast((each) =>
      args.pairs.every(({ left, other }) => {
        const value = get(row, left.text);
        const key = get(each, other?.right.text ?? left.text);
        return typeof value === 'string' && typeof key === 'string' && fold(value) === fold(key);
      }),
    );
    return put(
      row,
      outputs.map(([column, name]) => [name, line === undefined ? null : get(line, column)]),
    );
  });
  return {
    ...table,
    rows,
    names: addNames(
      table.names,
      outputs.map(([, name]) => name),
    ),
  };
}

function outlier(table: Table, { field, settings }: Captured): Table {
  const { name } = field;
  const width = settings.window?.count ?? 10;
  const threshold = settings.threshold?.count ?? 3;
  const needed = settings.consecutive?.count ?? 1;
  const newest = Math.max(...table.rows.map((row) => Number(get(row, '_timeslice'))));
  const added = new Map<Row, Row>();
  for (const group of groupRows(
    table.rows,
    (settings.by?.fields ?? []).map((each) => each.name),
  ).values()) {
    const before: number[] = [];
    let streak = 0;
    for (const row of group.toSorted((a, b) => Number(get(a, '_timeslice')) - Number(get(b, '_timeslice')))) {
      const value = numberIn(get(row, name));
      if (value === null) continue;
      const window = before.slice(-width);
      const known = window.length >= 2;
      const mean = window.reduce((sum, number) => sum + number, 0) / window.length;
      const std = known ? deviation(window, 0) : null;
      const outside = std !== null && Math.abs(value - mean) > threshold * std;
      const indicator = outside && window.length === width && get(row, '_timeslice') !== newest;
      streak = indicator ? streak + 1 : 0;
      added.set(
        row,
        put(row, [
          [`${name}_error`, known ? value - mean : null],
          [`${name}_lower`, std === null ? null : mean - threshold * std],
          [`${name}_upper`, std === null ? null : mean + threshold * std],
          [`${name}_indicator`, indicator ? 1 : 0],
          [`${name}_violation`, streak >= needed ? 1 : 0],
          [`${name}_std`, std],
        ]),
      );
      before.push(value);
    }
  }
  const outputs = ['error', 'lower', 'upper', 'indicator', 'violation', 'std'].map(
    (each) => `${name}_${each}`,
  );
  return {
    ...table,
    rows: table.rows.flatMap((row) => added.get(row) ?? []),
    names: addNames(table.names, outputs),
  };
}
