import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { flowLines, flowMessages, messages, rawOf, rowsOf } from './messages.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-store-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

test('what was appended is read back, from the log, from segments and after reopening', async () => {
  const lines = ['a first line', 'a second, longer line', ''];
  let store = await openStore(directory, { mode: 'write' });
  await store.append(messages(lines));
  expect(await rawOf(store)).toEqual(lines.toSorted());
  await store.flush();
  expect(await rawOf(store)).toEqual(lines.toSorted());
  await store.append(messages(['one more']));
  await store.close();
  store = await openStore(directory, { mode: 'write' });
  expect(await rawOf(store)).toEqual([...lines, 'one more'].toSorted());
  const [first] = await rowsOf(store);
  expect([...(first ?? [])]).toEqual([
    ['_raw', 'a first line'],
    ['_messageTime', 1_700_000_000_000],
    ['_receiptTime', 1_700_000_999_999],
    ['_sourceCategory', 'test'],
    ['_sourceName', 'name'],
    ['_sourceHost', 'host'],
    ['_size', 12],
  ]);
  await store.close();
});

test('a store that is opened again without a close still has what was acknowledged', async () => {
  const store = await openStore(directory, { mode: 'write' });
  await store.append(messages(['kept']));
  const reader = await openStore(directory, { mode: 'read' });
  expect(await rawOf(reader)).toEqual(['kept']);
  await store.append(messages(['kept too']));
  expect(await rawOf(reader)).toEqual(['kept', 'kept too']);
  await store.close();
  expect(await rawOf(reader)).toEqual(['kept', 'kept too']);
});

test('a batch id seen before is acknowledged and not stored again, also after reopening', async () => {
  let store = await openStore(directory, { mode: 'write' });
  await Promise.all([1, 2, 3].map(() => store.append(messages(['once']), { batchId: 'b1' })));
  await store.append(messages(['once']), { batchId: 'b1' });
  await store.close();
  store = await openStore(directory, { mode: 'write' });
  await store.append(messages(['once']), { batchId: 'b1' });
  await store.append(messages(['twice']), { batchId: 'b2' });
  expect(await rawOf(store)).toEqual(['once', 'twice']);
  await store.close();
});

test('bulk writes appear at their commit, with the checkpoint', async () => {
  const lines = flowLines(3000, 50);
  let store = await openStore(directory, { mode: 'write' });
  const bulk = store.bulk();
  await bulk.add(flowMessages(lines.slice(0, 1000)));
  await bulk.add(flowMessages(lines.slice(1000)));
  expect(await rawOf(store)).toEqual([]);
  const receipt = await bulk.commit({ name: 'file', text: '3000' });
  expect(receipt.messages).toBe(3000);
  expect(await rawOf(store)).toEqual(lines.toSorted());
  await store.close();
  store = await openStore(directory, { mode: 'write' });
  expect(store.checkpoint('file')).toBe('3000');
  expect(await rawOf(store)).toEqual(lines.toSorted());
  await store.close();
});

test('a large bulk write goes through another thread, with every kind of column', async () => {
  const lines = flowLines(150_000, 1000);
  const store = await openStore(directory, { mode: 'write' });
  const bulk = store.bulk();
  for (let from = 0; from < lines.length; from += 10_000) {
    await bulk.add(flowMessages(lines.slice(from, from + 10_000)));
    // The thread needs a moment to start; a batch is worth nothing before.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { messages: stored } = await bulk.commit();
  expect(stored).toBe(lines.length);
  await bulk.add(messages(['one more'], { fields: new Map([['flag', [true]]]) }));
  await bulk.commit();
  expect(await rawOf(store)).toEqual([...lines, 'one more'].toSorted());
  const rows = await rowsOf(store, { fields: ['_raw', 'src_ip', 'flag'] });
  const row = rows.find((candidate) => candidate.get('_raw') === lines[77]);
  expect(row?.get('src_ip')).toBe(lines[77]?.split(' ')[3]);
  expect(rows.filter((candidate) => candidate.get('flag') === true).length).toBe(1);
  expect((await store.verify()).damages).toEqual([]);
  const another = store.bulk();
  await another.add(messages(['never']));
  await another.abort();
  await store.close();
  const again = await openStore(directory, { mode: 'read' });
  expect((await again.info()).messages).toBe(lines.length + 1);
}, 120_000);

test('a large log is flushed by another thread, in the order of arrival', async () => {
  const store = await openStore(directory, { mode: 'write' });
  const lines = Array.from({ length: 140_000 }, (_, row) => `message ${row} of many`);
  const times = new Array<number>(10_000).fill(1_700_000_000_000);
  for (let from = 0; from < lines.length; from += 10_000) {
    await store.append(messages(lines.slice(from, from + 10_000), { times }));
  }
  await Promise.all([store.flush(), store.append(messages(['the last'], { times: [1_700_000_000_000] }))]);
  await store.append(messages(['after it'], { times: [1_700_000_000_000] }));
  const newest = await rawOf(store, { order: 'newest' });
  expect(newest.slice(0, 3)).toEqual(['after it', 'the last', 'message 139999 of many']);
  expect(newest.slice(2)).toEqual(lines.toReversed());
  await store.close();
  const again = await openStore(directory, { mode: 'read' });
  expect((await again.info()).messages).toBe(140_002);
  expect((await again.verify()).damages).toEqual([]);
}, 120_000);

test('a second writer is told who has the store', async () => {
  const store = await openStore(directory, { mode: 'write' });
  await expect(openStore(directory, { mode: 'write' })).rejects.toThrow('is being written by this process');
  await store.close();
  await (await openStore(directory, { mode: 'write' })).close();
});

test('a missing store is said to be missing', async () => {
  await expect(openStore(join(directory, 'none'), { mode: 'read' })).rejects.toThrow('there is no store in');
});

test('newest first, over log and segments whose times overlap, ties by arrival', async () => {
  const store = await openStore(directory, { mode: 'write' });
  const time = (second: number): number => 1_700_000_000_000 + second * 1000;
  await store.append(messages(['a', 'b', 'c'], { times: [time(5), time(1), time(9)] }));
  await store.flush();
  await store.append(messages(['d', 'e', 'f'], { times: [time(5), time(7), time(1)] }));
  await store.flush();
  await store.append(messages(['g', 'h'], { times: [time(5), time(20)] }));
  expect(await rawOf(store, { order: 'newest' })).toEqual(['h', 'c', 'e', 'g', 'd', 'a', 'f', 'b']);
  expect(await rawOf(store, { order: 'newest', limit: 4 })).toEqual(['h', 'c', 'e', 'g']);
  expect(await rawOf(store, { time: { from: time(5), to: time(9) } })).toEqual(['a', 'd', 'e', 'g']);
  await store.close();
});
