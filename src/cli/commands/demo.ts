import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '../../grammar/counted.ts';
import { receiptText } from '../../ingest/receipt.ts';
import { DEFAULT_SOURCE } from '../../ingest/source-config.ts';
import { parseQuery } from '../../language.ts';
import { dashboardText } from '../chart/dashboard-text.ts';
import { findDashboards, runDashboards } from '../dashboards.ts';
import { writeFlows } from '../demo/write.ts';
import { sourceFrom } from '../input.ts';
import { interruptSignal } from '../interrupt.ts';
import { withWritableStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { storeDirectory } from '../store-directory.ts';
import { findApp, install } from './apps.ts';
import { ingestInto, interrupted } from './ingest.ts';

const CATEGORY = 'AWS/VPC/demo';
const RECORDS = 300_000;

/** `weir demo`: sample flow logs through the bundled rule into a store, then the Overview dashboard. */
export async function demo(options: { readonly store?: string }): Promise<void> {
  const signal = interruptSignal();
  const directory = storeDirectory(options);
  const folder = await mkdtemp(join(tmpdir(), 'weir-demo-'));
  const say = (text: string) => process.stderr.write(`${text}\n`);
  try {
    say('Making four days of flow logs, the way S3 and CloudWatch deliver them …');
    const end = Math.floor(Date.now() / 60_000) * 60_000;
    const written = await writeFlows(folder, {
      seed: 1,
      end,
      days: 4,
      records: RECORDS,
      minutesPerFile: 60,
      gzip: true,
    });
    say(`${grouped(written.lines)} lines in ${written.files} files\n`);
    await withWritableStore(options, async (store) => {
      // A second demo takes the place of the first.
      const { query } = parseQuery(`_sourceCategory=${CATEGORY}`);
      if (query !== null) await store.delete({ filter: query.scope });
      say(`Installing the app vpc-flow-logs into ${directory}`);
      for (const line of await install(store.documents, findApp('vpc-flow-logs'), {
        kind: 'category',
        pattern: 'AWS/VPC*',
      }))
        say(`  ${line}`);
      say('\nIngesting through its field extraction rule');
      const source = sourceFrom(DEFAULT_SOURCE, { category: CATEGORY });
      const receipt = await ingestInto(store, {
        paths: [written.folders.s3, written.folders.cloudwatch],
        format: 'auto',
        source,
        signal,
      });
      say(`${indented(receiptText(receipt))}\n`);
      if (signal.aborted) throw interrupted();
      const dashboards = await findDashboards('vpc-flow-logs/overview', store);
      const results = await runDashboards(
        dashboards,
        store,
        { panel: [], tz: 'UTC', param: new Map() },
        signal,
      );
      for (const result of results) await write(dashboardText(result, 'UTC'));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await write(nextSteps(options.store));
}

function nextSteps(store: string | undefined): string {
  const at = store === undefined ? '' : ` --store ${store}`;
  const steps = [
    [`./bin/weir repl${at}`, 'search interactively'],
    [`./bin/weir query${at} 'Action=REJECT | top 10 src_ip' --from -24h`, 'one question'],
    [`./bin/weir run${at} vpc-flow-logs/traffic-direction`, 'another dashboard'],
    [`./bin/weir run${at} vpc-flow-logs -o html > flows.html`, 'all dashboards, for a browser'],
    [`./bin/weir ingest${at} YOUR-LOGS --category AWS/VPC/mine`, 'your own flow logs'],
    ['./bin/weir help timeslice', 'the language, word by word'],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`);
  return `\nWhat to try next\n${lines.join('\n')}\n`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
