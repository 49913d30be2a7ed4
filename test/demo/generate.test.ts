import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DEFAULT_HEADER, type Entry, type Flow, jsonLine, recordLine } from '../../src/cli/demo/flow.ts';
import { buildWorld, type FlowPlan, generateFlows } from '../../src/cli/demo/generate.ts';
import { THREATS } from '../../src/cli/demo/incidents.ts';
import { writeFlows } from '../../src/cli/demo/write.ts';
import { packageRoot } from '../../src/lookups/bundled-file.ts';
import { bundledGeoTable } from '../../src/lookups/geo-table.ts';
import { readThreatFeed } from '../../src/lookups/threat-feed.ts';

const END = Date.parse('2026-09-24T15:00:00Z');
const PLAN: FlowPlan = { seed: 1, end: END, days: 4, records: 30_000 };

const entries: Entry[] = [...generateFlows(PLAN)].flatMap((minute) => minute.entries);
const flows = entries.filter((entry): entry is Flow => !('status' in entry));

const digest = (plan: FlowPlan) => {
  const hash = createHash('sha256');
  for (const minute of generateFlows(plan))
    for (const entry of minute.entries) hash.update(recordLine(entry));
  return hash.digest('hex');
};

test('equal plans make equal records, other seeds others', () => {
  const small = { ...PLAN, days: 0.1, records: 1000 };
  expect(digest(small)).toBe(digest(small));
  expect(digest({ ...small, seed: 2 })).not.toBe(digest(small));
});

test('every record has the fourteen fields and lies in the four days', () => {
  for (const entry of entries) {
    const fields = recordLine(entry).split(' ');
    expect(fields).toHaveLength(14);
    expect(entry.start).toBeGreaterThanOrEqual(END / 1000 - 4 * 86_400);
    expect(entry.start).toBeLessThan(END / 1000);
    expect(entry.end).toBeGreaterThanOrEqual(entry.start);
  }
  for (const { packets, bytes, fromPort, toPort } of flows) {
    expect(packets).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThanOrEqual(packets * 28);
    expect(Math.max(fromPort, toPort)).toBeLessThan(65_536);
  }
});

test('there are about as many records as asked for, besides the incidents', () => {
  const incidents = flows.filter(({ from, to }) => [from, to].some((address) => threats.has(address)));
  expect(flows.length - incidents.length).toBeGreaterThan(PLAN.records * 0.9);
  expect(flows.length - incidents.length).toBeLessThan(PLAN.records * 1.1);
});

const threats = new Set<string>([
  THREATS.scanner,
  THREATS.slowScanner,
  THREATS.bruteForce,
  THREATS.dropSite,
  THREATS.commandAndControl,
  ...THREATS.others,
]);

test('the demo threat feed names exactly the addresses of the incidents, and all of them occur', async () => {
  const file = join(packageRoot(), 'queries/vpc-flow-logs/lookups/threat-demo.csv');
  const feed = readThreatFeed(await readFile(file, 'utf8'), file, 0);
  expect(new Set(feed.map(({ threat }) => threat))).toEqual(threats);
  const seen = new Set(flows.flatMap(({ from, to }) => [from, to]));
  expect([...threats].filter((address) => !seen.has(address))).toEqual([]);
});

test('the incidents are there', () => {
  const scanned = flows.filter(({ from, action }) => from === THREATS.scanner && action === 'REJECT');
  expect(new Set(scanned.map(({ toPort }) => toPort)).size).toBeGreaterThan(900);
  const guesses = flows.filter(({ from, toPort }) => from === THREATS.bruteForce && toPort === 22);
  expect(guesses.length).toBeGreaterThan(1200);
  const poured = flows.filter(({ to }) => to === THREATS.dropSite).reduce((sum, { bytes }) => sum + bytes, 0);
  expect(poured).toBeGreaterThan(600_000_000);
  const beacons = flows.filter(({ to }) => to === THREATS.commandAndControl);
  expect(new Set(beacons.map(({ bytes }) => bytes))).toEqual(new Set([712]));
  expect(beacons).toHaveLength(60 * 12);
});

