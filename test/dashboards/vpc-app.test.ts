import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Entry, type Flow, jsonLine, recordLine } from '../../src/cli/demo/flow.ts';
import { buildWorld, generateFlows } from '../../src/cli/demo/generate.ts';
import { ACCOUNTS } from '../../src/cli/demo/network.ts';
import { type NamedDashboard, readCatalogue, readDashboards } from '../../src/dashboards/catalogue.ts';
import { tableOf } from '../../src/dashboards/result-table.ts';
import { type DashboardResult, runDashboard } from '../../src/dashboards/run-dashboard.ts';
import { concatBatches } from '../../src/engine/columns/batch.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import { collectBatches, memorySource, prepareQuery, runQuery, type Source } from '../../src/index.ts';
import { packageRoot } from '../../src/lookups/bundled-file.ts';
import { memoryDocuments } from '../../src/lookups/document-store.ts';
import { createLookups, type Lookups } from '../../src/lookups/lookups.ts';
import { readThreatFeed } from '../../src/lookups/threat-feed.ts';

const FOLDER = join(packageRoot(), 'queries/vpc-flow-logs');
const FEED = join(FOLDER, 'lookups/threat-demo.csv');
const END = Date.parse('2026-09-24T15:00:00Z');
const DAY = 86_400_000;

const dashboards = readDashboards(FOLDER);
const world = buildWorld(1);
const subnetOf = new Map(world.interfaces.map(({ address, subnet }) => [address, subnet]));
const enriched = new Set(ACCOUNTS.filter(({ delivery }) => delivery === 'cloudwatch').map(({ id }) => id));
const entries: Entry[] = [...generateFlows({ seed: 1, end: END, days: 4, records: 16_000 }, world)].flatMap(
  (minute) => minute.entries,
);
/** What the day's panels see. */
const flows = entries.filter(
  (entry): entry is Flow => !('status' in entry) && entry.start * 1000 >= END - DAY,
);

let source: Source;
let lookups: Lookups;
const results = new Map<string, DashboardResult>();

async function runAll(
  { dashboard }: NamedDashboard,
  parameters = new Map<string, string>(),
  panels: readonly string[] = [],
) {
  return await runDashboard(dashboard, {
    time: { now: END, timeZone: 'UTC' },
    parameters,
    panels,
    run: async (query, time, values) => {
      const { run, diagnostics } = await runQuery(query, source, { parameters: values, time, lookups });
      if (run === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
      const batch = concatBatches(await collectBatches(run));
      return { batch, warnings: run.warnings() };
    },
  });
}

beforeAll(async () => {
  source = memorySource(
    entries.map((entry) => ({
      raw: enriched.has(entry.at.account) ? jsonLine(entry, subnetOf) : recordLine(entry),
      time: entry.start * 1000,
      fields: new Map([['_sourceCategory', 'AWS/VPC/test']]),
    })),
  );
  lookups = createLookups(memoryDocuments());
  await lookups.add('sumo://threat/cs', FEED, readFileSync(FEED));
  for (const named of dashboards) results.set(named.name, await runAll(named));
}, 240_000);

function rowsOf(dashboard: string, key: string): readonly (readonly Value[])[] {
  const panel = results.get(dashboard)?.panels.find((each) => each.key === key);
  if (panel?.state !== 'done') throw new Error(`${dashboard}/${key}: ${JSON.stringify(panel)}`);
  return tableOf(panel.batch).rows;
}

/** Sums `amount` of the flows by key, as sorted rows. */
function expected(
  from: readonly Flow[],
  keyOf: (flow: Flow) => readonly (string | number)[],
  amount: (flow: Flow) => number = () => 1,
): string[] {
  const sums = new Map<string, number>();
  for (const flow of from) {
    const key = JSON.stringify(keyOf(flow));
    sums.set(key, (sums.get(key) ?? 0) + amount(flow));
  }
  return [...sums].map(([key, sum]) => JSON.stringify([...JSON.parse(key), sum])).toSorted();
}

const sortedRows = (rows: readonly (readonly Value[])[]) => rows.map((row) => JSON.stringify(row)).toSorted();

const octets = (address: string) => address.split('.').map(Number);
const isV4 = (address: string) => !address.includes(':');
const isPrivate = (address: string) => isV4(address) && octets(address)[0] === 10;
const isPublic = (address: string) => isV4(address) && !isPrivate(address);
const accepted = flows.filter(({ action }) => action === 'ACCEPT');
const rejected = flows.filter(({ action }) => action === 'REJECT');
const threats = new Map(
  readThreatFeed(readFileSync(FEED, 'utf8'), FEED, 0).map((each) => [each.threat, each]),
);
const slice = (flow: Flow, minutes: number) => Math.floor(flow.start / (60 * minutes)) * 60_000 * minutes;
const bytes = (flow: Flow) => flow.bytes;

test('the four dashboards have their panels, keys and variables', () => {
  expect(dashboards.map(({ name, dashboard }) => [name, dashboard.panels.length])).toEqual([
    ['overview', 23],
    ['accepts-and-rejects', 14],
    ['traffic-direction', 12],
    ['security-groups', 14],
  ]);
  for (const { dashboard } of dashboards) {
    expect(dashboard.variables.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'accountID',
        'interfaceID',
        'srcDevice_ip',
        'dstDevice_ip',
        'dest_port',
        'src_port',
      ]),
    );
    for (const panel of dashboard.panels) {
      if (panel.chart === 'text') continue;
      for (const { name } of dashboard.variables)
        expect(panel.query, `${panel.key} ${name}`).toContain(`{{${name}}}`);
      expect(panel.query).toContain('{{source}}');
    }
  }
});

