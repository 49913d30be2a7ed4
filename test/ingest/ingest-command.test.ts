import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { AwsTestServer } from './aws-server.ts';
import { BUCKET, S3TestServer } from './s3-server.ts';
import { storedTexts } from './stored-texts.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-command-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs `weir` over the store of the test. */
async function weir(...args: readonly string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args, '--store', join(folder, 'store')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  for await (const chunk of child.stderr.setEncoding('utf8')) err += chunk as string;
  const code = await new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.on('close', resolve);
  });
  return { code, err };
}

async function stored(): Promise<string[]> {
  const store = await openStore(join(folder, 'store'), { mode: 'read' });
  try {
    return await storedTexts(store);
  } finally {
    await store.close();
  }
}

test('files of CloudWatch events are enriched as the source file says', async () => {
  const aws = await AwsTestServer.start();
  try {
    aws.interfaces = [
      { id: 'eni-1', subnet: 'subnet-1', vpc: 'vpc-1', groups: ['sg-1'], addresses: ['10.0.0.5'] },
    ];
    const message =
      '2 123456789010 eni-1 198.51.100.7 10.0.0.5 443 50123 6 12 3400 1418530010 1418530070 ACCEPT OK';
    const event = {
      messageType: 'DATA_MESSAGE',
      owner: '123456789010',
      logGroup: 'flows',
      logStream: 'eni-1-all',
      subscriptionFilters: ['f'],
      logEvents: [{ id: '1', timestamp: 1418530010000, message }],
    };
    await writeFile(join(folder, 'events.json'), JSON.stringify(event));
    const source = `category: c\ncloudwatch:\n  format: VPC-JSON\n  includeLogInfo: true\n  interfaces: { region: eu-west-1, endpoint: "${aws.endpoint}" }\n`;
    await writeFile(join(folder, 'source.yaml'), source);
    const run = await weir('ingest', join(folder, 'events.json'), '--source', join(folder, 'source.yaml'));
    expect(run.code, run.err).toBe(0);
    const [text] = await stored();
    expect(JSON.parse(text ?? '')).toEqual({
      message,
      logStream: 'eni-1-all',
      logGroup: 'flows',
      'security-group-ids': ['sg-1'],
      direction: 'inbound',
      'subnet-id': 'subnet-1',
      'vpc-id': 'vpc-1',
      'aws-region': 'eu-west-1',
    });
  } finally {
    await aws.stop();
  }
});

test('an address of objects is read with what the source file says of the service; mistakes are told', async () => {
  const server = await S3TestServer.start();
  try {
    await server.put('a/one.log', 'one\n');
    await server.put('b/two.log', 'two\n');
    await writeFile(
      join(folder, 'source.yaml'),
      `category: c\ns3: { endpoint: "${server.endpoint}", bucket: unused }\n`,
    );
    const run = await weir('ingest', `s3://${BUCKET}/a/`, '--source', join(folder, 'source.yaml'));
    expect(run.code, run.err).toBe(0);
    expect(run.err).toContain('stored     1');
    expect(await stored()).toEqual(['one']);
    const mixed = await weir('ingest', `s3://${BUCKET}/a/`, 'file.log', '--category', 'c');
    expect(mixed.code).toBe(2);
    expect(mixed.err).toContain('`file.log` is no address of objects in a bucket');
    const absent = await weir('ingest', 's3://absent/', '--source', join(folder, 'source.yaml'));
    expect(absent.code).toBe(1);
    expect(absent.err).toContain('there is no such bucket');
  } finally {
    await server.stop();
  }
});

test('a source of a bucket is checked when it is added', async () => {
  const add = async (s3: string) => {
    await writeFile(join(folder, 'source.yaml'), `category: c\ns3: ${s3}\n`);
    return await weir('sources', 'add', 's3', 'flows', '--file', join(folder, 'source.yaml'));
  };
  const wrong = await add(
    '{ path: 1, scanInterval: 0.5, start: soon, notifications: here, extra: 1, forcePathStyle: maybe }',
  );
  expect(wrong.code).toBe(2);
  for (const part of [
    '`s3.bucket` is missing',
    '`s3.scanInterval`',
    '`s3.start`',
    '`s3.notifications.queue`',
    'unknown key `extra`',
    '`s3.forcePathStyle`',
  ])
    expect(wrong.err).toContain(part);
  expect((await weir('sources', 'add', 's3', 'flows', '--category', 'c')).code).toBe(2);
  const right = await add('{ bucket: b, path: "AWSLogs/*/vpcflowlogs/*", scanInterval: 5m, start: -7d }');
  expect(right.code, right.err).toBe(0);
});
