import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { QueryFailure } from '../../src/engine/define.ts';
import { ALL_TIME, type ScanRequest } from '../../src/engine/source.ts';
import { findFiles } from '../../src/ingest/files.ts';
import { filesSource } from '../../src/ingest/files-source.ts';
import { type IngestProgress, type IngestRequest, ingest } from '../../src/ingest/ingest.ts';
import { receiptJson, receiptText } from '../../src/ingest/receipt.ts';
import { addsUp, column, inPieces, type Row, rowsOf, settingsOf, texts } from './collected.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-ingest-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function run(paths: readonly string[], more: Partial<IngestRequest> = {}) {
  const rows: Row[] = [];
  const tally = await ingest({
    ...settingsOf(),
    paths,
    rules: null,
    sink: async (batch) => {
      rows.push(...rowsOf(batch));
    },
    ...more,
  });
  expect(addsUp(tally)).toBe(true);
  return { rows, tally };
}

describe('paths', () => {
  test('folders to all depths in order, globs, each file once', async () => {
    file('tree/b/2.log', 'b2\n');
    file('tree/a.log', 'a\n');
    file('tree/b/1.log', 'b1\n');
    file('tree/.hidden', 'no\n');
    file('tree/empty.log', '');
    const result = await run([
      join(folder, 'tree'),
      join(folder, 'tree/**/*.log'),
      join(folder, 'tree/a.log'),
    ]);
    expect(texts(result)).toEqual(['a', 'b1', 'b2']);
    expect(result.tally.files.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      'tree/a.log',
      'tree/b/1.log',
      'tree/b/2.log',
      'tree/empty.log',
    ]);
    expect(column(result.rows, '_sourceName')[0]).toBe(join(folder, 'tree/a.log'));
  });

  test('a path that exists is no glob', async () => {
    const path = file('odd[1]*.log', 'x\n');
    expect(texts(await run([path]))).toEqual(['x']);
  });

  test('links that go in a circle end', async () => {
    file('circle/x.log', 'x\n');
    symlinkSync(join(folder, 'circle'), join(folder, 'circle/again'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'circle/dangling'));
    const result = await run([join(folder, 'circle')]);
    expect(texts(result)).toEqual(['x']);
    expect(result.tally.files.map(({ error }) => error)).toContain('no such file or folder');
  });

  test('what is not there is told, and the rest goes on', async () => {
    const path = file('there.log', 'x\n');
    const result = await run([
      join(folder, 'missing'),
      join(folder, '*.nothing'),
      path,
      `${path}/below`,
      'a\0b',
    ]);
    expect(texts(result)).toEqual(['x']);
    expect(result.tally.files.filter(({ error }) => error !== null).map(({ error }) => error)).toEqual([
      'no such file or folder',
      'no file matches',
      'no such file or folder',
      'a path cannot contain a NUL',
    ]);
  });

  test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
    const path = file('secret.log', 'x\n');
    chmodSync(path, 0);
    const result = await run([path]);
    expect(result.tally.files[0]?.error).toBe('no permission to read it');
  });

  test('standard input', async () => {
    const result = await run(['-', '-'], { stdin: inPieces(gzipSync('a\nb\n'), 3) });
    expect(texts(result)).toEqual(['a', 'b']);
    expect(column(result.rows, '_sourceName')).toEqual(['stdin', 'stdin']);
    expect((await findFiles(['-'])).files).toEqual([{ path: '-', size: null }]);
  });
});

