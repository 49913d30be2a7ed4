import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Follower } from '../../src/ingest/follow.ts';
import type { FollowStore } from '../../src/ingest/follow-state.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { settingsOf } from './collected.ts';
import { storedTexts } from './stored-texts.ts';

let folder: string;
let store: Store;
let running: { end(): Promise<Follower> } | null;
let events: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-follow-'));
  mkdirSync(join(folder, 'logs'));
  store = await openStore(join(folder, 'store'), { mode: 'write' });
  running = null;
  events = [];
});

afterEach(async () => {
  await running?.end();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const log = (name: string): string => join(folder, 'logs', name);

function follow(paths: readonly string[], config: object = {}): void {
  const stop = new AbortController();
  const work = { paths, settings: settingsOf({ category: 'c', ...config }), category: 'c' };
  const follower = new Follower(store, work, {
    rules: () => null,
    now: Date.now,
    write: (_level, event, details) => events.push(`${event} ${JSON.stringify(details)}`),
  });
  const done = follower.run(stop.signal);
  running = {
    async end() {
      stop.abort();
      await done;
      running = null;
      return follower;
    },
  };
}

async function end(): Promise<Follower> {
  if (running === null) throw new Error('nothing is followed');
  return await running.end();
}

/** Waits until the store holds exactly these messages; fails when others come, or none for 5 s. */
async function arrive(expected: readonly string[], within = 5000): Promise<void> {
  const wanted = [...expected].sort();
  const began = performance.now();
  for (;;) {
    const texts = await storedTexts(store);
    if (texts.length >= wanted.length || performance.now() - began > within) {
      expect(texts).toEqual(wanted);
      return;
    }
    await wait(20);
  }
}

const wait = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));

test('appended lines arrive within a second; a line without its end waits', async () => {
  writeFileSync(log('app.log'), 'one\ntwo\n');
  follow([log('app.log')]);
  await arrive(['one', 'two']);
  const began = performance.now();
  appendFileSync(log('app.log'), 'three\nfo');
  await arrive(['one', 'two', 'three']);
  expect(performance.now() - began).toBeLessThan(1000);
  await wait(700);
  expect(await storedTexts(store)).toHaveLength(3);
  appendFileSync(log('app.log'), 'ur\n');
  await arrive(['one', 'two', 'three', 'four']);
  const receipt = (await end()).receipt();
  expect(receipt).toMatchObject({ read: 4, stored: 4, files: [{ path: log('app.log'), stored: 4 }] });
});

test('a restart goes on where the last run ended', async () => {
  writeFileSync(log('app.log'), 'one\ntwo\nthr');
  follow([log('app.log')]);
  await arrive(['one', 'two']);
  await end();
  appendFileSync(log('app.log'), 'ee\nfour\n');
  follow([log('app.log')]);
  await arrive(['one', 'two', 'three', 'four']);
  await end();
  follow([join(folder, 'logs', '*.log'), log('app.log')]);
  await wait(500);
  await arrive(['one', 'two', 'three', 'four']);
});

test('rotation by renaming: the old file is read to its end, the new one from its beginning', async () => {
  writeFileSync(log('app.log'), 'one\n');
  follow([log('app.log')]);
  await arrive(['one']);
  renameSync(log('app.log'), log('app.log.1'));
  appendFileSync(log('app.log.1'), 'two\n');
  writeFileSync(log('app.log'), 'three\n');
  appendFileSync(log('app.log.1'), 'late\n');
  await arrive(['one', 'two', 'three', 'late']);
});

test('rotation while nobody follows: the renamed file is found by what it is', async () => {
  writeFileSync(log('app.log'), 'one\n');
  follow([log('app.log')]);
  await arrive(['one']);
  await end();
  appendFileSync(log('app.log'), 'two\nunfinished');
  renameSync(log('app.log'), log('app.log.1'));
  writeFileSync(log('app.log'), 'three\n');
  follow([log('app.log')]);
  // The last line of a file that nobody can reach by its name is not waited for.
  await arrive(['one', 'two', 'three', 'unfinished'], 8000);
});

