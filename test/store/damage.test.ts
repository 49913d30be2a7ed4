import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { MemoryDisk } from './memory-disk.ts';
import { flowLines, flowMessages, messages, rawOf } from './messages.ts';

const DIRECTORY = '/store';

async function fileOf(disk: MemoryDisk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  return file.readAt(0, file.size());
}

async function overwrite(disk: MemoryDisk, path: string, change: (bytes: Uint8Array) => void): Promise<void> {
  const bytes = await fileOf(disk, path);
  change(bytes);
  const file = await disk.open(path, 'write');
  await file.truncate(0);
  await file.writeAt(0, bytes);
}

/** A store with two segments and a log, left open as by a crash. */
async function made(): Promise<{ disk: MemoryDisk; lines: string[] }> {
  const disk = new MemoryDisk();
  const lines = flowLines(30, 10);
  const store = await openStore(DIRECTORY, { mode: 'write', disk });
  await store.append(flowMessages(lines.slice(0, 10)));
  await store.flush();
  await store.append(flowMessages(lines.slice(10, 20)));
  await store.flush();
  await store.append(flowMessages(lines.slice(20)));
  return { disk: disk.crashed('all'), lines };
}

test('flipping any byte of a store gives an error, a note in the ledger or the right rows: never wrong ones', async () => {
  const { disk, lines } = await made();
  const known = new Set(lines);
  const step = Number(process.env.WEIR_FLIP_STEP ?? 13);
  const files = [...disk.names.keys()].filter((name) => !name.endsWith('reserve') && !name.endsWith('lock'));
  let clean = 0;
  for (const path of files) {
    const { length } = await fileOf(disk, path);
    for (let at = 0; at < length; at += step) {
      const damaged = disk.crashed('all');
      await overwrite(damaged, path, (bytes) => {
        bytes[at]! ^= 1 << (at & 7);
      });
      const what = `${path} byte ${at}`;
      const store = await openStore(DIRECTORY, { mode: 'write', disk: damaged });
      try {
        const rows = await rawOf(store);
        for (const row of rows) expect(known.has(String(row)), what).toBe(true);
        if (rows.length < lines.length) expect(store.ledger.entries().length, what).toBeGreaterThan(0);
        else clean++;
      } catch (error) {
        expect(error, what).toMatchObject({ name: 'StoreError', reason: 'damaged' });
        const report = await store.verify({ setAside: true });
        expect(report.damages.length, what).toBe(1);
        expect((await rawOf(store)).length, what).toBe(20);
        expect(store.ledger.entries().at(-1), what).toMatchObject({ what: 'set-aside', messages: 10 });
      }
      await store.close();
    }
  }
  expect(clean).toBeGreaterThan(10);
}, 120_000);

test('verify finds damage that no query met, and set-aside keeps the file', async () => {
  const { disk } = await made();
  const segment = [...disk.names.keys()].find((name) => name.endsWith('.arrow'))!;
  await overwrite(disk, segment, (bytes) => {
    bytes[40]! ^= 1;
  });
  const store = await openStore(DIRECTORY, { mode: 'write', disk });
  expect((await store.verify()).damages).toMatchObject([
    { what: 'the checksum of the file is wrong', messages: 10 },
  ]);
  await store.verify({ setAside: true });
  expect((await store.verify()).damages).toEqual([]);
  expect([...disk.names.keys()].filter((name) => name.includes('set-aside')).length).toBe(1);
  expect((await store.info()).messages).toBe(20);
  await store.close();
});

test('a store whose manifest is lost or damaged is put together from its segments and logs', async () => {
  const { disk, lines } = await made();
  for (const how of ['gone', 'damaged', 'empty']) {
    const broken = disk.crashed('all');
    if (how === 'gone') await broken.remove('/store/manifest');
    else {
      await overwrite(broken, '/store/manifest', (bytes) => bytes.fill(how === 'empty' ? 0 : 65, 3));
    }
    const store = await openStore(DIRECTORY, { mode: 'write', disk: broken });
    expect(await rawOf(store), how).toEqual(lines.toSorted());
    await store.append(messages(['more']), { batchId: 'b' });
    await store.close();
    const again = await openStore(DIRECTORY, { mode: 'read', disk: broken });
    expect((await rawOf(again)).length, how).toBe(lines.length + 1);
    await again.close();
  }
});