describe('an ingest', () => {
  test('reports what became of every file', async () => {
    const whole = gzipSync(
      Array.from({ length: 20_000 }, (_, n) => `line ${(n * 7919) % 100_003}`).join('\n'),
    );
    const cut = file('cut.gz', whole.subarray(0, whole.length - 2000));
    const good = file('good.log', '2021-01-01T00:00:00Z a\n\n2022-01-01T00:00:00Z b\n');
    const { tally } = await run([cut, good]);
    const [first, second] = tally.files;
    expect(first?.error).toMatch(/damaged or cut short/);
    expect(first?.stored).toBeGreaterThan(0);
    expect(second).toMatchObject({ format: 'text', read: 3, stored: 2, error: null });
    expect(tally.bytesIn).toBe(whole.length - 2000 + 47);
    const text = receiptText(tally.receipt(1234));
    expect(text).toMatch(/failed {3}.*cut\.gz: its gzip data/);
    expect(text).toMatch(/skipped {4}empty 1/);
    expect(text).toMatch(/time {7}2021-01-01T00:00:00.000Z to 2024-01-01/);
    const json = JSON.parse(receiptJson(tally.receipt(1234)));
    expect(json).toMatchObject({ read: tally.read, skipped: { empty: 1 }, bytesOnDisk: 1234 });
    expect(json.from).toBe(Date.parse('2021-01-01'));
  });

  test('waits for the sink, and ends when it fails', async () => {
    const path = file('many.log', 'x'.repeat(99).concat('\n').repeat(100_000));
    let running = 0;
    const { tally } = await run([path], {
      sink: async () => {
        expect(++running).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
      },
    });
    expect(tally.stored).toBe(100_000);
    const failing = run([path], { sink: () => Promise.reject(new Error('disk full')) });
    await expect(failing).rejects.toThrow('disk full');
  });

  test('tells its progress and can be stopped', async () => {
    const path = file('many.log', 'x'.repeat(99).concat('\n').repeat(100_000));
    const seen: IngestProgress[] = [];
    await run([path], { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ path, bytes: 10_000_000, totalBytes: 10_000_000 });
    expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
    const stop = new AbortController();
    const { tally } = await run([path, path], { signal: stop.signal, sink: async () => stop.abort() });
    expect(tally.stored).toBeGreaterThan(0);
    expect(tally.stored).toBeLessThan(100_000);
    expect(tally.read).toBe(tally.stored);
    expect(tally.files).toMatchObject([{ error: 'interrupted', stored: tally.stored }]);
  });

  test('given metadata and fields; a header’s value comes before a given one', async () => {
    const path = file('flow.log', 'srcaddr region\na eu\nonly-one\n');
    const result = await run([path], {
      ...settingsOf({ category: 'c', name: 'n', host: 'h', fields: { region: 'us', team: 't' } }),
    });
    expect(column(result.rows, 'region')).toEqual(['eu', 'us']);
    expect(column(result.rows, 'team')).toEqual(['t', 't']);
    expect(column(result.rows, '_sourceCategory')).toEqual(['c', 'c']);
    expect(column(result.rows, '_sourceName')).toEqual(['n', 'n']);
    expect(column(result.rows, '_sourceHost')).toEqual(['h', 'h']);
  });

  test('as JSON: values of any layout, elements of arrays and of `Records`', async () => {
    const values = file('values.json', '{"a":\n 1}\n{"b":[2]} {"c":"}"}');
    const array = file('array.json', '[{"a":1.50}, "x,y", 12345678901234567890, null, [1, 2]]');
    const records = file('records.json', '{\n  "Records": [{"n":1},\n {"n":2}]\n}');
    const broken = file('broken.json', '{"a":1}\nnot json\n{"b":');
    const settings = settingsOf({}, 'json');
    expect(texts(await run([values], settings))).toEqual(['{"a":\n 1}', '{"b":[2]}', '{"c":"}"}']);
    expect(texts(await run([array], settings))).toEqual([
      '{"a":1.50}',
      '"x,y"',
      '12345678901234567890',
      'null',
      '[1, 2]',
    ]);
    expect(texts(await run([records], settings))).toEqual(['{"n":1}', '{"n":2}']);
    const odd = await run([broken], settings);
    expect(texts(odd)).toEqual(['{"a":1}', 'not json', '{"b":']);
    expect(odd.tally.flagged.get('not-json')).toBe(2);
  });
});

describe('files as a source', () => {
  const request: ScanRequest = {
    fields: null,
    time: ALL_TIME,
    timeBasis: 'message',
    filter: { kind: 'all', span: { start: 0, end: 0 } },
    order: 'any',
    limit: null,
    batchRows: 1000,
    signal: new AbortController().signal,
  };

  async function scanned(paths: readonly string[], more: Partial<ScanRequest> = {}) {
    const told: string[] = [];
    const source = await filesSource({
      ...settingsOf({ category: 'c' }),
      paths,
      rules: null,
      onProblem: (path, message) => told.push(`${path}: ${message}`),
    });
    const scan = await source.scan({ ...request, ...more });
    const rows: Row[] = [];
    for await (const batch of scan.batches()) rows.push(...rowsOf(batch));
    return { rows, told, source, scan };
  }

  test('gives all fields, or those that are read', async () => {
    const path = file('flow.log', 'srcaddr account-id start\na 1 1700000000\n');
    expect([...(await scanned([path])).rows[0]!.keys()]).toEqual([
      '_raw',
      '_messageTime',
      '_receiptTime',
      '_sourceCategory',
      '_sourceName',
      '_sourceHost',
      '_size',
      'srcaddr',
      'account_id',
      'start',
    ]);
    const some = await scanned([path], { fields: ['SRCADDR'] });
    expect(some.rows[0]!.get('srcaddr')).toBe('a');
    expect(some.rows[0]!.has('account_id')).toBe(false);
    expect(some.rows[0]!.get('_messageTime')).toBe(null);
    const dashed = await scanned([path], { fields: ['account-id'], order: 'newest' });
    expect(dashed.rows[0]!.get('account_id')).toBe('1');
    expect(dashed.rows[0]!.get('_messageTime')).toBe(1700000000000);
    const ranged = await scanned([path], { fields: [], time: { from: 0, to: 5 } });
    expect(ranged.rows[0]!.get('_messageTime')).toBe(1700000000000);
    expect(some.scan.statistics()).toMatchObject({ rows: 1, segments: 1 });
    expect(some.source.description).toBe(path);
  });

  test('tells what cannot be read, and reads the rest', async () => {
    const path = file('good.log', 'x\n');
    const cut = file('cut.gz', gzipSync('y\n'.repeat(1000)).subarray(0, 20));
    const { rows, told } = await scanned([cut, path, join(folder, 'missing')]);
    expect(texts({ rows } as never)).toContain('x');
    expect(told.length).toBe(2);
    await expect(scanned([join(folder, 'missing')])).rejects.toThrow(QueryFailure);
  });

  test('ends early without an error when aborted', async () => {
    const stop = new AbortController();
    const path = file('many.log', 'x'.repeat(99).concat('\n').repeat(100_000));
    const source = await filesSource({ ...settingsOf(), paths: [path], rules: null, onProblem: () => {} });
    let rows = 0;
    for await (const batch of (await source.scan({ ...request, signal: stop.signal })).batches()) {
      rows += batch.length;
      stop.abort();
    }
    expect(rows).toBeLessThan(100_000);
  });
});