test('rotation in a followed folder doubles nothing, by renaming or by copying', async () => {
  writeFileSync(log('app.log'), 'one\n');
  follow([join(folder, 'logs')]);
  await arrive(['one']);
  renameSync(log('app.log'), log('app.log.1'));
  writeFileSync(log('app.log'), 'two\n');
  await arrive(['one', 'two']);
  copyFileSync(log('app.log'), log('app.log.2'));
  truncateSync(log('app.log'), 0);
  appendFileSync(log('app.log'), 'three, which is longer than before\n');
  await arrive(['one', 'two', 'three, which is longer than before']);
  await wait(3000);
  expect(await storedTexts(store)).toHaveLength(3);
});

test('what was appended between the last look and a copying rotation is read from the copy', async () => {
  writeFileSync(log('app.log'), 'one\n');
  follow([log('app.log')]);
  await arrive(['one']);
  appendFileSync(log('app.log'), 'two\n');
  copyFileSync(log('app.log'), log('app.log.1'));
  truncateSync(log('app.log'), 0);
  appendFileSync(log('app.log'), 'three\n');
  await arrive(['one', 'two', 'three']);
  await end();
  follow([log('app.log')]);
  await wait(500);
  await arrive(['one', 'two', 'three']);
});

test('a file that is cut short and written anew is read from its beginning, however long it is', async () => {
  writeFileSync(log('app.log'), 'one\ntwo\n');
  follow([log('app.log')]);
  await arrive(['one', 'two']);
  writeFileSync(log('app.log'), 'a longer first line than before\n');
  await arrive(['one', 'two', 'a longer first line than before']);
  expect(events.join()).toContain('follow-truncated');
});

test('new files that a glob stands for are followed from their beginning, and paths that come later', async () => {
  follow([join(folder, 'logs', '*.log'), log('later.txt')]);
  expect(await storedTexts(store)).toEqual([]);
  writeFileSync(log('a.log'), 'one\n');
  writeFileSync(log('b.txt'), 'not this\n');
  await arrive(['one']);
  writeFileSync(log('later.txt'), 'two\n');
  await arrive(['one', 'two']);
  expect(await storedTexts(store, '_sourceName')).toEqual([log('a.log'), log('later.txt')]);
});

