import { afterEach, beforeEach, expect, test } from 'vitest';
import { EVENTS_AS_THEY_ARE } from '../../src/ingest/cloudwatch.ts';
import { securityFields } from '../../src/ingest/interface-inventory.ts';
import { NetworkInterfaces } from '../../src/ingest/network-interfaces.ts';
import { AwsTestServer, type TestInterface } from './aws-server.ts';
import { addsUp, collect, settingsOf, texts } from './collected.ts';

let server: AwsTestServer;
let interfaces: NetworkInterfaces;
let clock: number;
let problems: string[];

beforeEach(async () => {
  server = await AwsTestServer.start();
  clock = 0;
  problems = [];
  interfaces = await NetworkInterfaces.open({
    region: 'eu-west-1',
    endpoint: server.endpoint,
    believedFor: 60_000,
    now: () => clock,
    onFailure: (problem) => problems.push(problem),
  });
});

afterEach(async () => {
  interfaces.close();
  await server.stop();
});

const eni = (
  n: number,
  address: string,
  subnet = 'subnet-1',
  more: Partial<TestInterface> = {},
): TestInterface => ({
  id: `eni-${n}`,
  subnet,
  vpc: 'vpc-1',
  groups: [`sg-${n}`],
  addresses: [address],
  ...more,
});

const record = (id: string, source: string, destination: string) =>
  `2 123456789010 ${id} ${source} ${destination} 443 50123 6 12 3400 1418530010 1418530070 ACCEPT OK`;

async function fieldsOf(line: string): Promise<object> {
  await interfaces.prepare([line]);
  return Object.fromEntries(securityFields(line, interfaces));
}

test('a record gets the security groups, network and direction of its interface', async () => {
  server.interfaces = [eni(1, '10.0.0.5'), eni(2, '10.0.9.9', 'subnet-2'), eni(3, '10.0.0.6')];
  expect(await fieldsOf(record('eni-1', '10.0.9.9', '10.0.0.5'))).toEqual({
    'security-group-ids': ['sg-1'],
    direction: 'inbound',
    'subnet-id': 'subnet-1',
    'vpc-id': 'vpc-1',
    'aws-region': 'eu-west-1',
  });
  expect(await fieldsOf(record('eni-1', '10.0.0.5', '198.51.100.7'))).toMatchObject({
    direction: 'outbound',
  });
  expect(await fieldsOf(record('eni-1', '10.0.0.5', '10.0.0.6'))).toMatchObject({ direction: 'internal' });
  expect(await fieldsOf(record('eni-9', '10.0.0.5', '10.0.0.6'))).toEqual({});
});

test('a peer of the same address in another network is not taken for a neighbour, nor hides one', async () => {
  server.interfaces = [
    eni(1, '10.0.0.5'),
    eni(2, '10.0.0.6', 'subnet-9', { vpc: 'vpc-9' }),
    eni(3, '10.0.0.6'),
  ];
  expect(await fieldsOf(record('eni-1', '10.0.0.5', '10.0.0.6'))).toMatchObject({ direction: 'internal' });
  server.interfaces.pop();
  clock += 60_001;
  expect(await fieldsOf(record('eni-1', '10.0.0.5', '10.0.0.6'))).toMatchObject({ direction: 'outbound' });
});

test('IPv6 ends and records without addresses find their interface, too', async () => {
  server.interfaces = [
    eni(1, '10.0.0.5', 'subnet-1', { ipv6: ['2600:1f16::5'] }),
    eni(2, '10.0.0.6', 'subnet-1', { ipv6: ['2600:1f16::6'] }),
  ];
  expect(await fieldsOf(record('eni-1', '2600:1f16::6', '2600:1f16::5'))).toMatchObject({
    direction: 'internal',
  });
  const nodata = '2 123456789010 eni-2 - - - - - - - 1431280876 1431280934 - NODATA';
  const fields = await fieldsOf(nodata);
  expect(fields).toMatchObject({ 'security-group-ids': ['sg-2'] });
  expect(fields).not.toHaveProperty('direction');
});

test('many addresses are asked for 200 at a time, page by page, and ends in the internet not at all', async () => {
  server.pageSize = 7;
  const records: string[] = [];
  for (let n = 0; n < 450; n++) {
    const address = `10.${n >> 8}.${n & 255}.1`;
    server.interfaces.push(eni(n, address));
    records.push(record(`eni-${n}`, `198.51.100.${n % 250}`, address));
  }
  expect(await interfaces.prepare(records)).toBe(0);
  expect(server.questions.map(({ filter, values }) => [filter, values.length])).toEqual([
    ['private-ip-address', 200],
    ['private-ip-address', 200],
    ['private-ip-address', 50],
  ]);
  expect(interfaces.byId('eni-449')?.addresses).toEqual(['10.1.193.1']);
});

test('answers are believed for a while, also that there is no such interface', async () => {
  server.interfaces = [eni(1, '10.0.0.5')];
  const lines = [record('eni-1', '10.0.0.5', '10.0.0.77'), record('eni-404', '10.0.0.5', '10.0.0.77')];
  await interfaces.prepare(lines);
  const asked = server.questions.length;
  await interfaces.prepare(lines);
  expect(server.questions).toHaveLength(asked);
  server.interfaces = [eni(1, '10.0.0.5', 'subnet-1', { groups: ['sg-new'] })];
  clock += 60_001;
  await interfaces.prepare(lines);
  expect(server.questions.length).toBeGreaterThan(asked);
  expect(interfaces.byId('eni-1')?.securityGroupIds).toEqual(['sg-new']);
});

test('while the service refuses, records go without, counted, and it is not asked all the time', async () => {
  server.interfaces = [eni(1, '10.0.0.5')];
  server.failing = true;
  const event = JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789010',
    logGroup: 'flows',
    logStream: 'eni-1-all',
    subscriptionFilters: ['f'],
    logEvents: [
      { id: '1', timestamp: 1418530010000, message: record('eni-1', '10.0.0.5', '198.51.100.7') },
      { id: '2', timestamp: 1418530010000, message: record('eni-1', '198.51.100.7', '10.0.0.5') },
    ],
  });
  const settings = {
    ...settingsOf({}, 'cloudwatch'),
    cloudwatch: { ...EVENTS_AS_THEY_ARE, format: 'VPC-JSON' as const, interfaces },
  };
  const without = await collect(event, settings);
  expect(without.tally.flagged.get('not-enriched')).toBe(2);
  expect(texts(without)[0]).toBe(`{"message":"${record('eni-1', '10.0.0.5', '198.51.100.7')}"}`);
  expect(addsUp(without.tally)).toBe(true);
  await collect(event, settings);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/access is denied/);
  server.failing = false;
  clock += 30_001;
  const enriched = await collect(event, settings);
  expect(enriched.tally.flagged.get('not-enriched')).toBeUndefined();
  expect(JSON.parse(String(texts(enriched)[1]))).toMatchObject({
    direction: 'inbound',
    'security-group-ids': ['sg-1'],
  });
});
