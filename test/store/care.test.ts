import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { fieldIs, flowLines, flowMessages, keyword, messages, rawOf, request, rowsOf } from './messages.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-store-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

test('compaction joins segments without changing a row', async () => {
  const lines = flowLines(900, 40);
  const store = await openStore(directory, { mode: 'write' });
  for (let part = 0; part < 9; part++) {
    await store.append(flowMessages(lines.slice(part * 100, part * 100 + 100)));
    if (part < 5) await store.flush();
  }
  const before = await rowsOf(store, { order: 'newest' });
  await store.flush();
  expect((await store.info()).segments).toBe(6);
  expect(await store.compact()).toBe(5);
  expect((await store.info()).segments).toBe(1);
  expect(await rowsOf(store, { order: 'newest' })).toEqual(before);
  expect((await store.verify()).damages).toEqual([]);
  await store.close();
});

test('many small segments are joined in the background, while scans that began before go on', async () => {
  const store = await openStore(directory, { mode: 'write', flushRows: 10 });
  const lines = flowLines(400);
  await store.append(flowMessages(lines.slice(0, 100)));
  await store.flush();
  const scan = await store.source().scan(request({ fields: ['_raw'], order: 'newest' }));
  const before = scan.batches()[Symbol.asyncIterator]();
  const first = await before.next();
  for (let part = 10; part < 40; part++) {
    await store.append(flowMessages(lines.slice(part * 10, part * 10 + 10)));
    await store.flush();
  }
  await store.compact();
  let rows = first.done === true ? 0 : first.value.length;
  for (let next = await before.next(); next.done !== true; next = await before.next())
    rows += next.value.length;
  expect(rows).toBe(100);
  expect(await rawOf(store)).toEqual(lines.toSorted());
  await store.close();
});

test('delete removes what matches, from the log too, and nothing else', async () => {
  const store = await openStore(directory, { mode: 'write' });
  const lines = flowLines(500, 25);
  await store.append(flowMessages(lines.slice(0, 300)));
  await store.flush();
  await store.append(flowMessages(lines.slice(300)));
  await store.append(messages(['other data REJECT'], { category: 'other' }));
  const rejected = lines.filter((line) => line.includes('REJECT'));
  expect(rejected.length).toBeGreaterThan(10);
  expect(await store.delete({ filter: keyword('reject') })).toBe(rejected.length + 1);
  expect(await rawOf(store)).toEqual(lines.filter((line) => !line.includes('REJECT')).toSorted());
  expect(await store.delete({ filter: fieldIs('_sourceCategory', 'aws/*') })).toBe(
    lines.length - rejected.length,
  );
  expect(await rawOf(store)).toEqual([]);
  await store.close();
  const again = await openStore(directory, { mode: 'write' });
  expect(await rawOf(again)).toEqual([]);
  await again.close();
});

test('retention by age and by bytes', async () => {
  const now = 1_700_000_100_000;
  const store = await openStore(directory, { mode: 'write', now: () => now });
  await store.append(messages(['old', 'older'], { times: [now - 5000, now - 6000] }));
  await store.append(messages(['new'], { times: [now - 1000] }));
  await store.flush();
  expect(await store.retention({ maxAge: 5500 })).toBe(1);
  expect(await rawOf(store)).toEqual(['new', 'old']);
  await store.append(messages(['newest'], { times: [now] }));
  await store.flush();
  expect(await store.retention({ maxBytes: 1 })).toBe(3);
  expect(await rawOf(store)).toEqual([]);
  await store.close();
});

test('a snapshot is a store of its own', async () => {
  const store = await openStore(directory, { mode: 'write' });
  await store.documents.put('rules', 'my rule/../..', 'name: x');
  await store.append(messages(['before']));
  const copy = join(directory, 'copy');
  await store.snapshot(copy);
  await store.append(messages(['after']));
  await store.delete({ filter: keyword('before') });
  const other = await openStore(copy, { mode: 'write' });
  expect(await rawOf(other)).toEqual(['before']);
  expect(await other.documents.get('rules', 'my rule/../..')).toBe('name: x');
  expect(await rawOf(store)).toEqual(['after']);
  await expect(store.snapshot(copy)).rejects.toThrow('is not empty');
  await other.close();
  await store.close();
});

test('documents are listed by name, replaced whole and removed', async () => {
  const store = await openStore(directory, { mode: 'write' });
  for (const name of ['b', '../a', '..', 'ünï', '__proto__', 'x-y'])
    await store.documents.put('lookups', name, `text of ${name}`);
  await store.documents.put('lookups', 'b', 'another');
  expect(await store.documents.list('lookups')).toEqual(
    ['..', '../a', '__proto__', 'b', 'ünï', 'x-y'].sort(),
  );
  expect(await store.documents.get('lookups', '..')).toBe('text of ..');
  expect(await store.documents.get('lookups', 'b')).toBe('another');
  expect(await store.documents.remove('lookups', 'b')).toBe(true);
  expect(await store.documents.remove('lookups', 'b')).toBe(false);
  expect(await store.documents.get('lookups', 'b')).toBe(null);
  await expect(store.documents.put('lookups', 'ü'.repeat(100), '')).rejects.toThrow('cannot be a name');
  await store.close();
  const reader = await openStore(directory, { mode: 'read' });
  expect(await reader.documents.get('lookups', 'ünï')).toBe('text of ünï');
  await expect(reader.documents.put('lookups', 'c', '')).rejects.toThrow('reading only');
});