test('compressed files are told and left alone', async () => {
  writeFileSync(log('app.log'), 'one\n');
  writeFileSync(log('app.log.2.gz'), gzipSync('zero\n'));
  follow([join(folder, 'logs')]);
  await arrive(['one']);
  await wait(300);
  expect(await storedTexts(store)).toEqual(['one']);
  expect((await end()).receipt().warnings.join()).toMatch(
    /app\.log\.2\.gz` is not followed: it is compressed \(gzip\)/,
  );
});

test('the header line of a flow log counts for all records after it, also after a restart', async () => {
  const header = 'interface-id srcaddr dstaddr start end';
  writeFileSync(log('flow.log'), `${header}\neni-1 10.0.0.1 10.0.0.2 1700000000 1700000060\n`);
  follow([log('flow.log')]);
  await arrive(['eni-1 10.0.0.1 10.0.0.2 1700000000 1700000060']);
  appendFileSync(log('flow.log'), 'eni-2 10.0.0.3 10.0.0.4 1700000100 1700000160\n');
  await wait(600);
  await end();
  appendFileSync(log('flow.log'), 'eni-3 10.0.0.5 10.0.0.6 1700000200 1700000260\n');
  follow([log('flow.log')]);
  for (let tries = 0; tries < 100 && (await storedTexts(store)).length < 3; tries++) await wait(50);
  expect(await storedTexts(store, 'interface_id')).toEqual(['eni-1', 'eni-2', 'eni-3']);
  expect(await storedTexts(store, '_messageTime')).toEqual([
    '1700000000000',
    '1700000100000',
    '1700000200000',
  ]);
});

test('a message of several lines waits for its end, for a while', async () => {
  writeFileSync(log('app.log'), '2024-01-01T00:00:00Z first\n  more\n');
  follow([log('app.log')], { multiline: 'inferred' });
  await wait(400);
  appendFileSync(log('app.log'), '  and more\n2024-01-01T00:00:01Z second\n');
  await arrive(['2024-01-01T00:00:00Z first\n  more\n  and more', '2024-01-01T00:00:01Z second']);
});

test('a deleted file is read to its end', async () => {
  writeFileSync(log('app.log'), 'one\n');
  follow([log('app.log')]);
  await arrive(['one']);
  appendFileSync(log('app.log'), 'two\n');
  rmSync(log('app.log'));
  await arrive(['one', 'two']);
});

test.each(['before', 'after'])(
  'a crash right %s the store has taken lines loses and doubles none',
  async (when) => {
    writeFileSync(log('app.log'), 'one\n');
    follow([log('app.log')]);
    await arrive(['one']);
    await end();
    appendFileSync(log('app.log'), 'two\nthree\n');
    // A store that ends with its process: what it was told to keep is kept or not, and nothing is said.
    let reached: () => void = () => {};
    let endProcess: (reason: Error) => void = () => {};
    const gone = new Promise<never>((_, reject) => {
      endProcess = reject;
    });
    const crash = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const crashing: FollowStore = {
      failure: null,
      documents: store.documents,
      async append(batches, options) {
        if (when === 'after') await store.append(batches, options);
        reached();
        return await gone;
      },
    };
    const work = { paths: [log('app.log')], settings: settingsOf({ category: 'c' }), category: 'c' };
    const stop = new AbortController();
    const hooks = { rules: () => null, now: Date.now, write: () => {} };
    const crashed = new Follower(crashing, work, hooks).run(stop.signal).catch(() => {});
    await crash;
    await store.close();
    store = await openStore(join(folder, 'store'), { mode: 'write' });
    appendFileSync(log('app.log'), 'four\n');
    follow([log('app.log')]);
    await arrive(['one', 'two', 'three', 'four']);
    await wait(300);
    expect(await storedTexts(store)).toHaveLength(4);
    stop.abort();
    endProcess(new Error('the process is gone'));
    await crashed;
  },
);

test('a file that cannot be read for a while holds up no other, and nothing of it is doubled', async () => {
  writeFileSync(log('a.log'), 'one\n');
  writeFileSync(log('b.log'), 'two\n');
  follow([log('a.log'), log('b.log')]);
  await arrive(['one', 'two']);
  await end();
  // A folder of that name in the way: it can be opened, but not read as a file.
  renameSync(log('a.log'), log('kept'));
  mkdirSync(log('a.log'));
  appendFileSync(log('b.log'), 'three\n');
  follow([log('a.log'), log('b.log')]);
  await arrive(['one', 'two', 'three']);
  await end();
  rmSync(log('a.log'), { recursive: true });
  renameSync(log('kept'), log('a.log'));
  follow([log('a.log'), log('b.log')]);
  appendFileSync(log('b.log'), 'four\n');
  await arrive(await storedTexts(store).then((texts) => [...texts, 'four']));
});

test('a store that refuses for a while loses nothing', async () => {
  let refusals = 2;
  const refusing: FollowStore = {
    failure: null,
    documents: store.documents,
    async append(batches, options) {
      if (refusals-- > 0) throw new Error('the disk is full');
      await store.append(batches, options);
    },
  };
  writeFileSync(log('app.log'), 'one\n');
  const stop = new AbortController();
  const work = { paths: [log('app.log')], settings: settingsOf({ category: 'c' }), category: 'c' };
  const follower = new Follower(refusing, work, {
    rules: () => null,
    now: Date.now,
    write: (_level, event, details) => events.push(`${event} ${JSON.stringify(details)}`),
  });
  const done = follower.run(stop.signal);
  await arrive(['one']);
  stop.abort();
  await done;
  expect(events.filter((event) => event.includes('the disk is full'))).toHaveLength(2);
  expect(follower.receipt()).toMatchObject({ read: 1, stored: 1 });
});

test('long lines and large files arrive whole', async () => {
  const lines = Array.from({ length: 60_000 }, (_, n) => `line ${n} ${'x'.repeat(50)}`);
  writeFileSync(log('app.log'), `${lines.join('\n')}\n`);
  follow([log('app.log')]);
  for (let tries = 0; tries < 200 && (await storedTexts(store)).length < lines.length; tries++)
    await wait(50);
  appendFileSync(log('app.log'), `${'y'.repeat(3_000_000)}\nlast\n`);
  await wait(1500);
  const texts = await storedTexts(store);
  expect(texts).toHaveLength(lines.length + 2);
  expect(new Set(texts)).toEqual(new Set([...lines, 'last', 'y'.repeat(1 << 20)]));
  expect((await end()).receipt().flagged.get('cut')).toBe(1);
});