test('a segment that is cut short or missing is noted, and the rest is there', async () => {
  const { disk } = await made();
  for (const how of ['cut', 'missing']) {
    const broken = disk.crashed('all');
    const segment = [...broken.names.keys()].find((name) => name.endsWith('.arrow'))!;
    if (how === 'missing') await broken.remove(segment);
    else await (await broken.open(segment, 'write')).truncate(100);
    const store = await openStore(DIRECTORY, { mode: 'write', disk: broken });
    expect((await rawOf(store)).length, how).toBe(20);
    expect(store.ledger.entries(), how).toMatchObject([{ what: 'set-aside', messages: 10 }]);
    await store.close();
  }
});

test('a store of a newer version is said to be one', async () => {
  const { disk } = await made();
  await overwrite(disk, '/store/manifest', (bytes) => {
    bytes.set(new TextEncoder().encode('weir-store 9'));
  });
  for (const mode of ['read', 'write'] as const) {
    await expect(openStore(DIRECTORY, { mode, disk })).rejects.toThrow(
      'the store `/store` is of format 9; this version of weir reads up to 1',
    );
  }
});

test('what the disk refuses is answered, and the store goes on once there is room', async () => {
  const disk = new MemoryDisk();
  const store = await openStore(DIRECTORY, { mode: 'write', disk });
  await store.append(messages(['kept']));
  disk.operations = 0;
  disk.fault = { at: 1, how: 'short', only: 'write' };
  await expect(store.append(messages(['refused']))).rejects.toThrow(
    'the disk is full: the batch was not stored',
  );
  disk.fault = null;
  await store.append(messages(['kept too']));
  expect(await rawOf(store)).toEqual(['kept', 'kept too']);
  await store.close();
});

test('delete and compact use the reserve when the disk is full', async () => {
  const disk = new MemoryDisk();
  const store = await openStore(DIRECTORY, { mode: 'write', disk });
  for (const line of ['a 1', 'b 2', 'c 3']) {
    await store.append(messages([line, `${line} more`]));
    await store.flush();
  }
  for (const act of [() => store.compact(), () => store.retention({ maxAge: 0 })]) {
    expect(disk.names.has('/store/reserve')).toBe(true);
    disk.operations = 0;
    disk.fault = { at: 1, how: 'ENOSPC', only: 'write' };
    await act();
    disk.fault = null;
    await store.append(messages(['again']));
    await store.flush();
  }
  expect(await rawOf(store)).toEqual(['again']);
  await store.close();
});

test('many tiny appends stay cheap and in order', async () => {
  const store = await openStore(DIRECTORY, { mode: 'write', disk: new MemoryDisk() });
  const lines = Array.from({ length: 800 }, (_, row) => `message ${row}`);
  await Promise.all(lines.map((line) => store.append(messages([line], { times: [1_700_000_000_000] }))));
  const scan = await store.source().scan((await import('./messages.ts')).request());
  let batches = 0;
  for await (const batch of scan.batches()) batches += batch.length > 0 ? 1 : 0;
  expect(batches).toBeLessThan(20);
  expect(await rawOf(store, { order: 'newest' })).toEqual(lines.toReversed());
  await store.close();
});

test('only disk.ts of the store uses the file system', async () => {
  const folder = join(import.meta.dirname, '../../src/store');
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.ts') || name === 'disk.ts') continue;
    const text = await readFile(join(folder, name), 'utf8');
    expect(/from '(?:node:)?fs(?:\/promises)?'|require\(|process\.binding/.test(text), name).toBe(false);
  }
});