test('no two panels of a dashboard overlap', () => {
  for (const { dashboard } of dashboards) {
    const taken = new Set<string>();
    for (const { layout, key } of dashboard.panels) {
      for (let y = layout.y; y < layout.y + layout.height; y++) {
        for (let x = layout.x; x < layout.x + layout.width; x++) {
          expect(taken.has(`${x},${y}`), key).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  }
});

test('every query is free of errors and warnings', () => {
  for (const { name, dashboard } of dashboards) {
    for (const panel of dashboard.panels) {
      if (panel.chart === 'text') continue;
      const { diagnostics } = prepareQuery(panel.query, { mode: 'check' });
      const found = diagnostics.filter(({ severity }) => severity !== 'hint').map(({ message }) => message);
      expect(found, `${name}/${panel.key}`).toEqual([]);
    }
  }
});

test('every panel runs and shows something', () => {
  for (const [name, { panels }] of results) {
    for (const panel of panels) {
      expect(panel.state === 'done' ? [] : panel, `${name}/${panel.key}`).toEqual([]);
      if (panel.state === 'done') expect(panel.batch.length, `${name}/${panel.key}`).toBeGreaterThan(0);
    }
  }
});

describe('panels agree with sums over the generated flows', () => {
  test('totals and comparisons', () => {
    expect(sortedRows(rowsOf('overview', 'total-accepted'))).toEqual(
      expected(accepted, (flow) => [slice(flow, 15)]),
    );
    expect(sortedRows(rowsOf('overview', 'total-rejected'))).toEqual(
      expected(rejected, (flow) => [slice(flow, 15)]),
    );
    const today = rowsOf('overview', 'bytes-accepted-compared').filter((row) => row[1] !== null);
    expect(sortedRows(today.map((row) => row.slice(0, 2)))).toEqual(
      expected(accepted, (flow) => [slice(flow, 5)], bytes),
    );
    const twoDaysAgo = entries.filter(
      (entry): entry is Flow =>
        !('status' in entry) &&
        entry.action === 'ACCEPT' &&
        entry.start * 1000 >= END - 3 * DAY &&
        entry.start * 1000 < END - 2 * DAY,
    );
    const shifted = rowsOf('overview', 'bytes-accepted-compared').filter((row) => row[3] !== null);
    expect(sortedRows(shifted.map((row) => [row[0] ?? null, row[3] ?? null]))).toEqual(
      expected(twoDaysAgo, (flow) => [slice(flow, 5) + 2 * DAY], bytes),
    );
  });

  test('threats over time and on the map', () => {
    const hits = flows.filter(({ from }) => threats.has(from));
    expect(sortedRows(rowsOf('overview', 'threat-source-hits'))).toEqual(
      expected(hits, (flow) => [slice(flow, 15)]),
    );
    const total = rowsOf('overview', 'threat-destination-map').reduce((sum, row) => sum + Number(row[4]), 0);
    expect(total).toBe(accepted.filter(({ to }) => threats.has(to)).length);
    const high = accepted.filter(({ from }) => threats.get(from)?.threatlevel === 'high');
    const listed = rowsOf('accepts-and-rejects', 'threats-accepted');
    expect(sortedRows(listed.map((row) => [...row.slice(0, 5), row.at(-1) ?? null]))).toEqual(
      expected(high, ({ at, from, fromPort, to, toPort, protocol }) => [
        at.id,
        at.account,
        `${from} : ${fromPort}`,
        `${to} : ${toPort}`,
        String(protocol),
      ]),
    );
    expect(listed.every((row) => String(row[6]).includes('->') && !String(row[6]).includes('/'))).toBe(true);
  });

  test('ports, interfaces and accounts', () => {
    const port = ({ toPort }: Flow) => [String(toPort)];
    const tcp = accepted.filter(({ protocol }) => protocol === 6);
    const inside = ({ from, to }: Flow) => isPrivate(from) && isPrivate(to);
    expect(sortedRows(rowsOf('overview', 'tcp-ports-external'))).toEqual(
      expected(
        tcp.filter(({ to }) => isPublic(to)),
        port,
      ),
    );
    expect(sortedRows(rowsOf('overview', 'tcp-ports-internal'))).toEqual(expected(tcp.filter(inside), port));
    expect(sortedRows(rowsOf('overview', 'tcp-ports-rejected'))).toEqual(
      expected(
        rejected.filter(({ protocol, to }) => protocol === 6 && isPublic(to)),
        port,
      ),
    );
    expect(sortedRows(rowsOf('overview', 'accounts-by-bytes'))).toEqual(
      expected(
        tcp.filter(({ from, to }) => isV4(from) && isV4(to) && (isPublic(from) || isPublic(to))),
        ({ at }) => [at.account],
        bytes,
      ),
    );
    expect(sortedRows(rowsOf('overview', 'interfaces-by-bytes'))).toEqual(
      expected(accepted.filter(inside), ({ at }) => [at.id], bytes),
    );
    expect(sortedRows(rowsOf('overview', 'destinations-by-interface'))).toEqual(
      expected(accepted.filter(inside), ({ at, to }) => [at.id, to], bytes),
    );
    expect(sortedRows(rowsOf('overview', 'rejects-by-interface'))).toEqual(
      expected(rejected, ({ at, to }) => [at.id, to]),
    );
    expect(sortedRows(rowsOf('accepts-and-rejects', 'rejected-by-account'))).toEqual(
      expected(rejected, ({ at }) => [at.account]),
    );
    expect(sortedRows(rowsOf('accepts-and-rejects', 'packets-rejected-by-port'))).toEqual(
      expected(
        rejected,
        (flow) => [slice(flow, 5), String(flow.toPort)],
        ({ packets }) => packets,
      ),
    );
  });

  test('protocols by name', () => {
    const names = new Map([
      [1, 'ICMP'],
      [6, 'TCP'],
      [17, 'UDP'],
      [58, 'IPv6-ICMP'],
    ]);
    expect(sortedRows(rowsOf('accepts-and-rejects', 'bytes-by-protocol'))).toEqual(
      expected(accepted, ({ protocol }) => [names.get(protocol) ?? '?'], bytes),
    );
  });

  test('traffic by direction', () => {
    expect(sortedRows(rowsOf('traffic-direction', 'inbound-rejected'))).toEqual(
      expected(
        rejected.filter(({ from }) => isPublic(from)),
        (flow) => [slice(flow, 5)],
      ),
    );
    expect(sortedRows(rowsOf('traffic-direction', 'outbound-accepted'))).toEqual(
      expected(
        accepted.filter(({ to }) => isPublic(to)),
        (flow) => [slice(flow, 5)],
      ),
    );
    const [top] = rowsOf('traffic-direction', 'outbound-mb-by-destination');
    const poured = flows.filter(({ to }) => to === '84.205.80.9').reduce((sum, flow) => sum + flow.bytes, 0);
    expect(top).toEqual(['84.205.80.9', poured / 1024 ** 2]);
    expect(rowsOf('traffic-direction', 'inbound-ports')).toHaveLength(10);
  });

  test('security groups of the enriched form', () => {
    const known = accepted.filter(({ at }) => enriched.has(at.account));
    const groups = new Map<string, number>();
    for (const { at, bytes } of known) {
      for (const group of at.securityGroups) groups.set(group, (groups.get(group) ?? 0) + bytes);
    }
    const top = [...groups].toSorted((a, b) => b[1] - a[1]).slice(0, 10);
    expect(sortedRows(rowsOf('security-groups', 'groups-by-bytes'))).toEqual(sortedRows(top));
    expect(sortedRows(rowsOf('security-groups', 'vpcs-by-bytes'))).toEqual(
      expected(known, ({ at }) => [at.vpc], bytes),
    );
    const seen = entries.filter(({ at, start }) => enriched.has(at.account) && start * 1000 >= END - DAY);
    expect(rowsOf('security-groups', 'distinct-groups')).toEqual([
      [new Set(seen.flatMap(({ at }) => at.securityGroups)).size],
    ]);
  });
});

test('a variable narrows every panel', async () => {
  const named = dashboards[0]!;
  const address = accepted.find(({ from }) => isPrivate(from))!.from;
  const narrowed = await runAll(named, new Map([['SRCDEVICE_IP', address]]), ['total-accepted']);
  const [panel] = narrowed.panels;
  const rows = panel?.state === 'done' ? tableOf(panel.batch).rows : [];
  expect(sortedRows(rows)).toEqual(
    expected(
      accepted.filter(({ from }) => from === address),
      (flow) => [slice(flow, 15)],
    ),
  );
  expect(narrowed.parameters.find(({ name }) => name === 'srcDevice_ip')?.value).toBe(address);
});

test('the catalogue knows the app', () => {
  const catalogue = readCatalogue(join(packageRoot(), 'queries'));
  expect(catalogue.map(({ app }) => app.name)).toEqual(['vpc-flow-logs']);
  const app = catalogue[0]!.app;
  expect(app.dashboards).toHaveLength(4);
  expect(app.lookups).toMatchObject([{ name: 'sumo://threat/cs', demo: true }]);
});
