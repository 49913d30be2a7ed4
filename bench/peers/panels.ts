import { type Expected, expectedOf, type Range } from '../verify-panels/compare.ts';
import { openStored } from '../verify-panels/database.ts';
import type { Material } from '../verify-panels/logs.ts';
import { panels } from '../verify-panels/panels.ts';

/** Runs the panels named in the task (one JSON argument) with DuckDB in this one process and prints what each shows. */
export interface PanelsTask {
  readonly ids: readonly string[];
  readonly parquet: string;
  readonly material: Material;
  readonly protocols: string;
  readonly range: Range;
}

const task = JSON.parse(process.argv[2] ?? '') as PanelsTask;
const database = await openStored(task.parquet, task.material, task.protocols);
const results: Record<string, Expected> = {};
for (const id of task.ids) {
  const panel = panels.get(id);
  if (panel === undefined) throw new Error(`${id}: no SQL for it`);
  results[id] = await expectedOf(panel, database, task.range, new Map());
}
process.stdout.write(JSON.stringify(results));
console.error(`peak-rss ${process.resourceUsage().maxRSS}`);
