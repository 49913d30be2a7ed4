import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedDashboard, readDashboards } from '../../dashboards/catalogue.ts';
import { readDashboard } from '../../dashboards/read-dashboard.ts';
import { type DashboardResult, dashboardJson, runDashboard } from '../../dashboards/run-dashboard.ts';
import { concatBatches } from '../../engine/columns/batch.ts';
import { QueryFailure } from '../../engine/define.ts';
import type { LookupTables, Source, TimeRange } from '../../engine/source.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { nearest } from '../../grammar/suggest.ts';
import { collectBatches, runQuery } from '../../index.ts';
import { ASN_ATTRIBUTION } from '../../lookups/asn-table.ts';
import { packageRoot } from '../../lookups/bundled-file.ts';
import { GEO_ATTRIBUTION } from '../../lookups/geo-table.ts';
import { createLookups } from '../../lookups/lookups.ts';
import type { Store } from '../../store/store.ts';
import { CommandFailure, EXIT, wrongRequest } from '../failure.ts';
import { interruptSignal } from '../interrupt.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { DASHBOARD } from './apps.ts';

export interface RunOptions {
  readonly store?: string;
  readonly panel: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly tz: string;
  readonly param: ReadonlyMap<string, string>;
  readonly output?: 'table' | 'json' | 'html';
}

/** `weir run`: saved dashboards. Exit code 1 when a panel failed; the others are shown all the same. */
export async function run(name: string, options: RunOptions): Promise<void> {
  await withStore(options, async (store) => {
    const dashboards = await findDashboards(name, store);
    const results = await runDashboards(dashboards, store, options, interruptSignal());
    await write(await rendered(results, options));
    if (results.some(({ panels }) => panels.some(({ state }) => state === 'failed'))) {
      throw new CommandFailure(EXIT.failed, '');
    }
  });
}

/** Runs dashboards over an open store, one after the other; which panel it is shows on a terminal. */
export async function runDashboards(
  dashboards: readonly NamedDashboard[],
  store: Store,
  options: Omit<RunOptions, 'output' | 'store'>,
  signal: AbortSignal,
): Promise<readonly DashboardResult[]> {
  const source = store.source();
  const lookups = createLookups(store.documents);
  const results: DashboardResult[] = [];
  for (const { dashboard } of dashboards) {
    results.push(
      await runDashboard(dashboard, {
        run: (query, range, parameters) =>
          runPanel(query, range, parameters, { source, lookups, timeZone: options.tz, signal }),
        explain: (failure) =>
          failure instanceof QueryFailure || failure instanceof PanelError
            ? { message: failure.message, hint: failure instanceof QueryFailure ? failure.hint : null }
            : { message: failure instanceof Error ? failure.message : String(failure), hint: null },
        time: { now: Date.now(), timeZone: options.tz },
        from: options.from ?? null,
        to: options.to ?? null,
        parameters: options.param,
        panels: options.panel,
        progress: (title, position, count) => {
          if (process.stderr.isTTY === true)
            process.stderr.write(`\r\u001b[K${position + 1}/${count} ${title}`);
        },
      }),
    );
  }
  if (process.stderr.isTTY === true) process.stderr.write('\r\u001b[K');
  return results;
}

class PanelError extends Error {}

interface PanelContext {
  readonly source: Source;
  readonly lookups: LookupTables;
  readonly timeZone: string;
  readonly signal: AbortSignal;
}

async function runPanel(
  query: string,
  time: TimeRange,
  parameters: ReadonlyMap<string, string>,
  context: PanelContext,
) {
  const { run, diagnostics } = await runQuery(query, context.source, { parameters, time, ...context });
  if (run === null) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    throw new PanelError(renderDiagnostics(query, errors));
  }
  const batches = await collectBatches(run);
  return { batch: concatBatches(batches), warnings: run.warnings() };
}

/** The dashboards that a name stands for: a file, a folder, an installed or bundled `APP/NAME`, or a whole app. */
export async function findDashboards(name: string, store: Store): Promise<readonly NamedDashboard[]> {
  if (existsSync(name) && (statSync(name).isDirectory() || /\.ya?ml$/i.test(name)))
    return readDashboards(name);
  const installed = await store.documents.list(DASHBOARD);
  const chosen = installed.filter((each) => each === name || each.startsWith(`${name}/`));
  if (chosen.length > 0) {
    return await Promise.all(
      chosen.map(async (each) => ({
        name: each,
        dashboard: readDashboard((await store.documents.get(DASHBOARD, each)) ?? '', each),
      })),
    );
  }
  const bundled = join(packageRoot(), 'queries', name);
  if (/^[\w.-]+(\/[\w.-]+)?$/.test(name) && !name.includes('..')) {
    if (existsSync(`${bundled}.yaml`)) return readDashboards(`${bundled}.yaml`);
    if (existsSync(join(bundled, 'app.yaml'))) return readDashboards(bundled);
  }
  const close = nearest(name, installed);
  throw wrongRequest(
    `there is no dashboard \`${name}\``,
    close !== null
      ? `\`${close}\` might be meant`
      : installed.length > 0
        ? `installed are ${installed.join(', ')}`
        : '`weir apps list` shows what can be installed',
  );
}

async function rendered(results: readonly DashboardResult[], options: RunOptions): Promise<string> {
  switch (options.output ?? 'table') {
    case 'json': {
      const objects = results.map(dashboardJson);
      return `${JSON.stringify(objects.length === 1 ? objects[0] : objects)}\n`;
    }
    case 'html': {
      const { renderReport } = await import('../../dashboards/html/report.ts');
      return renderReport(results, { made: Date.now(), attributions: [GEO_ATTRIBUTION, ASN_ATTRIBUTION] });
    }
    case 'table': {
      const { dashboardText } = await import('../chart/dashboard-text.ts');
      return results.map((result) => dashboardText(result, options.tz)).join('\n');
    }
  }
}
