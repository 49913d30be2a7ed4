import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runWeir, scratch, startWeir } from './run-weir.ts';

const cwd = scratch();
const weir = (...args: readonly string[]) => runWeir(args, { cwd });

interface Receipt {
  readonly read: number;
  readonly stored: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly files: readonly { readonly path: string; readonly error: string | null }[];
}

writeFileSync(join(cwd, 'plain.log'), 'one 2024-06-01T00:00:00Z\n\ntwo 2024-06-01T00:00:01Z\n');
writeFileSync(join(cwd, 'packed'), gzipSync('three 2024-06-01T00:00:02Z\n'));
writeFileSync(join(cwd, 'broken.gz'), gzipSync('x'.repeat(10_000)).subarray(0, 20));
writeFileSync(
  join(cwd, 'source.yaml'),
  'category: from/file\nprocessingRules:\n  - { type: exclude, name: no two, regex: ".*two.*" }\n',
);
mkdirSync(join(cwd, 'folder'));
writeFileSync(join(cwd, 'folder', 'a.log'), 'four 2024-06-01T00:00:03Z\n');

test('an interrupted ingest says what it stored', async () => {
  const at = ['--store', 'interrupted'];
  const child = startWeir(['ingest', '-', '--category', 'c', '-o', 'json', ...at], { cwd, input: '' });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes');
  const told = Promise.all([text(stdout), text(stderr)]);
  // More than a pipe holds: once it is gone, much of it was read.
  await new Promise((resolve) => stdin.write('a message\n'.repeat(500_000), resolve));
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  const [out, err] = await told;
  const receipt = JSON.parse(out) as Receipt;
  expect({ code, err }).toEqual({ code: 130, err: 'error: interrupted; what the receipt says is stored\n' });
  expect(receipt.files).toMatchObject([{ path: '-', error: 'interrupted' }]);
  expect(receipt.stored).toBeGreaterThan(0);
  expect(receipt.read).toBe(receipt.stored);
  const stored = await weir('query', '* | count', ...at);
  expect(stored.out).toBe(`{"_count":${receipt.stored}}\n`);
});

describe.concurrent('weir ingest', () => {
  test('the receipt adds up, in words and as JSON; a missing file costs the exit code only', async () => {
    const paths = ['plain.log', 'packed', 'folder', 'nowhere.log', 'broken.gz'];
    const json = await weir('ingest', ...paths, '--category', 'c', '--store', 's1', '-o', 'json');
    const receipt = JSON.parse(json.out) as Receipt;
    const skipped = Object.values(receipt.skipped).reduce((sum, messages) => sum + messages, 0);
    expect(json.code).toBe(1);
    expect(receipt).toMatchObject({ stored: 4, skipped: { empty: 1 } });
    expect(receipt.read).toBe(receipt.stored + skipped);
    expect(receipt.files.filter(({ error }) => error !== null).map(({ path }) => path)).toEqual([
      'nowhere.log',
      'broken.gz',
    ]);
    const told = await weir('ingest', ...paths, '--category', 'd', '--store', 's1');
    expect(told).toMatchObject({ code: 1, out: '' });
    expect(told.err).toMatch(/^read +5 messages\nstored +4\nskipped +empty 1\n/);
    expect(told.err).toContain('failed   nowhere.log: no such file or folder');
    const { out } = await weir(
      'query',
      '* | count by _sourceCategory | sort _sourceCategory asc',
      '--store',
      's1',
    );
    expect(out).toBe('{"_sourceCategory":"c","_count":4}\n{"_sourceCategory":"d","_count":4}\n');
  });

  test('standard input, metadata and fields', async () => {
    const args = [
      'ingest',
      '-',
      '--category',
      'c',
      '--name',
      'n',
      '--host',
      'h',
      '--field',
      'team=blue',
      '--store',
      's2',
    ];
    expect(await runWeir(args, { cwd, input: 'hello\n' })).toMatchObject({ code: 0 });
    const { out } = await weir('query', 'team=blue', '--store', 's2');
    expect(JSON.parse(out)).toMatchObject({
      _raw: 'hello',
      _sourceCategory: 'c',
      _sourceName: 'n',
      _sourceHost: 'h',
      team: 'blue',
    });
  });

  test('a source definition, and what the command line says in its place', async () => {
    const { code, err } = await weir(
      'ingest',
      'plain.log',
      '--source',
      'source.yaml',
      '--host',
      'mine',
      '--store',
      's3',
    );
    expect(err).toMatch(/skipped .*excluded 1/);
    expect(code).toBe(0);
    const { out } = await weir('query', '* | count by _sourceCategory, _sourceHost', '--store', 's3');
    expect(out).toBe('{"_sourceCategory":"from/file","_sourceHost":"mine","_count":1}\n');
  });

  test.each([
    [['ingest'], 'missing required argument'],
    [['ingest', 'plain.log'], 'the messages need a category'],
    [['ingest', 'plain.log', '--category', 'c', '--format', 'xml'], 'the choices are auto, text, json'],
    [['ingest', 'plain.log', '--source', 'nowhere.yaml'], 'no such file'],
  ])('weir %j is a wrong request', async (args, message) => {
    const { code, err } = await weir(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test('a store in use says by whom, and can be read meanwhile', async () => {
    const writer = startWeir(['ingest', '-', '--category', 'c', '--store', 's4'], { cwd, input: '' });
    const ended = new Promise((resolve) => writer.once('close', resolve));
    writer.stdin?.write('a message\n');
    await expect
      .poll(async () => (await weir('store', 'info', '--store', 's4')).code, { timeout: 20_000 })
      .toBe(0);
    const [second, reader] = await Promise.all([
      weir('ingest', 'plain.log', '--category', 'c', '--store', 's4'),
      weir('query', '* | count', '--store', 's4'),
    ]);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(new RegExp(`is being written by process ${writer.pid}`));
    expect(reader).toMatchObject({ code: 0, out: '{"_count":0}\n' });
    writer.stdin?.end();
    await ended;
    expect((await weir('query', '* | count', '--store', 's4')).out).toBe('{"_count":1}\n');
  });

  test('a store where a file is', async () => {
    const { code, err } = await weir('ingest', 'plain.log', '--category', 'c', '--store', 'plain.log');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: `plain.log`: is there already, and is no folder\n',
    });
  });
});
