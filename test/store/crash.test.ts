import { expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { MemoryDisk, randomFrom, type Survival } from './memory-disk.ts';
import { keyword, messages, rawOf } from './messages.ts';

/** What a workload sent, and what the store promised to keep. */
interface Promises {
  readonly sent: Set<string>;
  readonly kept: Set<string>;
  readonly deleted: Set<string>;
}

const DIRECTORY = '/store';
const open = (disk: MemoryDisk): Promise<Store> =>
  openStore(DIRECTORY, { mode: 'write', disk, now: () => 1_700_000_000_000 });

/** Everything that a store does to its disk, in little. Stops at the first error. */
async function workload(disk: MemoryDisk, promises: Promises): Promise<void> {
  const { sent, kept, deleted } = promises;
  const append = async (store: Store, name: string, batchId?: string): Promise<void> => {
    const lines = [`${name} one ${'x'.repeat(600)}`, `${name} two`, `2 1 ${name} 3`, `2 7 ${name} 4`];
    for (const line of lines) sent.add(line);
    await store.append(messages(lines), batchId === undefined ? {} : { batchId });
    for (const line of lines) kept.add(line);
  };
  let store = await open(disk);
  await append(store, 'first', 'id1');
  await Promise.all([append(store, 'second', 'id2'), append(store, 'third'), append(store, 'fourth')]);
  await store.flush();
  await append(store, 'fifth', 'id5');
  await store.documents.put('rules', 'a rule', 'text');
  await store.flush();
  await append(store, 'sixth');
  // Appends that come while a flush runs.
  const flush = store.flush();
  const appends = [0, 1, 2, 3, 4, 5, 6].map((turns) => after(turns, () => append(store, `during${turns}`)));
  await Promise.all([flush, ...appends]);
  const bulk = store.bulk();
  const lines = ['bulk a', 'bulk b'];
  for (const line of lines) sent.add(line);
  await bulk.add(messages(lines));
  await bulk.commit({ name: 'bulk', text: 'done' });
  for (const line of lines) kept.add(line);
  await store.compact();
  const gone = [...kept].filter((line) => line.split(' ').includes('third'));
  for (const line of gone) kept.delete(line);
  await store.delete({ filter: keyword('third') });
  for (const line of gone) deleted.add(line);
  await append(store, 'seventh', 'id7');
  await store.close();
  store = await open(disk);
  await append(store, 'eighth');
  await store.append(messages(['not again']), { batchId: 'id1' });
  await store.close();
}

/** Does something some turns of the event loop later. */
async function after(turns: number, work: () => Promise<void>): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  for (let turn = 0; turn < turns >> 1; turn++) await new Promise((resolve) => setImmediate(resolve));
  await work();
}

function newPromises(): Promises {
  return { sent: new Set(), kept: new Set(), deleted: new Set() };
}

/** Opens a crashed disk and checks the promise: acknowledged ⊆ readable ⊆ sent, nothing twice, nothing deleted back. */
async function check(disk: MemoryDisk, promises: Promises, what: string): Promise<void> {
  let store = await open(disk);
  const rows = await rawOf(store);
  const readable = new Set(rows.map(String));
  expect(readable.size, `${what}: doubles`).toBe(rows.length);
  for (const line of promises.kept)
    expect(readable.has(line), `${what}: lost \`${line.slice(0, 20)}\``).toBe(true);
  for (const line of promises.deleted)
    expect(readable.has(line), `${what}: back \`${line.slice(0, 20)}\``).toBe(false);
  for (const line of readable) expect(promises.sent.has(line), `${what}: never sent`).toBe(true);
  const [set, aside] = [
    store.ledger.entries().length,
    [...disk.names.keys()].filter((name) => name.includes('set-aside')),
  ];
  expect((await store.verify()).damages, what).toEqual([]);
  await store.append(messages(['after the crash']));
  // A second power loss right after: recovery changes nothing more.
  store = await open(disk.crashed('nothing'));
  expect(await rawOf(store), `${what}: second recovery`).toEqual([...rows, 'after the crash'].toSorted());
  await store.close();
  expect(set, what).toBeLessThanOrEqual(8);
  expect(aside.length, what).toBeLessThanOrEqual(8);
}

async function operationsOfWorkload(): Promise<number> {
  const disk = new MemoryDisk();
  const promises = newPromises();
  await workload(disk, promises);
  await check(disk.crashed('nothing'), promises, 'without a crash');
  return disk.operations;
}

test('a power loss after any operation keeps what was acknowledged', async () => {
  const operations = await operationsOfWorkload();
  expect(operations).toBeGreaterThan(100);
  const random = randomFrom(Number(process.env.WEIR_SEED ?? 1));
  const states = Number(process.env.WEIR_CRASH_STATES ?? 500);
  const perOperation = Math.max(1, Math.ceil(states / operations) - 2);
  const survivals: Survival[] = ['all', 'nothing', ...new Array<Survival>(perOperation).fill(random)];
  for (let at = 1; at <= operations; at++) {
    const disk = new MemoryDisk();
    disk.fault = { at, how: 'crash' };
    const promises = newPromises();
    await workload(disk, promises).catch((error: unknown) => {
      if (!String(error).includes('ECRASHED') && !causedByCrash(error)) throw error;
    });
    for (const survival of survivals) await check(disk.crashed(survival), promises, `crash at ${at}`);
  }
}, 600_000);

test('a power loss during recovery keeps it too', async () => {
  const random = randomFrom(7);
  const operations = await operationsOfWorkload();
  for (let round = 0; round < 60; round++) {
    const disk = new MemoryDisk();
    disk.fault = { at: 1 + Math.floor(random() * operations), how: 'crash' };
    const promises = newPromises();
    await workload(disk, promises).catch(() => {});
    let next = disk.crashed(random);
    for (let more = 0; more < 3; more++) {
      next.fault = { at: 1 + Math.floor(random() * 25), how: 'crash' };
      await open(next)
        .then((store) => store.flush())
        .catch(() => {});
      next = next.crashed(random);
    }
    await check(next, promises, `round ${round}`);
  }
}, 600_000);

function causedByCrash(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message.includes('ECRASHED');
}

for (const how of ['EIO', 'ENOSPC', 'EMFILE', 'short'] as const) {
  test(`${how} at any operation is answered with an error, and nothing acknowledged is lost`, async () => {
    const operations = await operationsOfWorkload();
    const random = randomFrom(how.length);
    for (let at = 1; at <= operations; at++) {
      const disk = new MemoryDisk();
      disk.fault = { at, how };
      const promises = newPromises();
      await workload(disk, promises).catch((error: unknown) => {
        expect(error, `${how} at ${at}`).toBeInstanceOf(Error);
      });
      await new Promise((resolve) => setImmediate(resolve));
      disk.fault = null;
      await check(disk.crashed(random), promises, `${how} at ${at}`);
    }
  }, 600_000);
}

test('a failed sync of the log makes the store read-only, with a clear error', async () => {
  const disk = new MemoryDisk();
  const store = await open(disk);
  await store.append(messages(['safe']));
  disk.operations = 0;
  disk.fault = { at: 1, how: 'EIO', only: 'sync' };
  await expect(store.append(messages(['unsure']))).rejects.toThrow(
    'the store is read-only: syncing the log failed (EIO)',
  );
  disk.fault = null;
  expect(() => store.append(messages(['later']))).toThrow('the store is read-only');
  expect((await rawOf(store))[0]).toBe('safe');
  await store.close();
});
