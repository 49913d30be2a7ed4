import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Expected, expectedOf, namesIn, type Range } from '../verify-panels/compare.ts';
import { chooseFlows, type Database, openStored, type Row } from '../verify-panels/database.ts';
import type { Material } from '../verify-panels/logs.ts';
import { type Panel, panels } from '../verify-panels/panels.ts';

/**
 * Runs the panels named in the task (one JSON argument) with DuckDB in this one process. Rows are written by
 * DuckDB itself, as JSON into a file per panel, where SQL alone can say what a panel shows.
 */
export interface PanelsTask {
  readonly ids: readonly string[];
  readonly parquet: string;
  readonly material: Material;
  readonly protocols: string;
  readonly range: Range;
  /** Where the files go. */
  readonly results: string;
}

/** What the peer prints: milliseconds per panel, and the rows that did not go into files. */
export interface PanelsReport {
  readonly milliseconds: Readonly<Record<string, number>>;
  readonly shown: Readonly<Record<string, Expected>>;
}

/** What a panel shows, from the file or the report. */
export function shownBy(task: PanelsTask, report: PanelsReport, id: string): Expected {
  const shown = report.shown[id];
  if (shown !== undefined) return shown;
  const text = readFileSync(resultFile(task, id), 'utf8');
  const rows = JSON.parse(text) as Row[];
  return { columns: rows.length === 0 ? null : namesIn(text), rows };
}

function resultFile(task: PanelsTask, id: string): string {
  return join(task.results, `${id}.json`);
}

/** Sorted where the panel is; of the first ones, also those that are equal to the last of them. */
function sorted({ sql, descending, top }: Panel): string {
  if (descending === undefined) return sql;
  const order = `ORDER BY "${descending}" DESC NULLS LAST`;
  const first = top === undefined ? '' : `QUALIFY rank() OVER (${order}) <= ${top}`;
  return `SELECT * FROM (${sql}) ${first} ${order}`;
}

/** Makes columns of the values of the second column, as `compare.ts` does. */
async function copySpread(database: Database, { sql }: Panel, file: string): Promise<void> {
  await database.rows(
    `CREATE OR REPLACE TEMP TABLE cell AS SELECT * FROM (${sql}) AS cells(_timeslice, name, value)`,
  );
  const named = await database.rows('SELECT DISTINCT name FROM cell ORDER BY name LIMIT 300');
  const names = named.map(({ name }) => `'${String(name).replaceAll("'", "''")}'`).join(', ');
  await database.rows(copy(`PIVOT cell ON name IN (${names}) USING first(value) GROUP BY _timeslice`, file));
}

const copy = (sql: string, file: string) => `COPY (${sql}) TO '${file}' (FORMAT json, ARRAY true)`;

async function runAll(task: PanelsTask): Promise<PanelsReport> {
  const database = await openStored(task.parquet, task.material, task.protocols);
  const milliseconds: Record<string, number> = {};
  const shown: Record<string, Expected> = {};
  await chooseFlows(database, task.range, new Map());
  for (const id of task.ids) {
    const panel = panels.get(id);
    if (panel === undefined) throw new Error(`${id}: no SQL for it`);
    const started = performance.now();
    if (panel.spread === true) {
      await copySpread(database, panel, resultFile(task, id));
    } else if (panel.shifts !== undefined) {
      shown[id] = await expectedOf(panel, database, task.range, new Map());
      await chooseFlows(database, task.range, new Map());
    } else {
      await database.rows(copy(sorted(panel), resultFile(task, id)));
    }
    milliseconds[id] = performance.now() - started;
  }
  return { milliseconds, shown };
}

if (import.meta.main) {
  const report = await runAll(JSON.parse(process.argv[2] ?? '') as PanelsTask);
  process.stdout.write(JSON.stringify(report));
  console.error(`peak-rss ${process.resourceUsage().maxRSS}`);
}
