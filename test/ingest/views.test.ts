import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collectRows, runQuery } from '../../src/index.ts';
import { refreshViews } from '../../src/ingest/refresh-views.ts';
import { addPartition } from '../../src/ingest/stored-partitions.ts';
import { addView, storedView } from '../../src/ingest/stored-views.ts';
import { checkView } from '../../src/ingest/view.ts';
import { openSharedStore, type SharedStore } from '../../src/store/shared-store.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { MemoryDisk } from '../store/memory-disk.ts';
import { everything, fieldIs, messages, request } from '../store/messages.ts';

const T = Date.UTC(2024, 0, 1);
const MINUTE = 60_000;
const QUERY = '* | parse "ms=*" as ms | timeslice 1m | sum(ms) as s, count as c by _timeslice';

async function opened(disk = new MemoryDisk()): Promise<Store> {
  return await openStore('/store', { mode: 'write', disk });
}

/** A message every half minute from `from` on, in minutes. */
async function fill(store: Store, from: number, to: number): Promise<void> {
  const times = Array.from({ length: (to - from) * 2 }, (_, row) => T + from * MINUTE + row * 30_000);
  await store.append(
    messages(
      times.map((_, row) => `ms=${row + 1}`),
      { times },
    ),
  );
}

async function rowsOf(store: Store, query: string) {
  const { run, diagnostics } = await runQuery(query, store.source());
  if (run === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return (await collectRows(run)).rows;
}

function viewOf(query: string, from: number | null = T) {
  return { name: 'v', query, from };
}

describe('refreshing', () => {
  test('adds complete slices once, and only those', async () => {
    const store = await opened();
    await fill(store, 0, 5);
    await addView(store.documents, viewOf(QUERY), T);
    const now = () => T + 3.5 * MINUTE;
    expect(await refreshViews(store, { now })).toEqual([
      { name: 'v', rows: 3, until: T + 3 * MINUTE, problem: null },
    ]);
    expect(await refreshViews(store, { now })).toMatchObject([{ rows: 0, until: T + 3 * MINUTE }]);
    expect(await rowsOf(store, '_view=v | sum(s) as s, sum(c) as c, count')).toEqual([[21, 6, 3]]);
    expect(await refreshViews(store, { now: () => T + 9 * MINUTE })).toMatchObject([
      { rows: 2, until: T + 5 * MINUTE },
    ]);
    expect(await rowsOf(store, '_view=v | sum(s) as s, sum(c) as c, count')).toEqual([[55, 10, 5]]);
    await store.close();
  });

  test('a slice waits for late messages as long as it is told', async () => {
    const store = await opened();
    await fill(store, 0, 3);
    await addView(store.documents, viewOf(QUERY), T);
    expect(await refreshViews(store, { now: () => T + 2 * MINUTE, delay: MINUTE })).toMatchObject([
      { rows: 1 },
    ]);
    await store.close();
  });

  test('slices after the last message are made when there are messages for them', async () => {
    const store = await opened();
    await fill(store, 0, 2);
    await addView(store.documents, viewOf(QUERY), T);
    const now = () => T + 100 * MINUTE;
    await refreshViews(store, { now });
    await fill(store, 10, 12);
    expect(await refreshViews(store, { now })).toMatchObject([{ rows: 2, until: T + 12 * MINUTE }]);
    await store.close();
  });

  test('begins where it was told, at the start of that slice', async () => {
    const store = await opened();
    await fill(store, 0, 4);
    await addView(store.documents, viewOf(QUERY, T + 2.5 * MINUTE), T);
    await refreshViews(store, { now: () => T + 4 * MINUTE });
    expect(
      await rowsOf(store, '_view=v | count by _timeslice | fields _timeslice | sort by _timeslice asc'),
    ).toEqual([[T + 2 * MINUTE], [T + 3 * MINUTE]]);
    await store.close();
  });

  test('rows are messages: columns are fields, the time is the slice, the text is JSON', async () => {
    const store = await opened();
    await fill(store, 0, 1);
    await addView(store.documents, viewOf(`${QUERY}, _sourceCategory`), T);
    await refreshViews(store, { now: () => T + MINUTE });
    const { run } = await runQuery('_view=v', store.source());
    const { names, rows } = await collectRows(run ?? expect.fail());
    const row = new Map(names.map((name, at) => [name, rows[0]?.[at]]));
    expect(row.get('_raw')).toBe(`{"_timeslice":${T},"_sourceCategory":"test","s":3,"c":2}`);
    expect(row.get('_messageTime')).toBe(T);
    expect(row.get('_sourceCategory')).toBe('test');
    expect(row.get('_index')).toBe('v');
    expect(row.get('s')).toBe(3);
    expect(names).not.toContain('_viewName');
    await store.close();
  });

  test('searches that name no index do not find them', async () => {
    const store = await opened();
    await fill(store, 0, 2);
    await addView(store.documents, viewOf(QUERY), T);
    await refreshViews(store, { now: () => T + 2 * MINUTE });
    expect(await rowsOf(store, '* | count')).toEqual([[4]]);
    expect(await rowsOf(store, '_index=_default | count')).toEqual([[4]]);
    expect(await rowsOf(store, '_index=* | count')).toEqual([[6]]);
    expect(await store.delete({ filter: { kind: 'all', span: { start: 0, end: 0 } } })).toBe(4);
    expect(await rowsOf(store, '_view=v | count')).toEqual([[2]]);
    await store.close();
  });

  test('threads that share a scan do not find them either', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-views-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const store = await openStore(directory, { mode: 'write' });
    await fill(store, 0, 2);
    await store.flush();
    await addView(store.documents, viewOf(QUERY), T);
    await refreshViews(store, { now: () => T + 2 * MINUTE });
    for (const [filter, count] of [
      [everything, 4],
      [fieldIs('_view', 'v'), 2],
    ] as const) {
      const asked = request({ filter });
      for (const where of ['here', 'elsewhere']) {
        const shared = (await store.source().share(asked)) ?? expect.fail();
        const scan =
          where === 'here'
            ? shared.scan
            : openSharedStore(shared.input as SharedStore, shared.counter, asked);
        let rows = 0;
        for await (const batch of scan.batches()) rows += batch.length;
        expect(rows, where).toBe(count);
      }
    }
    await store.close();
  });

  test('a row that does not say its slice has the time of it', async () => {
    const store = await opened();
    await fill(store, 0, 3);
    await addView(store.documents, viewOf('* | timeslice 1m | count'), T);
    await refreshViews(store, { now: () => T + 3 * MINUTE });
    expect(
      await rowsOf(store, '_view=v | sum(_count) as n by _messageTime | sort by _messageTime asc'),
    ).toEqual([
      [T, 2],
      [T + MINUTE, 2],
      [T + 2 * MINUTE, 2],
    ]);
    await store.close();
  });

  test('stages after the aggregate see one slice at a time', async () => {
    const store = await opened();
    await fill(store, 0, 3);
    await addView(store.documents, viewOf(`${QUERY} | total s as all`), T);
    await refreshViews(store, { now: () => T + 3 * MINUTE });
    expect(await rowsOf(store, '_view=v | where all = s | count')).toEqual([[3]]);
    await store.close();
  });

  test('messages may be the rows', async () => {
    const store = await opened();
    await fill(store, 0, 3);
    await addView(store.documents, viewOf('"ms=4" | parse "ms=*" as ms', null), T);
    await refreshViews(store, { now: () => T + 3 * MINUTE });
    expect(await rowsOf(store, '_view=v | count by _raw, ms, _messageTime')).toEqual([
      ['ms=4', '4', T + 1.5 * MINUTE, 1],
    ]);
    await store.close();
  });

  test('a view that fails does not stop the others', async () => {
    const store = await opened();
    await fill(store, 0, 1);
    await addView(
      store.documents,
      { ...viewOf('* | lookup x from nowhere on _raw=y | timeslice 1m | count by _timeslice'), name: 'a' },
      T,
    );
    await addView(store.documents, viewOf(QUERY), T + 1);
    expect(await refreshViews(store, { now: () => T + MINUTE })).toMatchObject([
      { name: 'a', rows: 0, problem: expect.stringContaining('nowhere') },
      { name: 'v', rows: 1, problem: null },
    ]);
    expect(await refreshViews(store, { name: 'V', now: () => T + MINUTE })).toMatchObject([
      { name: 'v', rows: 0 },
    ]);
    await store.close();
  });

  test('a power loss at any moment makes no row missing or double', async () => {
    const prepared = async () => {
      const disk = new MemoryDisk();
      const store = await opened(disk);
      await fill(store, 0, 4);
      await addView(store.documents, viewOf(QUERY), T);
      await refreshViews(store, { now: () => T + 2 * MINUTE });
      return { disk, store };
    };
    const now = () => T + 4 * MINUTE;
    const { disk: whole, store: first } = await prepared();
    const before = whole.operations;
    await refreshViews(first, { now });
    const operations = whole.operations - before;
    expect(operations).toBeGreaterThan(5);
    for (let at = 1; at <= operations; at++) {
      const { disk, store } = await prepared();
      disk.fault = { at: disk.operations + at, how: 'crash' };
      await refreshViews(store, { now }).catch(() => {});
      for (const survival of ['nothing', 'all'] as const) {
        const again = await opened(disk.crashed(survival));
        await refreshViews(again, { now });
        expect(await rowsOf(again, '_view=v | sum(s) as s, count'), `crash at ${at}, ${survival}`).toEqual([
          [36, 4],
        ]);
        await again.close();
      }
    }
  });
});

