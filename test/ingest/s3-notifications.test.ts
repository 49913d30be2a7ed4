import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { S3Source } from '../../src/ingest/s3-source.ts';
import { DEFAULT_SOURCE } from '../../src/ingest/source-config.ts';
import { notifiedObjects } from '../../src/ingest/sqs-events.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { AwsTestServer } from './aws-server.ts';
import { BUCKET, S3TestServer } from './s3-server.ts';
import { storedTexts } from './stored-texts.ts';

let bucket: S3TestServer;
let aws: AwsTestServer;
let folder: string;
let store: Store;
let source: S3Source;
let events: string[];

beforeEach(async () => {
  bucket = await S3TestServer.start();
  aws = await AwsTestServer.start();
  folder = await mkdtemp(join(tmpdir(), 'weir-sqs-'));
  store = await openStore(folder, { mode: 'write' });
  events = [];
  source = newSource();
});

afterEach(async () => {
  await source.stop();
  await store.close();
  await aws.stop();
  await bucket.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A source that scans only at its beginning: everything else must come by notifications. */
function newSource(on: Pick<Store, 'bulk' | 'checkpoint' | 'documents' | 'ledger'> = store): S3Source {
  return S3Source.of(
    on,
    {
      name: 'flows',
      kind: 's3',
      config: { ...DEFAULT_SOURCE, category: 'c' },
      settings: {
        bucket: BUCKET,
        path: 'flows/*',
        endpoint: bucket.endpoint,
        start: 'all',
        scanInterval: '1h',
        notifications: aws.queueUrl,
      },
      codeHash: null,
      added: Date.now(),
    },
    {
      rules: () => null,
      now: Date.now,
      write: (_level, event, details) => events.push(`${event} ${JSON.stringify(details)}`),
    },
  );
}

function created(key: string, more: object = {}, name = 'ObjectCreated:Put'): string {
  const object = {
    key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
    size: 10,
    ...more,
  };
  return JSON.stringify({
    Records: [{ eventSource: 'aws:s3', eventName: name, s3: { bucket: { name: BUCKET }, object } }],
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not happen within 5 s');
}

const scanned = () => until(() => source.status().lastScan !== null);

test('objects are read as they are told of, and messages deleted once their data is stored', async () => {
  source.start();
  await scanned();
  await bucket.put('flows/a b+c.log', 'one\n');
  aws.send(created('flows/a b+c.log'));
  await until(() => aws.queue.length === 0);
  expect(await storedTexts(store)).toEqual(['one']);
  await bucket.put('flows/two.log.gz', gzipSync('two\n'));
  aws.send(JSON.stringify({ Type: 'Notification', Message: created('flows/two.log.gz') }));
  await bucket.put('flows/three.log', 'three\n');
  const detail = { bucket: { name: BUCKET }, object: { key: 'flows/three.log', size: 6 } };
  aws.send(JSON.stringify({ source: 'aws.s3', 'detail-type': 'Object Created', detail }));
  await until(() => aws.queue.length === 0);
  expect(await storedTexts(store)).toEqual(['one', 'three', 'two']);
});

test('what is told twice, or was found by a scan, is stored once', async () => {
  await bucket.put('flows/one.log', 'one\n');
  aws.send(created('flows/one.log'));
  source.start();
  await until(() => aws.queue.length === 0 && source.status().lastScan !== null);
  aws.send(created('flows/one.log'));
  aws.send(created('flows/one.log'));
  await until(() => aws.queue.length === 0);
  expect(await storedTexts(store)).toEqual(['one']);
});

test('a message stays in the queue while its data is not stored, and after a crash before it was deleted', async () => {
  aws.visibility = 200;
  let broken = true;
  await source.stop();
  source = newSource({
    ledger: store.ledger,
    documents: store.documents,
    checkpoint: (name) => store.checkpoint(name),
    bulk() {
      if (broken) throw new Error('the disk is full');
      return store.bulk();
    },
  });
  source.start();
  await scanned();
  await bucket.put('flows/one.log', 'one\n');
  aws.send(created('flows/one.log'));
  await until(() => events.some((event) => event.includes('the disk is full')));
  expect(aws.queue).toHaveLength(1);
  broken = false;
  await until(() => aws.queue.length === 0);
  expect(await storedTexts(store)).toEqual(['one']);
  await source.stop();
  // The data is there, the deletion did not happen: the message comes again after the restart.
  aws.send(created('flows/one.log'));
  await store.close();
  store = await openStore(folder, { mode: 'write' });
  source = newSource();
  source.start();
  await until(() => aws.queue.length === 0);
  expect(await storedTexts(store)).toEqual(['one']);
});

test('test events, removals, other buckets, other keys and objects that are gone are taken off the queue', async () => {
  source.start();
  await scanned();
  await bucket.put('other/one.log', 'not this\n');
  aws.send(JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: BUCKET }));
  aws.send(created('flows/one.log', {}, 'ObjectRemoved:Delete'));
  aws.send(created('other/one.log'));
  aws.send(created('flows/gone.log'));
  aws.send(created('flows/one.log').replace(`"name":"${BUCKET}"`, '"name":"elsewhere"'));
  await until(() => aws.queue.length === 0);
  expect(await storedTexts(store)).toEqual([]);
  expect(events.filter((event) => !event.startsWith('s3-objects'))).toEqual([]);
});

test('what is no notification stays in the queue and is told', async () => {
  source.start();
  await scanned();
  aws.send('{"hello":"world"}');
  await until(() => events.length > 0);
  expect(events[0]).toMatch(/s3-message-not-understood.*hello/);
  expect(aws.queue).toHaveLength(1);
  expect(store.ledger.entries()).toMatchObject([{ why: 'a queue message is no notification of a bucket' }]);
});

test('a damaged object keeps its message, until it can be read', async () => {
  aws.visibility = 300;
  source.start();
  await scanned();
  await bucket.put('flows/bad.log.gz', gzipSync('x'.repeat(10_000)).subarray(0, 20));
  await bucket.put('flows/good.log', 'good\n');
  aws.send(created('flows/bad.log.gz'));
  aws.send(created('flows/good.log'));
  await until(() => aws.queue.length === 1 && source.status().failing === 1);
  expect(await storedTexts(store)).toEqual(['good']);
});

test('every version that is told of is read once, in whatever order', async () => {
  source.start();
  await scanned();
  bucket.versioned = true;
  const first = await bucket.put('flows/one.log', 'first\n');
  const second = await bucket.put('flows/one.log', 'second\n');
  aws.send(created('flows/one.log', { versionId: second }));
  await until(() => aws.queue.length === 0);
  aws.send(created('flows/one.log', { versionId: first }));
  aws.send(created('flows/one.log', { versionId: second }));
  await until(() => aws.queue.length === 0);
  await source.scan();
  await source.scan();
  expect(await storedTexts(store)).toEqual(['first', 'second']);
});

test('an event without the parts of one is no notification', () => {
  for (const body of [
    '',
    'text',
    '[]',
    '{"Records":[{}]}',
    '{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"%"}}}]}',
    '{"Message":"text"}',
  ])
    expect(notifiedObjects(body), body).toBeNull();
  expect(notifiedObjects('{"Records":[]}')).toEqual([]);
});
