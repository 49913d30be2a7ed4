import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rowOf } from '../../src/engine/columns/batch.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import { openStore } from '../../src/store/store.ts';
import { flowLines, flowMessages, messages, rowsOf } from './messages.ts';

const folder = join(import.meta.dirname, '../data/stores');

/** What every golden store holds: see `write`. */
function batches() {
  const flows = flowLines(60, 20);
  const json = flows
    .slice(0, 20)
    .map((line, row) => JSON.stringify({ message: line, logStream: `s${row % 3}`, id: row }));
  const values: Value[] = [1, 2.5, null, true, 'text', '007', '', -0, 1e300, false];
  const mixed = values.map((_, row) => `plain message, number ${row}`);
  return {
    first: [flowMessages(flows)],
    second: [
      messages(json, {
        category: 'json',
        fields: new Map([['stream', json.map((_, row) => `s${row % 3}`)]]),
      }),
    ],
    tail: [messages(mixed, { category: 'mixed', fields: new Map([['any', values]]) })],
  };
}

/** Writes the golden store of this version: two segments, a log that was not flushed, a document. */
async function write(target: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-golden-'));
  const store = await openStore(directory, { mode: 'write', now: () => 1_700_000_000_000 });
  const { first, second, tail } = batches();
  await store.append(first, { batchId: 'golden' });
  await store.flush();
  await store.append(second);
  await store.flush();
  await store.append(tail);
  await store.documents.put('rules', 'a rule', 'name: a rule\n');
  await cp(directory, target, {
    recursive: true,
    filter: (path) => !path.endsWith('/lock') && !path.endsWith('/reserve'),
  });
  await store.close();
  await rm(directory, { recursive: true });
}

if (process.env.WEIR_WRITE_GOLDEN !== undefined) await write(join(folder, process.env.WEIR_WRITE_GOLDEN));

for (const name of await readdir(folder)) {
  test(`the store of ${name} is read by this version`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'weir-golden-'));
    try {
      await cp(join(folder, name), directory, { recursive: true });
      const store = await openStore(directory, { mode: 'write' });
      const { first, second, tail } = batches();
      const rows = await rowsOf(store);
      for (const batch of [...first, ...second, ...tail]) {
        for (let row = 0; row < batch.length; row++) {
          const expected = rowOf(batch, row);
          const found = rows.some((stored) =>
            batch.schema.names.every((field, at) =>
              Object.is(stored.get(field) ?? null, expected[at] ?? null),
            ),
          );
          expect(found, `${expected[0]}`).toBe(true);
        }
      }
      expect(rows.length).toBe(90);
      expect(await store.documents.get('rules', 'a rule')).toBe('name: a rule\n');
      await store.append(messages(['again']), { batchId: 'golden' });
      expect((await store.info()).messages).toBe(90);
      await store.compact();
      expect((await store.verify()).damages).toEqual([]);
      expect((await rowsOf(store)).length).toBe(90);
      await store.close();
      expect((await readFile(join(directory, 'manifest'), 'utf8')).startsWith('weir-store 1 ')).toBe(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
}
