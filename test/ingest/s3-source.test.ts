import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { S3Source } from '../../src/ingest/s3-source.ts';
import { DEFAULT_SOURCE, readSourceConfig } from '../../src/ingest/source-config.ts';
import type { StoredSource } from '../../src/ingest/stored-sources.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { BUCKET, S3TestServer } from './s3-server.ts';
import { storedTexts } from './stored-texts.ts';

let server: S3TestServer;
let folder: string;
let store: Store;
let events: string[];

beforeEach(async () => {
  server = await S3TestServer.start();
  folder = await mkdtemp(join(tmpdir(), 'weir-s3-store-'));
  store = await openStore(folder, { mode: 'write' });
  events = [];
});

afterEach(async () => {
  await store.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function sourceOf(s3: object = {}, config: object = {}): S3Source {
  const read = readSourceConfig({ category: 'AWS/VPC', ...config });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const stored: StoredSource = {
    name: 'flows',
    kind: 's3',
    config: { ...DEFAULT_SOURCE, ...read.value },
    settings: { bucket: BUCKET, endpoint: server.endpoint, start: 'all', scanInterval: 1, ...s3 },
    codeHash: null,
    added: Date.now(),
  };
  return S3Source.of(store, stored, {
    rules: () => null,
    write: (_level, event, details) => events.push(`${event} ${JSON.stringify(details)}`),
    now: Date.now,
  });
}

async function scanned(s3: object = {}, config: object = {}): Promise<S3Source> {
  const source = sourceOf(s3, config);
  await source.scan();
  await source.stop();
  return source;
}

async function reopened(): Promise<void> {
  await store.close();
  store = await openStore(folder, { mode: 'write' });
}

const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const record = (n: number) =>
  `2 123456789010 eni-0a1b2c3d 10.0.0.${n} 10.0.1.9 443 50123 6 12 3400 ${1_700_000_000 + n} ${1_700_000_060 + n} ACCEPT OK`;

test('objects become messages: plain, gzip and zstd, with their header lines left out', async () => {
  await server.put('a/one.log', `${HEADER}\n${record(1)}\n`);
  await server.put('a/two.log.gz', gzipSync(`${HEADER}\n${record(2)}\n${record(3)}\n`));
  await server.put('a/three.log.zst', zstdCompressSync(`${record(4)}\n`));
  const source = await scanned();
  expect(await storedTexts(store)).toEqual([record(1), record(2), record(3), record(4)]);
  expect(source.status()).toMatchObject({ objects: 3, messages: 4, failing: 0, problem: null });
  expect(await storedTexts(store, '_sourceName')).toEqual([
    'a/one.log',
    'a/three.log.zst',
    'a/two.log.gz',
    'a/two.log.gz',
  ]);
  expect(new Set(await storedTexts(store, '_sourceHost'))).toEqual(new Set([BUCKET]));
  expect(new Set(await storedTexts(store, '_sourceCategory'))).toEqual(new Set(['AWS/VPC']));
  expect(await storedTexts(store, '_messageTime')).toContain(String((1_700_000_000 + 1) * 1000));
});

test('a star in the path crosses slashes, and nothing else is special', async () => {
  for (const key of [
    'AWSLogs/1/vpcflowlogs/eu/x.log',
    'AWSLogs/1/elb/x.log',
    'AWSLogs/2/vpcflowlogs/y.txt',
    'awslogs/1/vpcflowlogs/z.log',
    'AWSLogs/[1]/vpcflowlogs/?.log',
  ])
    await server.put(key, `${key}\n`);
  await scanned({ path: '/AWSLogs/*/vpcflowlogs/*.log' });
  expect(await storedTexts(store)).toEqual([
    'AWSLogs/1/vpcflowlogs/eu/x.log',
    'AWSLogs/[1]/vpcflowlogs/?.log',
  ]);
  expect(server.requests[0]).toContain('prefix=AWSLogs%2F');
});

test('every page of a listing is read', async () => {
  server.pageSize = 3;
  for (let n = 10; n < 20; n++) await server.put(`p/${n}.log`, `message ${n}\n`);
  await scanned();
  expect(await storedTexts(store)).toEqual(Array.from({ length: 10 }, (_, n) => `message ${n + 10}`));
  expect(server.requests.filter((one) => one.includes('list-type=2'))).toHaveLength(4);
});

test('what was read is not read again: by the next scan, by another source, after a restart', async () => {
  await server.put('one.log', 'first\n');
  await scanned();
  await scanned();
  await reopened();
  await scanned();
  expect(await storedTexts(store)).toEqual(['first']);
  expect(server.reads).toBe(1);
  await server.put('two.log', 'second\n');
  await scanned();
  expect(await storedTexts(store)).toEqual(['first', 'second']);
});

test('an object that is overwritten is read again in full, also when it becomes what it was', async () => {
  for (const text of ['first\n', 'second\n', 'first\n']) {
    await server.put('one.log', text);
    await scanned();
    await scanned();
  }
  expect(await storedTexts(store)).toEqual(['first', 'first', 'second']);
});

test('start: now leaves out what was there before, -1d and all do not', async () => {
  await server.put('old.log', 'old\n');
  const later = Date.now() + 5000;
  const source = sourceOf({ start: 'now' });
  await source.scan();
  const stored: StoredSource = {
    name: 'later',
    kind: 's3',
    config: { ...DEFAULT_SOURCE, category: 'c' },
    settings: { bucket: BUCKET, endpoint: server.endpoint, start: 'now' },
    codeHash: null,
    added: later,
  };
  const hooks = { rules: () => null, write: () => {}, now: Date.now };
  const fromNow = S3Source.of(store, stored, hooks);
  await fromNow.scan();
  expect(fromNow.status().messages).toBe(0);
  const fromYesterday = S3Source.of(
    store,
    { ...stored, name: 'day', settings: { ...stored.settings, start: '-1d' } },
    hooks,
  );
  await fromYesterday.scan();
  expect(fromYesterday.status().messages).toBe(1);
  for (const one of [source, fromNow, fromYesterday]) await one.stop();
});

test('a damaged object leaves nothing, does not stop others, and is tried again later', async () => {
  const whole = gzipSync(Array.from({ length: 60_000 }, (_, n) => record(n % 250)).join('\n'));
  await server.put('a.log', 'before\n');
  await server.put('b.log.gz', whole.subarray(0, whole.length - 2000));
  await server.put('c.log', 'after\n');
  const source = sourceOf();
  await source.scan();
  expect(await storedTexts(store)).toEqual(['after', 'before']);
  expect(source.status()).toMatchObject({ objects: 2, messages: 2, failing: 1 });
  expect(events.join()).toMatch(/s3-object-failed.*b\.log\.gz.*damaged or cut short/);
  expect(store.ledger.entries()).toMatchObject([{ what: 'refused', where: `s3://${BUCKET}/b.log.gz` }]);
  const reads = server.reads;
  await source.scan();
  expect(server.reads).toBe(reads); // not before its time
  await server.put('b.log.gz', gzipSync('mended\n'));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await source.scan();
  expect(await storedTexts(store)).toEqual(['after', 'before', 'mended']);
  expect(source.status().failing).toBe(0);
  await source.stop();
});

test('a connection that breaks is taken up where it broke', async () => {
  const lines = Array.from({ length: 90_000 }, (_, n) => `line ${n} ${'x'.repeat(60)}`);
  await server.put('big.log', `${lines.join('\n')}\n`);
  let cuts = 2;
  server.fault = ({ url }) =>
    url.includes('big.log') && cuts-- > 0 ? { kind: 'cut', bytes: 1_000_003 } : null;
  await scanned();
  expect((await storedTexts(store)).length).toBe(lines.length);
  expect(new Set(await storedTexts(store))).toEqual(new Set(lines));
  expect(server.reads).toBe(3);
});

test('a service that answers with errors is asked again; a bucket that is not there is said', async () => {
  await server.put('one.log', 'first\n');
  let failures = 2;
  server.fault = () => (failures-- > 0 ? { kind: 'refuse', status: 503 } : null);
  await scanned();
  expect(await storedTexts(store)).toEqual(['first']);
  await expect(scanned({ bucket: 'absent' })).rejects.toThrow(
    'bucket `absent` of the S3 service cannot be read: there is no such bucket',
  );
});

test('a running source reads what arrives, and stops at once', async () => {
  const source = sourceOf();
  source.start();
  await server.put('one.log', 'first\n');
  await until(async () => (await storedTexts(store)).length === 1);
  await server.put('two.log', 'second\n');
  await until(async () => (await storedTexts(store)).length === 2);
  server.fault = () => ({ kind: 'refuse', status: 403 });
  await until(async () => source.status().problem !== null);
  expect(events.join()).toContain('s3-scan-failed');
  server.fault = () => null;
  await until(async () => source.status().problem === null);
  const began = performance.now();
  await source.stop();
  expect(performance.now() - began).toBeLessThan(500);
});

test('processing rules and the source definition apply as to files', async () => {
  await server.put('one.log', 'keep password=secret\ndrop this\n# comment\n');
  await scanned(
    {},
    {
      name: 'given',
      processingRules: [
        { type: 'exclude', regex: '#.*' },
        { type: 'exclude', regex: 'drop.*' },
        { type: 'mask', regex: 'password=(\\w+)', mask: '***' },
      ],
    },
  );
  expect(await storedTexts(store)).toEqual(['keep password=***']);
  expect(await storedTexts(store, '_sourceName')).toEqual(['given']);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen within 10 s');
}

test('many small commits do not leave ever more segments', async () => {
  for (let n = 0; n < 40; n++) {
    await server.put(`${n}.log`, `message ${n}\n`);
    await scanned();
  }
  let segments = Infinity;
  await until(async () => {
    segments = (await store.info()).segments;
    return segments < 16;
  });
  expect(await storedTexts(store)).toHaveLength(40);
});
