import { expect, test } from 'vitest';
import { KnownObjects, type KnownObjectsStore, keyHash } from '../../src/ingest/s3-known-objects.ts';

/** Checkpoints and documents in memory; a checkpoint counts once it is committed. */
function memoryStore() {
  const checkpoints = new Map<string, string>();
  const documents = new Map<string, string>();
  const store = {
    checkpoint: (name: string) => checkpoints.get(name) ?? null,
    documents: {
      get: async (_kind: string, name: string) => documents.get(name) ?? null,
      put: async (_kind: string, name: string, text: string) => {
        documents.set(name, text);
      },
      remove: async (_kind: string, name: string) => documents.delete(name),
    },
  } as unknown as KnownObjectsStore;
  const commit = async (known: KnownObjects): Promise<void> => {
    const { name, text } = await known.checkpoint();
    checkpoints.set(name, text);
    await known.committed();
  };
  return { store, commit, checkpoints, documents };
}

test('what is committed is known after a restart, what is not is not', async () => {
  const { store, commit } = memoryStore();
  const known = await KnownObjects.open(store, 'a');
  known.add('one', 'etag1', null);
  await commit(known);
  known.add('two', 'etag2', null);
  await known.checkpoint();
  const again = await KnownObjects.open(store, 'a');
  expect([
    again.hasRead('one', 'etag1'),
    again.hasRead('one', 'other'),
    again.hasRead('two', 'etag2'),
  ]).toEqual([true, false, false]);
  expect((await KnownObjects.open(store, 'b')).size).toBe(0);
});

test('rollback brings back what was known before', async () => {
  const { store, commit } = memoryStore();
  const known = await KnownObjects.open(store, 'a');
  known.add('one', 'etag1', null);
  await commit(known);
  known.add('one', 'etag2', null);
  known.add('two', 'etag3', null);
  known.remove([keyHash('one')]);
  known.rollback();
  expect([
    known.hasRead('one', 'etag1'),
    known.hasRead('one', 'etag2'),
    known.hasRead('two', 'etag3'),
  ]).toEqual([true, false, false]);
  known.add('three', 'etag4', null);
  await commit(known);
  const again = await KnownObjects.open(store, 'a');
  expect(again.size).toBe(2);
  expect(again.hasRead('one', 'etag1')).toBe(true);
});

test('many objects stay known over many commits, in a checkpoint that stays small', async () => {
  const { store, commit, checkpoints, documents } = memoryStore();
  let known = await KnownObjects.open(store, 'a');
  for (let n = 0; n < 12_000; n++) {
    known.add(`key ${n}`, `etag ${n}`, null);
    if (n % 2500 === 17) known.remove([keyHash(`key ${n - 1}`)]);
    if (n % 100 === 99) await commit(known);
    // A restart now and then, also between writing a document and the checkpoint that names it.
    if (n % 1000 === 500) {
      await commit(known);
      known = await KnownObjects.open(store, 'a');
    }
  }
  await commit(known);
  const again = await KnownObjects.open(store, 'a');
  expect(again.size).toBe(12_000 - 5);
  expect(again.hasRead('key 11999', 'etag 11999')).toBe(true);
  expect(again.hasRead('key 2516', 'etag 2516')).toBe(false);
  expect([...checkpoints.values()].join().length).toBeLessThan(60_000);
  expect(documents.size).toBe(1);
});

test('a crash after the document and before the checkpoint changes nothing', async () => {
  const { store, commit } = memoryStore();
  const known = await KnownObjects.open(store, 'a');
  for (let n = 0; n < 1000; n++) known.add(`key ${n}`, 'etag', null);
  await commit(known);
  known.add('one more', 'etag', null);
  await known.checkpoint();
  const again = await KnownObjects.open(store, 'a');
  expect(again.size).toBe(1000);
  for (let n = 0; n < 50; n++) again.add(`later ${n}`, 'etag', null);
  await commit(again);
  expect((await KnownObjects.open(store, 'a')).size).toBe(1050);
});

test('the last versions of an object are known', async () => {
  const { store, commit } = memoryStore();
  const known = await KnownObjects.open(store, 'a');
  for (let n = 0; n < 20; n++) known.add('one', `etag ${n}`, `version ${n}`);
  await commit(known);
  const again = await KnownObjects.open(store, 'a');
  expect(again.hasRead('one', 'other', 'version 19')).toBe(true);
  expect(again.hasRead('one', 'other', 'version 4')).toBe(true);
  expect(again.hasRead('one', 'other', 'version 3')).toBe(false);
  expect(again.hasRead('one', 'etag 19', 'version of the same content')).toBe(true);
});