describe('the query of a view', () => {
  const problems = (query: string) =>
    checkView(query, new Map()).diagnostics.map(({ severity, message }) => `${severity}: ${message}`);

  test.each([
    '* | parse "a=*" as a | where a > 1 | timeslice 5m | sum(a), count by _timeslice, a',
    '* | json "a" nodrop | concat(a, "x") as b | lookup c from geo://location on ip=b | timeslice 1h | max(a) by _timeslice | sort _max | limit 3',
    '* | timeslice 1d | count by _timeslice',
    'error',
  ])('%s is fine', (query) => {
    expect(problems(query)).toEqual([]);
  });

  test.each([
    ['* | sort _raw | count', /`sort` is not allowed/],
    ['* | json auto | count', /`json auto` is not allowed/],
    ['* | dedup by a | timeslice 1m | count by _timeslice', /`dedup` is not allowed/],
    ['* | timeslice 2d | count by _timeslice', /fixed width of at most a day/],
    ['* | timeslice 10 buckets | count by _timeslice', /fixed width/],
    ['a [subquery: b | compose c] | count', /subquery/],
    ['* | nonsense', /not known/],
  ])('%s is refused', (query, message) => {
    expect(problems(query).join('\n')).toMatch(new RegExp(`error: .*${message.source}`));
  });

  test('aggregates that cannot be put together again are warned of', () => {
    expect(problems('* | timeslice 1m | avg(a) as a, sum(b) by _timeslice')).toEqual([
      expect.stringMatching(/^warning: results of `avg`/),
    ]);
  });
});

describe('the views of a store', () => {
  test('have names of their own, and are not changed', async () => {
    const { documents } = await opened();
    for (const name of ['1a', '_a', 'a-b', '', 'sumologic_x']) {
      expect((await addView(documents, { name, query: QUERY, from: null }, T)).problems, name).toHaveLength(
        1,
      );
    }
    expect((await addView(documents, { name: 'a$1', query: QUERY, from: null }, T)).added).toBe(true);
    expect((await addView(documents, { name: 'A$1', query: QUERY, from: null }, T)).problems[0]).toMatch(
      /already/,
    );
    await addPartition(documents, { name: 'prod', scope: 'a' }, [], T);
    expect((await addView(documents, { name: 'Prod', query: QUERY, from: null }, T)).problems[0]).toMatch(
      /partition/,
    );
    expect(await storedView(documents, 'A$1')).toEqual({ name: 'a$1', query: QUERY, from: T, added: T });
  });

  test('without slices of their own they begin when they are made', async () => {
    const { documents } = await opened();
    expect((await addView(documents, viewOf('* | count', 5), T)).problems[0]).toMatch(/--from/);
    expect((await addView(documents, viewOf('* | count', null), T)).added).toBe(true);
  });
});
