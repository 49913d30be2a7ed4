import { dashboardJson } from '../../dashboards/dashboard-json.ts';
import type { DashboardResult } from '../../dashboards/run-dashboard.ts';
import { grouped } from '../../grammar/counted.ts';
import { ASN_ATTRIBUTION } from '../../lookups/asn-table.ts';
import { GEO_ATTRIBUTION } from '../../lookups/geo-table.ts';
import { type DashboardsRequest, findDashboards, runDashboards } from '../dashboards.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { interruptSignal } from '../interrupt.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';

export interface RunOptions extends DashboardsRequest {
  readonly store?: string;
  readonly profile?: boolean;
  readonly output?: 'table' | 'json' | 'html';
}

/** `weir run`: saved dashboards. Exit code 1 when a panel failed; the others are shown all the same. */
export async function run(name: string, options: RunOptions): Promise<void> {
  await withStore(options, async (store) => {
    const dashboards = await findDashboards(name, store);
    const results = await runDashboards(dashboards, store, options, interruptSignal());
    await print(results, options);
    if (options.profile === true) process.stderr.write(results.map(profileText).join(''));
    const failed = results.flatMap(({ panels }) => panels.filter(({ state }) => state === 'failed'));
    if (failed.length === 0) return;
    const keys = failed.map(({ key }) => `\`${key}\``).join(', ');
    throw new CommandFailure(
      EXIT.failed,
      `${failed.length === 1 ? 'a panel' : `${failed.length} panels`} failed: ${keys}`,
    );
  });
}

async function print(results: readonly DashboardResult[], options: RunOptions): Promise<void> {
  switch (options.output ?? 'table') {
    case 'json': {
      if (results.length > 1) await write('[');
      for (const [position, result] of results.entries()) {
        if (position > 0) await write(',\n');
        for (const piece of dashboardJson(result)) await write(piece);
      }
      await write(results.length > 1 ? ']\n' : '\n');
      return;
    }
    case 'html': {
      const { renderReport } = await import('../../dashboards/html/report.ts');
      const attributions = [GEO_ATTRIBUTION, ASN_ATTRIBUTION];
      await write(renderReport(results, { made: Date.now(), attributions }));
      return;
    }
    case 'table': {
      const { dashboardText } = await import('../chart/dashboard-text.ts');
      await write(results.map((result) => dashboardText(result, options.tz)).join('\n'));
    }
  }
}

/** How long each panel took, one a line. */
function profileText({ title, panels }: DashboardResult): string {
  const lines = panels.map((panel) =>
    panel.state === 'done'
      ? `${panel.milliseconds.toFixed(1).padStart(9)} ms  ${panel.key}  ${grouped(panel.batch.length)} rows`
      : `${panel.state.padStart(12)}  ${panel.key}`,
  );
  return `${[title, ...lines].join('\n')}\n`;
}
