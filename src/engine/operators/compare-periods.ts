import { type Batch, columnNamed, newBatch, Schema } from '../columns/batch.ts';
import { type Column, columnOf, columnType, selectColumn, valueAt, valuesOf } from '../columns/column.ts';
import { concatColumns } from '../columns/concat.ts';
import { numberOf, type Value } from '../columns/value.ts';
import type { StageContext } from '../define.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { DAY } from '../time/civil.ts';
import { slicesOf } from '../time/slices.ts';
import { UTC, zoneNamed } from '../time/zones.ts';
import { transposedRows } from './place.ts';
import { groupsOf } from './running.ts';
import { TIMESLICE } from './timeslice.ts';

/** One earlier query and the columns that it goes into. */
export interface Shift {
  /** How far back, in ms. */
  readonly ms: number;
  /** What is put after a column's name: `1d`, `7d_avg`, an alias. */
  readonly suffix: string;
  /** How the shifts of one suffix are put together; null when there is only this one. */
  readonly together: 'avg' | 'min' | 'max' | null;
}

/** What the query gave over the earlier time. */
export interface ShiftedTable {
  readonly shift: Shift;
  readonly table: Batch;
}

const NO_ROW = 0xffffffff;

/** The full outer join of a table with earlier ones, by the group keys that they have. */
export function joinPeriods(table: Batch, shifted: readonly ShiftedTable[], context: StageContext): Batch {
  const moved = shifted.map(({ shift, table: earlier }) => ({
    shift,
    table: movedForward(earlier, shift.ms, context),
  }));
  const tables = [table, ...moved.map((each) => each.table)];
  const grouped = new Set(keyNames(context).map((name) => name.toLowerCase()));
  const names = allNames(tables);
  const keys = names.filter((name) => grouped.has(name.toLowerCase()));
  const results = names.filter((name) => !grouped.has(name.toLowerCase()));

  const groups = new GroupTable(keys.length);
  const groupOfTables = tables.map((each) => groupsOf(each, keys, groups).slice(0, each.length));
  const count = tables.some((each) => each.length > 0) ? groups.count : 0;
  const rowsOf = groupOfTables.map((groupOf) => rowOfGroups(groupOf, count));

  const columns: Column[] = keys.map((key) => keyColumn(tables, rowsOf, key, count));
  const outputs = [...keys];
  for (const name of results) {
    outputs.push(name);
    columns.push(pickedColumn(table, rowsOf[0]!, name));
  }
  for (const suffix of new Set(moved.map(({ shift }) => shift.suffix))) {
    const sides = moved.flatMap((each, at) =>
      each.shift.suffix === suffix ? [{ ...each, rows: rowsOf[at + 1]! }] : [],
    );
    for (const name of results) {
      outputs.push(`${name}_${suffix}`);
      const picked = sides.map((side) => pickedColumn(side.table, side.rows, name));
      columns.push(putTogether(picked, sides[0]!.shift.together, count));
    }
  }
  return newBatch(new Schema(outputs), columns, count);
}

/** The fields that tell rows apart: the row fields of a `transpose`, else the group keys. */
function keyNames(context: StageContext): readonly string[] {
  const transposed = transposedRows(context.stagesBefore ?? []);
  return transposed ?? (context.groupedBy.length > 0 ? context.groupedBy : [TIMESLICE]);
}

/** The table with `_timeslice` moved to the present. Day slices move by whole days of the user's zone. */
function movedForward(table: Batch, ms: number, context: StageContext): Batch {
  const position = table.schema.find(TIMESLICE);
  if (position < 0) return table;
  const width = context.timesliceWidth;
  const zone = zoneNamed(context.timeZone) ?? UTC;
  const slices = width !== null && width % DAY === 0 && ms % DAY === 0 ? slicesOf(width, zone) : null;
  const starts = valuesOf(table.columns[position]!).map((value): Value => {
    const start = numberOf(value);
    if (start === null) return null;
    return slices === null ? start + ms : slices.startOf(start + ms + DAY / 2);
  });
  const columns = table.columns.slice();
  columns[position] = columnOf(starts);
  return newBatch(table.schema, columns, table.length);
}

function allNames(tables: readonly Batch[]): string[] {
  const names = new Map<string, string>();
  for (const { schema } of tables) {
    for (const name of schema.names) {
      if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
    }
  }
  return [...names.values()];
}

/** The row of each group in one table; `NO_ROW` where the table does not have the key. */
function rowOfGroups(groupOf: Uint32Array, count: number): Uint32Array {
  const rows = new Uint32Array(count).fill(NO_ROW);
  groupOf.forEach((group, row) => {
    rows[group] = row;
  });
  return rows;
}

function keyColumn(
  tables: readonly Batch[],
  rowsOf: readonly Uint32Array[],
  key: string,
  count: number,
): Column {
  const together = concatColumns(tables.map((table) => columnNamed(table, key)));
  const starts = tables.map((_, at) => tables.slice(0, at).reduce((rows, table) => rows + table.length, 0));
  const rows = Uint32Array.from({ length: count }, (_, group) => {
    const side = rowsOf.findIndex((ofTable) => ofTable[group] !== NO_ROW);
    return starts[side]! + rowsOf[side]![group]!;
  });
  return selectColumn(together, rows);
}

/** A column of one table by group; null where the table lacks the key. */
function pickedColumn(table: Batch, rows: Uint32Array, name: string): Column {
  const column = columnNamed(table, name);
  const values = Array.from(rows, (row): Value => (row === NO_ROW ? null : valueAt(column, row)));
  return columnOf(values, columnType(column) === 'double' ? 'double' : undefined);
}

/** Several periods as one: mean, least or greatest of those that have a number. */
function putTogether(columns: readonly Column[], how: Shift['together'], count: number): Column {
  if (how === null) return columns[0]!;
  const values = Array.from({ length: count }, (_, row): Value => {
    const numbers = columns.flatMap((column) => numberOf(valueAt(column, row)) ?? []);
    return numbers.length === 0 ? null : oneNumber(numbers, how);
  });
  return columnOf(values);
}

function oneNumber(numbers: readonly number[], how: 'avg' | 'min' | 'max'): number {
  switch (how) {
    case 'avg':
      return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    case 'min':
      return numbers.reduce((least, number) => Math.min(least, number));
    case 'max':
      return numbers.reduce((most, number) => Math.max(most, number));
  }
}