test('all kinds of traffic occur: protocols, IPv6, refusals, gaps', () => {
  expect(new Set(flows.map(({ protocol }) => protocol))).toEqual(new Set([1, 6, 17, 58]));
  expect(flows.filter(({ from }) => from.includes(':')).length).toBeGreaterThan(flows.length * 0.01);
  const refused = flows.filter(({ action }) => action === 'REJECT').length / flows.length;
  expect(refused).toBeGreaterThan(0.1);
  expect(refused).toBeLessThan(0.4);
  expect(entries.filter((entry) => 'status' in entry && entry.status === 'NODATA').length).toBe(4 * 144 * 5);
  expect(entries.some((entry) => 'status' in entry && entry.status === 'SKIPDATA')).toBe(true);
  const { interfaces } = buildWorld(1);
  expect(interfaces).toHaveLength(40);
  expect(new Set(interfaces.map(({ id }) => id)).size).toBe(40);
  expect(new Set(interfaces.map(({ address }) => address)).size).toBe(40);
});

test('clients are found on the map, in many countries', () => {
  const geo = bundledGeoTable();
  const { population } = buildWorld(1);
  const all = [...population.clients, ...population.clientsV6, ...population.noise];
  const countries = all.map((address) => geo?.find(['ip'], [address])?.[4] ?? null);
  expect(countries.filter((country) => country === null).length).toBeLessThan(all.length * 0.02);
  expect(new Set(countries).size).toBeGreaterThan(25);
});

test('traffic has a daily rhythm', () => {
  const visits = flows.filter(({ to, toPort }) => to.startsWith('10.') && toPort === 443);
  const atHour = (hour: number) =>
    visits.filter(({ start }) => Math.floor(start / 3600) % 24 === hour).length;
  expect(atHour(19)).toBeGreaterThan(atHour(4) * 2);
});

test('a plan of any size starts at once: minutes are made one by one', () => {
  const first = generateFlows({ ...PLAN, records: 100_000_000 }).next();
  expect(first.done).toBe(false);
  expect(first.value?.start).toBe(END - 4 * 86_400_000);
});

test('the JSON form carries the line and the place of its interface', () => {
  const { interfaces } = buildWorld(1);
  const subnetOf = new Map(interfaces.map(({ address, subnet }) => [address, subnet]));
  const at = interfaces[0]!;
  const peer = interfaces.find(({ subnet, id }) => subnet === at.subnet && id !== at.id)!;
  const flow: Flow = {
    at,
    from: '8.8.8.8',
    to: at.address,
    fromPort: 1,
    toPort: 2,
    protocol: 6,
    packets: 1,
    bytes: 40,
    start: 10,
    end: 11,
    action: 'ACCEPT',
  };
  expect(JSON.parse(jsonLine(flow, subnetOf))).toEqual({
    message: `2 ${at.account} ${at.id} 8.8.8.8 ${at.address} 1 2 6 1 40 10 11 ACCEPT OK`,
    logStream: `${at.id}-all`,
    logGroup: `/vpc/${at.vpc}/flow-logs`,
    'security-group-ids': at.securityGroups,
    direction: 'inbound',
    'subnet-id': at.subnet,
    'vpc-id': at.vpc,
    'aws-region': at.region,
  });
  const direction = (from: string, to: string) =>
    JSON.parse(jsonLine({ ...flow, from, to }, subnetOf)).direction;
  expect(direction(at.address, '8.8.8.8')).toBe('outbound');
  expect(direction(at.address, peer.address)).toBe('internal');
  expect(direction(peer.address, at.address)).toBe('internal');
});

test('files: S3 keys and headers, JSON lines, and the sum of their lines', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-flows-'));
  try {
    const steps: number[] = [];
    const plan = { seed: 3, end: END, days: 0.25, records: 3000, minutesPerFile: 60, gzip: true };
    const written = await writeFlows(directory, { ...plan, progress: (done) => steps.push(done) });
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((file) =>
      file.isFile(),
    );
    expect(files).toHaveLength(written.files);
    expect(steps.at(-1)).toBe(1);
    let lines = 0;
    for (const { name, parentPath } of files) {
      const content = await readFile(join(parentPath, name));
      const text = (name.endsWith('.gz') ? gunzipSync(content) : content).toString();
      const [first, ...rest] = text.trimEnd().split('\n');
      lines += rest.length + 1;
      if (parentPath.includes('s3')) {
        expect(parentPath).toMatch(/s3\/AWSLogs\/\d{12}\/vpcflowlogs\/[a-z0-9-]+\/2026\/09\/24$/);
        expect(name).toMatch(
          /^\d{12}_vpcflowlogs_[a-z0-9-]+_fl-0[0-9a-f]{16}_20260924T\d{4}Z_[0-9a-f]{8}\.log\.gz$/,
        );
        expect(first).toBe(DEFAULT_HEADER);
      } else expect(JSON.parse(first ?? '')).toHaveProperty('message');
    }
    expect(lines).toBe(written.lines);
  } finally {
    await rm(directory, { recursive: true });
  }
});
