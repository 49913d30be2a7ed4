import { type Batch, columnNamed, newBatch, Schema } from '../columns/batch.ts';
import { isSet, selectColumn, textAt } from '../columns/column.ts';
import { QueryFailure } from '../define.ts';
import { type DenseNumbers, denseNumbersOf } from '../kernels/dense-numbers.ts';

const MOST_RESULTS = 10_000_000;

/** One side of a join. */
export interface JoinTable {
  readonly name: string;
  readonly rows: Batch;
}

/** Two fields that must be equal; a table is a position in the list of tables. */
export interface JoinCondition {
  readonly left: { readonly table: number; readonly field: string };
  readonly right: { readonly table: number; readonly field: string };
}

/** The rows joined so far: for each table, the row that takes part in each result. */
type Combinations = readonly number[][];

/** The inner join of the tables, with fields named `<table>_<field>`, in order of the later message. */
export function joinTables(
  tables: readonly JoinTable[],
  conditions: readonly JoinCondition[],
  window: number | null,
): Batch {
  const times = tables.map(({ rows }) => timesOf(rows));
  const joined: number[] = [0];
  let combinations: Combinations = tables.map((_, at) =>
    at === 0 ? Array.from({ length: tables[0]!.rows.length }, (_unused, row) => row) : [],
  );
  while (joined.length < tables.length) {
    const next = tables.findIndex(
      (_, at) => !joined.includes(at) && linksTo(at, joined, conditions).length > 0,
    );
    if (next < 0) throw new Error('a table of a join is not linked with the others');
    combinations = joinedWith(
      tables,
      combinations,
      joined,
      next,
      linksTo(next, joined, conditions),
      (rows, row) => window === null || isWithin(rows, row, times, joined, next, window),
    );
    joined.push(next);
  }
  const order = inOrderOfLater(combinations, times);
  return newBatch(
    new Schema(tables.flatMap(({ name, rows }) => rows.schema.names.map((field) => `${name}_${field}`))),
    tables.flatMap(({ rows }, at) => {
      const picked = Uint32Array.from(order, (combination) => combinations[at]![combination]!);
      return rows.columns.map((column) => selectColumn(column, picked));
    }),
    order.length,
  );
}

interface Link {
  readonly field: string;
  readonly table: number;
  readonly tableField: string;
}

/** The conditions between a table and those already joined. */
function linksTo(next: number, joined: readonly number[], conditions: readonly JoinCondition[]): Link[] {
  return conditions.flatMap(({ left, right }) => {
    if (left.table === next && joined.includes(right.table)) {
      return [{ field: left.field, table: right.table, tableField: right.field }];
    }
    if (right.table === next && joined.includes(left.table)) {
      return [{ field: right.field, table: left.table, tableField: left.field }];
    }
    return [];
  });
}

function joinedWith(
  tables: readonly JoinTable[],
  combinations: Combinations,
  joined: readonly number[],
  next: number,
  links: readonly Link[],
  accepts: (rows: readonly number[], row: number) => boolean,
): Combinations {
  const rowsByKey = new Map<string, number[]>();
  const { rows: table } = tables[next]!;
  const keys = links.map(({ field }) => columnNamed(table, field));
  for (let row = 0; row < table.length; row++) {
    const key = keyOf(keys.map((column) => textAt(column, row)));
    if (key === null) continue;
    const rows = rowsByKey.get(key);
    if (rows === undefined) rowsByKey.set(key, [row]);
    else rows.push(row);
  }
  const others = links.map((link) => ({
    table: link.table,
    column: columnNamed(tables[link.table]!.rows, link.tableField),
  }));
  const result: Combinations = tables.map(() => []);
  const count = combinations[joined[0]!]!.length;
  for (let at = 0; at < count; at++) {
    const rows = combinations.map((ofTable) => ofTable[at] ?? 0);
    const key = keyOf(others.map((other) => textAt(other.column, rows[other.table]!)));
    if (key === null) continue;
    for (const row of rowsByKey.get(key) ?? []) {
      if (!accepts(rows, row)) continue;
      for (const before of joined) result[before]!.push(rows[before]!);
      if (result[next]!.push(row) > MOST_RESULTS) {
        throw new QueryFailure(
          'memory',
          'The number of output messages exceeds 10,000,000. Please refine your search or shorten the time range to reduce the number of output messages.',
        );
      }
    }
  }
  return result;
}

/** One text for several values, or null when one of them is null: null never matches. */
function keyOf(values: readonly (string | null)[]): string | null {
  if (values.includes(null)) return null;
  return values.length === 1 ? values[0]! : JSON.stringify(values);
}

function timesOf(rows: Batch): DenseNumbers | null {
  return rows.schema.find('_messageTime') < 0 ? null : denseNumbersOf(columnNamed(rows, '_messageTime'));
}

function timeAt(times: DenseNumbers | null, row: number): number | null {
  return times !== null && isSet(times.validity, row) ? times.values[row]! : null;
}

function isWithin(
  rows: readonly number[],
  row: number,
  times: readonly (DenseNumbers | null)[],
  joined: readonly number[],
  next: number,
  window: number,
): boolean {
  const time = timeAt(times[next]!, row);
  if (time === null) return true;
  return joined.every((table) => {
    const other = timeAt(times[table]!, rows[table]!);
    return other === null || Math.abs(time - other) <= window;
  });
}

/** The numbers of the combinations in ascending order of their latest time; without times as they are. */
function inOrderOfLater(combinations: Combinations, times: readonly (DenseNumbers | null)[]): number[] {
  const count = combinations[0]!.length;
  const order = Array.from({ length: count }, (_, at) => at);
  if (times.every((ofTable) => ofTable === null)) return order;
  const later = order.map((at) =>
    times.reduce(
      (latest, ofTable, table) => Math.max(latest, timeAt(ofTable, combinations[table]![at]!) ?? latest),
      -Infinity,
    ),
  );
  return order.sort((a, b) => (later[a]! === later[b]! ? a - b : later[a]! - later[b]!));
}
