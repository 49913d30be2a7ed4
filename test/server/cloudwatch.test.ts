import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readCloudWatchSettings } from '../../src/ingest/cloudwatch-settings.ts';
import { ask, fieldOf, httpSource, keyHeaders, rowsOf, serve, temporary } from './serving.ts';

const FLOW = '2 123456789010 eni-1 10.0.0.5 10.0.1.9 443 50123 6 12 3400 1418530010 1418530070 ACCEPT OK';
const OUTSIDE = '2 123456789010 eni-1 10.0.0.5 192.0.2.9 443 50123 6 12 3400 1418530011 1418530071 ACCEPT OK';

function payload(messages: readonly string[], more: Record<string, unknown> = {}) {
  return {
    messageType: 'DATA_MESSAGE',
    owner: '123456789010',
    logGroup: 'flow-logs',
    logStream: 'eni-1-all',
    subscriptionFilters: ['all'],
    logEvents: messages.map((message, id) => ({ id: String(id), timestamp: 1418530000000 + id, message })),
    ...more,
  };
}

function encoded(value: unknown): string {
  return gzipSync(JSON.stringify(value)).toString('base64');
}

test('a subscription event becomes the messages in it, in any of its forms', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const event = payload(['first', 'second']);
  const bodies = [
    JSON.stringify({ awslogs: { data: encoded(event) } }),
    JSON.stringify(event),
    gzipSync(JSON.stringify(event)),
  ];
  for (const body of bodies) expect((await ask(url + path, { body })).status).toBe(200);
  const rows = await rowsOf(store, '*');
  expect(rows.map((row) => row.get('_raw')).toSorted()).toEqual([
    ...Array(3).fill('first'),
    ...Array(3).fill('second'),
  ]);
  for (const row of rows) {
    expect(row.get('_sourceName')).toBe('eni-1-all');
    expect(row.get('_sourceHost')).toBe('flow-logs');
    expect(row.get('_sourceCategory')).toBe('test');
  }
});

test('the settings of the source do what the forwarder does', async () => {
  const { url, store } = await serve();
  const cloudwatch = {
    format: 'VPC-JSON',
    includeLogInfo: true,
    internalPrefixes: '10.0.,172.16.',
    streamPrefixes: ['ENI-'],
  };
  const path = await httpSource(store, { cloudwatch });
  await ask(url + path, { json: payload([FLOW, `${OUTSIDE}\n`]) });
  await ask(url + path, { json: payload([OUTSIDE], { logStream: 'other' }) });
  await ask(url + path, { json: payload(['x'], { messageType: 'CONTROL_MESSAGE' }) });
  const [raw] = await fieldOf(store, '_raw');
  expect(JSON.parse(String(raw))).toEqual({
    message: OUTSIDE,
    logStream: 'eni-1-all',
    logGroup: 'flow-logs',
  });
  expect(await fieldOf(store, '_messageTime')).toEqual([1418530011000]);
  expect(store.ledger.entries().map(({ why, messages }) => [why, messages])).toEqual([
    ['internal-traffic', 1],
    ['stream-prefix', 1],
  ]);
});

test('CIDR blocks, and the bare form', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store, {
    cloudwatch: { format: 'VPC-RAW', internalBlocks: ['10.0.0.0/16'] },
  });
  await ask(url + path, { json: payload([FLOW, OUTSIDE]) });
  expect(await fieldOf(store, '_raw')).toEqual([OUTSIDE]);
});

test('security-group information comes from a saved answer of EC2', async () => {
  const { url, store } = await serve();
  const file = join(temporary(), 'interfaces.json');
  const own = {
    NetworkInterfaceId: 'eni-1',
    SubnetId: 'subnet-1',
    VpcId: 'vpc-1',
    PrivateIpAddress: '10.0.0.5',
    Groups: [{ GroupId: 'sg-1' }],
  };
  writeFileSync(file, JSON.stringify({ NetworkInterfaces: [own] }));
  const cloudwatch = { format: 'VPC-JSON', interfaces: { file, region: 'eu-west-1' } };
  const path = await httpSource(store, { cloudwatch });
  await ask(url + path, { json: payload([OUTSIDE]) });
  expect(JSON.parse(String((await fieldOf(store, '_raw'))[0]))).toEqual({
    message: OUTSIDE,
    'security-group-ids': ['sg-1'],
    direction: 'outbound',
    'subnet-id': 'subnet-1',
    'vpc-id': 'vpc-1',
    'aws-region': 'eu-west-1',
  });
});

