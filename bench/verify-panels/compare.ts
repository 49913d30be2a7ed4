import { chooseFlows, type Database, type Row } from './database.ts';
import type { Panel } from './panels.ts';

const DAY = 86_400_000;

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What the SQL engine says that a panel must show. */
export interface Expected {
  /** Names in order; null when there are no rows to tell them. */
  readonly columns: readonly string[] | null;
  readonly rows: readonly Row[];
}

/** Runs a panel's SQL over the flows of a range. */
export async function expectedOf(
  panel: Panel,
  database: Database,
  range: Range,
  variables: ReadonlyMap<string, string>,
): Promise<Expected> {
  await chooseFlows(database, range, variables);
  const rows = await database.rows(panel.sql);
  if (panel.shifts !== undefined) return await withShifts(panel, database, range, variables, rows);
  if (panel.spread === true) return spread(rows);
  return { columns: rows[0] === undefined ? null : Object.keys(rows[0]), rows };
}

/** Adds a column per shift; a slice that is missing on either side has null there. */
async function withShifts(
  panel: Panel,
  database: Database,
  range: Range,
  variables: ReadonlyMap<string, string>,
  current: readonly Row[],
): Promise<Expected> {
  const shifts = panel.shifts ?? [];
  const bySlice = new Map<number, Record<string, unknown>>();
  let cell = '';
  const suffixes = ['', ...shifts.map((days) => `_${days}d`)];
  const add = (rows: readonly Row[], suffix: string, moved: number) => {
    for (const row of rows) {
      cell = Object.keys(row)[1] ?? '';
      const slice = Number(row._timeslice) + moved;
      const found = bySlice.get(slice) ?? {};
      found[suffix] = row[cell];
      bySlice.set(slice, found);
    }
  };
  add(current, '', 0);
  for (const days of shifts) {
    await chooseFlows(database, { from: range.from - days * DAY, to: range.to - days * DAY }, variables);
    add(await database.rows(panel.sql), `_${days}d`, days * DAY);
  }
  const rows = [...bySlice].map(([slice, cells]) =>
    Object.fromEntries([
      ['_timeslice', slice],
      ...suffixes.map((suffix) => [`${cell}${suffix}`, cells[suffix] ?? null]),
    ]),
  );
  return { columns: rows[0] === undefined ? null : Object.keys(rows[0]), rows };
}

/** The values of the second column become columns, in order of their code points, at most 300. */
function spread(cells: readonly Row[]): Expected {
  const names = [...new Set(cells.map((cell) => String(Object.values(cell)[1])))].sort().slice(0, 300);
  const byRow = new Map<unknown, Record<string, unknown>>();
  for (const cell of cells) {
    const [row, column, value] = Object.values(cell);
    const found = byRow.get(row) ?? {};
    if (names.includes(String(column))) found[` ${column}`] = value;
    byRow.set(row, found);
  }
  // A name that is a whole number would come first in an object: rows are compared as sets of cells.
  const rows = [...byRow].map(([row, found]) => ({
    _timeslice: row,
    ...Object.fromEntries(names.map((name) => [name, found[` ${name}`] ?? null])),
  }));
  return { columns: cells.length === 0 ? null : ['_timeslice', ...names], rows };
}

/** Column names of the first row as they stand in the text: an object would put whole numbers first. */
export function namesIn(json: string): string[] {
  const first = json.slice(json.indexOf('{'), json.indexOf('}') + 1);
  return [...first.matchAll(/("(?:[^"\\]|\\.)*"):(?:"(?:[^"\\]|\\.)*"|[^",}]+)/g)].map(([, name]) =>
    JSON.parse(name ?? '""'),
  );
}

const printed = (row: Row) =>
  JSON.stringify(
    Object.entries(row)
      .map(([name, value]) => [name, typeof value === 'number' ? Number(value.toPrecision(15)) : value])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );

/**
 * The first thing in which the rows differ from what must be shown, or null. With `anyCase` names may be
 * spelled as the source's own fields are.
 */
export function difference(
  panel: Panel,
  expected: Expected,
  found: { readonly names: readonly string[]; readonly rows: readonly Row[] },
  anyCase: boolean,
): string | null {
  const { columns } = expected;
  const wanted = columns === null || found.rows.length === 0 ? found.names : columns;
  const fold = (name: string) => (anyCase ? name.toLowerCase() : name);
  if (JSON.stringify(wanted.map(fold)) !== JSON.stringify(found.names.map(fold))) {
    return `columns ${JSON.stringify(found.names)} instead of ${JSON.stringify(columns)}`;
  }
  // A spread gives names that differ by letter case only, so names are not folded there.
  const named = new Map(found.names.map((name, at) => [name, wanted[at] ?? name]));
  const rows = found.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [named.get(name) ?? name, value])),
  );
  const order = panel.descending === undefined ? null : disorder(rows, panel.descending);
  if (order !== null) return order;
  if (panel.top !== undefined) return topDifference(panel, expected.rows, rows);
  const left = new Map<string, number>();
  for (const row of expected.rows) left.set(printed(row), (left.get(printed(row)) ?? 0) + 1);
  for (const row of rows) {
    const key = printed(row);
    const count = left.get(key) ?? 0;
    if (count === 0)
      return `a row too many: ${key}\n    missing: ${[...left.keys()].find((each) => (left.get(each) ?? 0) > 0)}`;
    left.set(key, count - 1);
  }
  const missing = [...left].find(([, count]) => count > 0);
  return missing === undefined ? null : `a missing row: ${missing[0]}`;
}

function disorder(rows: readonly Row[], column: string): string | null {
  const at = rows.findIndex((row, index) => index > 0 && rank(rows[index - 1]?.[column]) < rank(row[column]));
  return at < 0 ? null : `row ${at + 1} is out of order by ${column}`;
}

/** Null is the lowest of all. */
const rank = (value: unknown) => (typeof value === 'number' ? value : Number.NEGATIVE_INFINITY);

/** Which of equal rows make it into the first ones is open: their measures are not. */
function topDifference(panel: Panel, all: readonly Row[], rows: readonly Row[]): string | null {
  const column = panel.descending ?? '';
  const measures = all
    .map((row) => rank(row[column]))
    .sort((a, b) => b - a)
    .slice(0, panel.top);
  const found = rows.map((row) => rank(row[column]));
  if (
    measures.some((measure, at) => Math.abs(measure - (found[at] ?? NaN)) > 1e-12 * Math.abs(measure)) ||
    found.length !== measures.length
  ) {
    return `measures ${JSON.stringify(found)} instead of ${JSON.stringify(measures)}`;
  }
  const known = new Set(all.map(printed));
  const unknown = rows.find((row) => !known.has(printed(row)));
  return unknown === undefined ? null : `a row that is none of the groups: ${printed(unknown)}`;
}
