import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileSource } from '../../src/ingest/compile-source.ts';
import { ingest } from '../../src/ingest/ingest.ts';
import { ingestTogether } from '../../src/ingest/ingest-together.ts';
import type { Tally } from '../../src/ingest/receipt.ts';
import { DEFAULT_SOURCE } from '../../src/ingest/source-config.ts';
import { compileRules } from '../../src/rules/compile-rules.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { rowsOf } from '../store/messages.ts';

const config = { ...DEFAULT_SOURCE, category: 'flows' };
const rule: Rule = {
  name: 'ports',
  description: null,
  appliedAt: 'ingest',
  scope: '*',
  parse: 'parse "* * * * * *" as version, account, eni, source, port, rest nodrop | where port != "13"',
  enabled: true,
  examples: [],
};
const LINES = 240_000;

let directory = '';
let file = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-together-'));
  file = join(directory, 'flows.log');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function line(row: number): string {
  if (row % 5000 === 77) return '';
  if (row % 4001 === 9) return `something else ${row}`;
  const start = 1_700_000_000 + (row % 1000);
  return `2 123456789012 eni-0a1b2c3d4e5f60718 10.0.${row % 256}.7 ${row % 50} 10.1.1.1 443 6 ${row} 840 ${start} ${start + 60} ACCEPT OK`;
}

/** A CloudWatch subscription event with so many records. */
function event(records: number) {
  return {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: 'flows',
    logStream: 'eni-1',
    subscriptionFilters: ['all'],
    logEvents: Array.from({ length: records }, (_, row) => ({
      id: String(row),
      timestamp: 1_700_000_000_000 + row,
      message: line(row + 100),
    })),
  };
}

async function together(
  name: string,
  { paths = [file], signal = new AbortController().signal, onProgress = () => {} } = {},
) {
  const store = await openStore(join(directory, name), { mode: 'write' });
  const writer = store.bulk();
  const format = 'auto' as const;
  const request = { paths, format, config, rules: [rule], partitions: [], writer, signal, onProgress };
  const tally = await ingestTogether(request);
  await writer.commit();
  return { store, tally };
}

async function alone(paths: readonly string[]) {
  const store = await openStore(join(directory, 'alone'), { mode: 'write' });
  const writer = store.bulk();
  const source = compileSource(config);
  if (!source.ok) throw new Error('the source must compile');
  const tally = await ingest({
    paths,
    format: 'auto',
    source: source.value,
    rules: compileRules([rule]),
    now: Date.now,
    sink: (batch) => writer.add(batch),
  });
  await writer.commit();
  return { store, tally };
}

/** What must be the same however files are read. */
const comparable = ({ skipped, flagged, extracted, read, stored, files, bytesIn }: Tally) => ({
  skipped,
  flagged,
  extracted,
  read,
  stored,
  files,
  bytesIn,
});

async function expectSameMessages(there: Store, wanted: Store): Promise<void> {
  // Messages without a time have that of their arrival, which differs: they are only counted.
  const timed = (texts: readonly string[]) => texts.filter((text) => !text.includes('something else'));
  const [found, expected] = [await messages(there), await messages(wanted)];
  const [timedThere, timedWanted] = [timed(found), timed(expected)];
  expect(found.length).toBe(expected.length);
  expect(timedThere.length).toBe(timedWanted.length);
  expect(timedThere.findIndex((text, at) => text !== timedWanted[at])).toBe(-1);
}

/** Messages with two fields, the newest first. */
async function messages(store: Store): Promise<string[]> {
  const found = await rowsOf(store, { fields: ['_raw', '_messageTime', 'port'], order: 'newest' });
  return found.map((row) =>
    JSON.stringify([row.get('_raw'), row.get('_messageTime'), row.get('port') ?? null]),
  );
}

test('several threads store what one stores, in the order of arrival', async () => {
  await writeFile(file, Array.from({ length: LINES }, (_, row) => line(row)).join('\n'));
  const several = await together('several');
  const one = await alone([file]);
  expect(several.tally).not.toBe(null);
  expect(comparable(several.tally ?? one.tally)).toEqual(comparable(one.tally));
  expect((await several.store.info()).segments).toBeGreaterThan(1);
  await expectSameMessages(several.store, one.store);
  await several.store.close();
  await one.store.close();
}, 120_000);

test('files of any kind are read by several threads, each as a whole where it must be', async () => {
  const lines = Array.from({ length: LINES * 1.5 }, (_, row) => line(row));
  const quarter = lines.length / 4;
  const part = (number: number) => lines.slice(number * quarter, (number + 1) * quarter).join('\n');
  const files: [string, string | Buffer][] = [
    ['a.log.gz', gzipSync(part(0))],
    ['b.log', part(1)],
    ['c.log.gz', gzipSync(part(2)).subarray(0, -100_000)],
    ['d.log.gz', gzipSync(`version account-id srcaddr start end action\n${part(3)}`)],
    ['e.json', JSON.stringify(event(300))],
    ['empty.log', ''],
    ...Array.from({ length: 200 }, (_, number): [string, string] => [
      `small/${number}.log`,
      line(number + 80),
    ]),
  ];
  await mkdir(join(directory, 'in', 'small'), { recursive: true });
  for (const [name, content] of files) await writeFile(join(directory, 'in', name), content);
  const paths = [join(directory, 'in'), join(directory, 'absent')];
  const several = await together('several', { paths });
  const one = await alone(paths);
  expect(several.tally).not.toBe(null);
  expect(comparable(several.tally ?? one.tally)).toEqual(comparable(one.tally));
  expect(one.tally.files.filter(({ error }) => error !== null).length).toBe(2);
  expect(one.tally.files.find(({ path }) => path.endsWith('c.log.gz'))?.stored).toBeGreaterThan(1000);
  await expectSameMessages(several.store, one.store);
  await several.store.close();
  await one.store.close();
}, 120_000);

test('files with another header in the middle are left to one thread, and nothing is kept of the try', async () => {
  const lines = Array.from({ length: LINES }, (_, row) => line(row));
  lines[LINES / 2] = 'version account-id interface-id srcaddr dstaddr start end action';
  await writeFile(file, lines.join('\n'));
  const { store, tally } = await together('ordered');
  expect(tally).toBe(null);
  expect((await store.info()).messages).toBe(0);
  await store.close();
}, 120_000);

test('an interruption keeps what was read', async () => {
  await writeFile(file, Array.from({ length: LINES }, (_, row) => line(row)).join('\n'));
  const stop = new AbortController();
  const { store, tally } = await together('interrupted', {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  expect(tally?.stored).toBeGreaterThan(0);
  expect(tally?.stored).toBeLessThan(LINES);
  expect(tally?.files).toMatchObject([{ error: 'interrupted' }]);
  expect((await store.info()).messages).toBe(tally?.stored);
  await store.close();
}, 120_000);