test('security-group information comes from EC2 itself, and its silence loses nothing', async () => {
  const { url, store, log } = await serve();
  const cloudwatch = {
    format: 'VPC-JSON',
    interfaces: { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' },
  };
  const path = await httpSource(store, { cloudwatch });
  expect((await ask(url + path, { json: payload([OUTSIDE]) })).status).toBe(200);
  expect(JSON.parse(String((await fieldOf(store, '_raw'))[0]))).toEqual({ message: OUTSIDE });
  expect(log).toContainEqual(expect.objectContaining({ event: 'interfaces-unknown', source: 'source' }));
});

test('settings with mistakes are refused in words', () => {
  const problems = (cloudwatch: unknown) => {
    const read = readCloudWatchSettings(cloudwatch);
    return read.ok ? [] : read.problems;
  };
  expect(problems(undefined)).toEqual([]);
  expect(problems([])).toHaveLength(1);
  expect(
    problems({ format: 'XML', includeLogInfo: 'yes', streamPrefixes: 1, internalBlocks: ['10.0.0.0/40'] }),
  ).toHaveLength(4);
  expect(problems({ interfaces: 'ec2', more: 1 })).toHaveLength(2);
});

test('a message may name its own metadata, over that of the request and of the source', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store, { cloudwatch: { format: 'Others' } });
  const own = JSON.stringify({
    text: 'own',
    _sumo_metadata: { category: 'own/category', sourceHost: 'own-host' },
  });
  const headers = { 'x-sumo-category': 'of/request', 'x-sumo-host': 'request-host' };
  await ask(url + path, { json: payload([own, 'plain']), headers });
  const rows = await rowsOf(store, '* | fields _sourceCategory, _sourceHost, _raw');
  const seen = rows.map((row) => [row.get('_sourceCategory'), row.get('_sourceHost')]).toSorted();
  expect(seen).toEqual([
    ['of/request', 'request-host'],
    ['own/category', 'own-host'],
  ]);
});

test('fields that a message names stand beside those of its source, and only those that can be fields', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store, {
    fields: { env: 'prod', team: 'net' },
    cloudwatch: { format: 'Others' },
  });
  const sourceFieldsOverride = 'team=own,_raw=forged,_messageTime=1,__proto__=x,f=1';
  await ask(url + path, {
    json: payload([JSON.stringify({ text: 'own', _sumo_metadata: { sourceFieldsOverride } })]),
  });
  const [row] = await rowsOf(store, '* | fields _raw, _source, env, team, f');
  expect(JSON.parse(String(row?.get('_raw')))).toMatchObject({ message: { text: 'own' } });
  expect(['_source', 'env', 'team', 'f'].map((name) => row?.get(name))).toEqual([
    'source',
    'prod',
    'own',
    '1',
  ]);
});

test('a custom record has its own time through the forwarder and as an event', async () => {
  const { url, store } = await serve();
  const forwarded = await httpSource(store, {}, 'forwarded');
  const direct = await httpSource(store, { cloudwatch: { format: 'Others' } }, 'direct');
  const record = '6 123456789012 tgw-1 10.0.0.1 10.0.1.1 443 1700000000 1700000060 OK ingress';
  await ask(url + forwarded, { body: JSON.stringify({ timestamp: 1_700_000_090_000, message: record }) });
  await ask(url + direct, { json: payload([record]) });
  expect(await fieldOf(store, '_messageTime')).toEqual([1_700_000_000_000, 1_700_000_000_000]);
});

test('a number that JSON cannot hold stays the text it is', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store, { cloudwatch: { format: 'VPC-RAW' } });
  await ask(url + path, { json: payload(['1e400', '12']) });
  expect((await fieldOf(store, '_raw')).toSorted()).toEqual(['12', '1e400']);
});

test('what is no event is kept line by line with the metadata of the source', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const broken = JSON.stringify({ awslogs: { data: 'AAAA' } });
  await ask(url + path, { body: broken });
  const [row] = await rowsOf(store, '*');
  expect(row?.get('_raw')).toBe(broken);
  expect(row?.get('_sourceCategory')).toBe('test');
});

