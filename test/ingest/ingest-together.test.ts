import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileSource } from '../../src/ingest/compile-source.ts';
import { ingest } from '../../src/ingest/ingest.ts';
import { ingestTogether } from '../../src/ingest/ingest-together.ts';
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

async function together(name: string, signal = new AbortController().signal, onProgress = () => {}) {
  const store = await openStore(join(directory, name), { mode: 'write' });
  const writer = store.bulk();
  const request = { paths: [file], config, rules: [rule], partitions: [], writer, signal, onProgress };
  const tally = await ingestTogether(request);
  await writer.commit();
  return { store, tally };
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
  const { store, tally } = await together('several');
  const alone = await openStore(join(directory, 'alone'), { mode: 'write' });
  const writer = alone.bulk();
  const source = compileSource(config);
  if (!source.ok) throw new Error('the source must compile');
  const expected = await ingest({
    paths: [file],
    format: 'auto',
    source: source.value,
    rules: compileRules([rule]),
    now: Date.now,
    sink: (batch) => writer.add(batch),
  });
  await writer.commit();
  const comparable = (counts: typeof expected | null) => {
    const { skipped, flagged, extracted, read, stored, files, bytesIn } = counts ?? expected;
    return { skipped, flagged, extracted, read, stored, files, bytesIn };
  };
  expect(tally).not.toBe(null);
  expect(comparable(tally)).toEqual(comparable(expected));
  expect((await store.info()).segments).toBeGreaterThan(1);
  // Messages without a time have that of their arrival, which differs: they are only counted.
  const timed = (texts: readonly string[]) => texts.filter((text) => !text.includes('something else'));
  const [there, wanted] = [await messages(store), await messages(alone)];
  const [timedThere, timedWanted] = [timed(there), timed(wanted)];
  expect(there.length).toBe(wanted.length);
  expect(timedThere.length).toBe(timedWanted.length);
  expect(timedThere.findIndex((text, at) => text !== timedWanted[at])).toBe(-1);
  await store.close();
  await alone.close();
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
  const { store, tally } = await together('interrupted', stop.signal, () => stop.abort());
  expect(tally?.stored).toBeGreaterThan(0);
  expect(tally?.stored).toBeLessThan(LINES);
  expect(tally?.files).toMatchObject([{ error: 'interrupted' }]);
  expect((await store.info()).messages).toBe(tally?.stored);
  await store.close();
}, 120_000);
