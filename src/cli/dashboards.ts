import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedDashboard, readCatalogue, readDashboards } from '../dashboards/catalogue.ts';
import { readDashboard } from '../dashboards/read-dashboard.ts';
import { DashboardRequestError, type DashboardResult, runDashboard } from '../dashboards/run-dashboard.ts';
import { concatBatches } from '../engine/columns/batch.ts';
import type { WorkerPool } from '../engine/run/share.ts';
import type { LookupTables, Source, TimeRange } from '../engine/source.ts';
import { nameList } from '../grammar/name-list.ts';
import { renderDiagnostics } from '../grammar/render.ts';
import { nearest } from '../grammar/suggest.ts';
import { collectBatches, runQuery } from '../index.ts';
import { packageRoot } from '../lookups/bundled-file.ts';
import { createLookups } from '../lookups/lookups.ts';
import type { Store } from '../store/store.ts';
import { CommandFailure, EXIT, wrongRequest } from './failure.ts';
import { StatusLine } from './progress.ts';
import { macrosFor } from './store-macros.ts';
import type { RangeOptions } from './times.ts';
import { workerPool } from './worker-pool.ts';

/** The document kind of installed dashboards; their names are `APP/NAME`. */
export const DASHBOARD = 'dashboard';

/** What the user says of a run of dashboards. */
export interface DashboardsRequest extends RangeOptions {
  readonly param: ReadonlyMap<string, string>;
  /** Keys of the only panels wanted; empty for all. */
  readonly panel: readonly string[];
}

/** The apps that come with weir. */
export function catalogue(): ReturnType<typeof readCatalogue> {
  return readCatalogue(join(packageRoot(), 'queries'));
}

/** The dashboards that a name stands for: a file, a folder, an installed or bundled `APP/NAME`, or a whole app. */
export async function findDashboards(name: string, store: Store): Promise<readonly NamedDashboard[]> {
  if (existsSync(name) && (statSync(name).isDirectory() || /\.ya?ml$/i.test(name))) {
    const dashboards = readDashboards(name);
    if (dashboards.length === 0)
      throw wrongRequest(`there is no dashboard in \`${name}\``, 'dashboards are files that end with .yaml');
    return dashboards;
  }
  const installed = inAppOrder(await store.documents.list(DASHBOARD));
  const chosen = installed.filter((each) => each === name || each.startsWith(`${name}/`));
  if (chosen.length > 0) {
    return await Promise.all(
      chosen.map(async (each) => ({
        name: each,
        dashboard: readDashboard((await store.documents.get(DASHBOARD, each)) ?? '', each),
      })),
    );
  }
  const bundled = bundledNames().filter((each) => each === name || each.startsWith(`${name}/`));
  if (bundled.length > 0)
    return bundled.flatMap((each) => readDashboards(join(packageRoot(), 'queries', `${each}.yaml`)));
  throw wrongRequest(`there is no dashboard \`${name}\``, whatThereIs(name, installed));
}

function whatThereIs(name: string, installed: readonly string[]): string {
  const names = [...new Set([...installed, ...bundledNames()])];
  const apps = new Set(names.map((each) => each.slice(0, each.indexOf('/'))));
  const close = nearest(name, [...names, ...apps]);
  if (close !== null) return `\`${close}\` might be meant`;
  return `there are ${nameList(names)}; or name a file that ends with .yaml, or a folder`;
}

/** `APP/NAME` of every dashboard that comes with weir, in the order of its app. */
function bundledNames(): readonly string[] {
  return catalogue().flatMap(({ app }) =>
    app.dashboards.map((file) => `${app.name}/${file.replace(/\.ya?ml$/, '')}`),
  );
}

/** Those of an app as the app has them, the others by name. */
function inAppOrder(names: readonly string[]): readonly string[] {
  const order = new Map(bundledNames().map((name, position) => [name, position]));
  const place = (name: string) => order.get(name) ?? order.size;
  return names.toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/**
 * Runs dashboards over an open store, one after the other; which panel it is shows on a terminal.
 * Throws a DashboardRequestError when none of them has a panel that is asked for.
 */
export async function runDashboards(
  dashboards: readonly NamedDashboard[],
  store: Store,
  request: DashboardsRequest,
  signal: AbortSignal,
): Promise<readonly DashboardResult[]> {
  const context = {
    store: store.directory,
    source: store.source(),
    lookups: createLookups(store.documents),
    timeZone: request.tz,
    signal,
    workers: workerPool(),
  };
  const time = { now: Date.now(), timeZone: request.tz };
  const line = new StatusLine();
  const results: DashboardResult[] = [];
  const wanted = withPanels(dashboards, request.panel);
  const total = wanted.reduce((sum, { count }) => sum + count, 0);
  let before = 0;
  for (const { dashboard, panels, count } of wanted) {
    results.push(
      await runDashboard(dashboard, {
        run: (query, range, parameters) => runPanel(query, range, parameters, context),
        time,
        from: request.from ?? null,
        to: request.to ?? null,
        parameters: request.param,
        panels,
        progress: (title, position) => line.show(`${before + position + 1}/${total} ${title}`),
      }),
    );
    if (signal.aborted) break;
    before += count;
  }
  line.clear();
  if (signal.aborted) throw new CommandFailure(EXIT.interrupted, 'interrupted');
  return results;
}

/** The dashboards that have panels of those keys, each with the ones that it has; all of them without keys. */
function withPanels(dashboards: readonly NamedDashboard[], keys: readonly string[]) {
  const keysOf = ({ dashboard }: NamedDashboard) => dashboard.panels.map(({ key }) => key);
  const all = dashboards.flatMap(keysOf);
  const missing = keys.find((key) => !all.includes(key));
  if (missing !== undefined) {
    const close = nearest(missing, all);
    throw new DashboardRequestError(
      `there is no panel \`${missing}\``,
      `${close === null ? '' : `\`${close}\` might be meant; `}the panels are ${[...new Set(all)].join(', ')}`,
    );
  }
  return dashboards.flatMap((each) => {
    const panels = keys.filter((key) => keysOf(each).includes(key));
    const count = keys.length === 0 ? each.dashboard.panels.length : panels.length;
    return keys.length > 0 && count === 0 ? [] : { dashboard: each.dashboard, panels, count };
  });
}

interface PanelContext {
  readonly store: string;
  readonly source: Source;
  readonly lookups: LookupTables;
  readonly timeZone: string;
  readonly signal: AbortSignal;
  readonly workers: WorkerPool;
}

async function runPanel(
  query: string,
  time: TimeRange,
  parameters: ReadonlyMap<string, string>,
  context: PanelContext,
) {
  const { store, source, ...options } = context;
  const macros = await macrosFor(query, { store });
  const { run, diagnostics } = await runQuery(query, source, { parameters, macros, time, ...options });
  if (run === null) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    throw new Error(renderDiagnostics(query, errors));
  }
  const batches = await collectBatches(run);
  return { batch: concatBatches(batches), warnings: run.warnings() };
}