const FIREHOSE = { 'X-Amz-Firehose-Protocol-Version': '1.0', 'X-Amz-Firehose-Request-Id': 'request-1' };

function delivery(...records: readonly (string | Buffer)[]) {
  return {
    requestId: 'request-1',
    timestamp: 1578090901599,
    records: records.map((data) => ({ data: Buffer.from(data).toString('base64') })),
  };
}

test('a Firehose delivery is answered as Firehose wants, and stored once however often it comes', async () => {
  const { url, store } = await serve({ now: () => 1_700_000_000_000 });
  const path = await httpSource(store);
  const body = delivery(
    gzipSync(JSON.stringify(payload(['in an event']))),
    gzipSync(JSON.stringify(payload(['in another']))),
  );
  const attributes = JSON.stringify({ commonAttributes: { env: 'prod' } });
  const headers = { ...FIREHOSE, 'X-Amz-Firehose-Common-Attributes': attributes };
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await ask(url + path, { json: body, headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.json()).toEqual({ requestId: 'request-1', timestamp: 1_700_000_000_000 });
  }
  expect((await fieldOf(store, '_raw')).toSorted()).toEqual(['in an event', 'in another']);
  expect(await fieldOf(store, 'env')).toEqual(['prod', 'prod']);
});

test('Firehose records may hold plain lines, and the headers may be missing', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const answer = await ask(url + path, { json: delivery('one\ntwo\n', 'three') });
  expect(answer.json().requestId).toBe('request-1');
  expect(await fieldOf(store, '_raw')).toEqual(['one', 'two', 'three']);
});

test('a Firehose record may be a packed file', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  expect((await ask(url + path, { json: delivery(zstdCompressSync('one\ntwo\n')) })).status).toBe(200);
  expect(await fieldOf(store, '_raw')).toEqual(['one', 'two']);
});

test('a refused Firehose delivery says why in the form that Firehose reads', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const damaged = await ask(url + path, { json: { records: 'none' }, headers: FIREHOSE });
  expect(damaged.status).toBe(400);
  expect(damaged.json()).toMatchObject({
    requestId: 'request-1',
    errorMessage: expect.stringContaining('Firehose'),
  });
  const stranger = await ask(`${url}/receiver/v1/http/no`, { json: delivery('x'), headers: FIREHOSE });
  expect(stranger.status).toBe(401);
  expect(stranger.json()).toMatchObject({ requestId: 'request-1', errorMessage: expect.any(String) });
});

test('the access key of Firehose may be the code of a source, or a key of scope ingest', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const code = path.split('/').at(-1)!;
  const { authorization } = await keyHeaders(store, 'ingest');
  const pair = Buffer.from(authorization.slice(6), 'base64').toString();
  const send = (key: string, more = {}) =>
    ask(`${url}/receiver/v1/http`, {
      json: { ...delivery('x'), requestId: key.slice(0, 8) },
      headers: { ...FIREHOSE, 'X-Amz-Firehose-Access-Key': key, ...more },
    });
  expect((await send(code)).status).toBe(200);
  expect((await send(pair, { 'x-sumo-category': 'keyed' })).status).toBe(200);
  expect((await send('weir0000:wrong')).status).toBe(401);
  expect((await send('wrong')).status).toBe(401);
  expect((await fieldOf(store, '_sourceCategory')).toSorted()).toEqual(['keyed', 'test']);
});

test('the requests of the public forwarder work as they are', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store, { category: 'own' });
  const lines = [FLOW, OUTSIDE].map((message) => JSON.stringify({ message }));
  const headers = {
    'X-Sumo-Name': 'eni-1-all',
    'X-Sumo-Category': '',
    'X-Sumo-Host': 'flow-logs',
    'X-Sumo-Fields': '',
    'X-Sumo-Client': 'cwl-aws-lambda',
    'Content-Encoding': 'gzip',
  };
  const answer = await ask(url + path, { body: gzipSync(lines.join('\n')), headers });
  expect(answer.status).toBe(200);
  const rows = await rowsOf(store, '*');
  expect(rows.map((row) => row.get('_messageTime')).toSorted()).toEqual([1418530010000, 1418530011000]);
  expect(rows[0]?.get('_sourceCategory')).toBe('own');
  expect(rows[0]?.get('_sourceName')).toBe('eni-1-all');
});
