import { request } from 'node:http';
import { expect, test } from 'vitest';
import { addPartition } from '../../src/ingest/stored-partitions.ts';
import { addSource, removeSource, splitSettings } from '../../src/ingest/stored-sources.ts';
import { addView } from '../../src/ingest/stored-views.ts';
import { Upkeep } from '../../src/server/operations/upkeep.ts';
import { SERVE_LIMITS } from '../../src/server/serve-options.ts';
import { startServer } from '../../src/server/server.ts';
import type { RunningSource, SourceHost } from '../../src/server/sources/running-source.ts';
import { openStore } from '../../src/store/store.ts';
import { MemoryDisk } from '../store/memory-disk.ts';
import { messages } from '../store/messages.ts';
import { ask, fieldOf, httpSource, rowsOf, serve, temporary, until } from './serving.ts';

test('healthz answers once the server is ready, and metrics say what happened', async () => {
  const { url, store } = await serve();
  expect((await ask(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  const path = await httpSource(store, {}, 'a "quoted" \\ name');
  await ask(url + path, { body: 'one\ntwo' });
  await ask(`${url}/receiver/v1/http/x`, { body: 'x' });
  const { text, headers } = await ask(`${url}/metrics`);
  expect(headers['content-type']).toContain('version=0.0.4');
  expect(text).toContain('weir_received_messages_total{source="a \\"quoted\\" \\\\ name"} 2\n');
  expect(text).toContain('weir_refused_requests_total{reason="unauthorized"} 1\n');
  expect(text).toContain('weir_acknowledge_seconds_bucket{le="+Inf"} 1\n');
  expect(text).toContain('weir_store_messages 2\n');
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})? [-+0-9.e]+)$/);
  }
});

test('metrics tell the time of requests, syncs, flushes and queries, and what waits', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  await ask(url + path, { body: 'one\ntwo' });
  const before = (await ask(`${url}/metrics`)).text;
  expect(before).toContain('weir_log_sync_seconds_count 1\n');
  expect(before).toContain('weir_log_appends_total 1\n');
  expect(before).toContain('weir_store_unflushed_messages 2\n');
  expect(before).toMatch(/^weir_store_unflushed_bytes [1-9]\d*$/m);
  for (const waiting of ['receive', 'append']) expect(before).toContain(`weir_${waiting}_waiting 0\n`);
  expect(before).toContain('weir_flush_seconds_count 0\n');
  await store.flush();
  const after = (await ask(`${url}/metrics`)).text;
  expect(after).toContain('weir_flush_seconds_count 1\n');
  expect(after).toContain('weir_store_segments 1\n');
  expect(after).toContain('weir_store_unflushed_bytes 0\n');
  expect(after).toMatch(/^weir_http_request_seconds_count [23]$/m);
});

test('a request has a name, in its answer and in the log: its own, or one of ours', async () => {
  const { url, log } = await serve();
  const lost = await ask(`${url}/api/v1/search/jobs/none`, { headers: { 'X-Request-Id': 'from-a-proxy.7' } });
  expect(lost.json().id).toBe('from-a-proxy.7');
  expect(lost.headers['x-request-id']).toBe('from-a-proxy.7');
  expect(log.at(-1)).toMatchObject({ event: 'request-refused', request: 'from-a-proxy.7', status: 404 });
  const odd = await ask(`${url}/nothing`, { headers: { 'X-Request-Id': 'a"b' } });
  expect(odd.headers['x-request-id']).toMatch(/^\w{5}-\w{5}-\w{5}$/);
  expect(log.at(-1)).toMatchObject({ request: odd.headers['x-request-id'] });
});

test('a stop lets running requests end, refuses new ones, and keeps everything', async () => {
  const { url, port, store, stop, directory, log } = await serve();
  const path = await httpSource(store);
  const slow = new Promise<number>((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method: 'POST' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.write('first\n');
    setTimeout(() => asked.end('second\n'), 300);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopping = stop();
  await expect(ask(url + path, { body: 'late' })).rejects.toThrow();
  expect(await slow).toBe(200);
  await stopping;
  expect(log.at(-1)).toMatchObject({ event: 'stopped' });
  const reopened = await openStore(directory, { mode: 'write' });
  expect(await fieldOf(reopened, '_raw')).toEqual(['first', 'second']);
  expect((await reopened.info()).unflushed).toBe(0);
  await reopened.close();
});

test('a stop ends requests that never end', async () => {
  const { port, store, stop } = await serve({ limits: { ...SERVE_LIMITS, drain: 200 } });
  const path = await httpSource(store);
  const asked = request({ port, host: '127.0.0.1', path, method: 'POST' });
  asked.on('error', () => {});
  asked.write('never ends');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await stop();
});

test('a port in use is an error of the system, and the store stays usable', async () => {
  const { port } = await serve();
  const store = await openStore(`${temporary()}/other`, { mode: 'write' });
  const log = { write: () => {} };
  await expect(startServer({ store, host: '127.0.0.1', port, log })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await store.append(messages(['still works']));
  await store.close();
});

test('a full disk is 507, and what was acknowledged stays', async () => {
  const disk = new MemoryDisk();
  const { url, store } = await serve({ disk });
  const path = await httpSource(store);
  expect((await ask(url + path, { body: 'kept' })).status).toBe(200);
  disk.fault = { at: disk.operations + 1, how: 'ENOSPC' };
  const full = await ask(url + path, { body: 'refused' });
  expect(full.status).toBe(507);
  expect(full.headers['retry-after']).toBe('30');
  expect(full.json().message).toContain('the disk is full');
  disk.fault = null;
  expect((await ask(url + path, { body: 'after' })).status).toBe(200);
  expect(await fieldOf(store, '_raw')).toEqual(['kept', 'after']);
  expect(store.ledger.entries()).toMatchObject([
    { what: 'refused', why: 'HTTP 507: storage.full', where: 'source' },
  ]);
});

test('a disk that fails makes the store read-only: 503, health says so, queries go on', async () => {
  const disk = new MemoryDisk();
  const { url, store } = await serve({ disk });
  const path = await httpSource(store);
  await ask(url + path, { body: 'kept' });
  disk.fault = { at: 1, how: 'EIO', only: 'sync' };
  disk.operations = 0;
  expect((await ask(url + path, { body: 'refused' })).status).toBe(503);
  disk.fault = null;
  const after = await ask(url + path, { body: 'refused too' });
  expect([after.status, after.json().code]).toEqual([503, 'service.unavailable']);
  const health = await ask(`${url}/healthz`);
  expect([health.status, health.json()]).toEqual([503, { status: 'read-only' }]);
  expect((await ask(`${url}/search?q=kept`)).text).toContain('kept');
});

test('several small requests that fail together are all told', async () => {
  const disk = new MemoryDisk();
  const { url, store } = await serve({ disk });
  const path = await httpSource(store);
  await ask(url + path, { body: 'kept' });
  disk.fault = { at: 1, how: 'EIO', only: 'sync' };
  disk.operations = 0;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => ask(url + path, { body: `m ${n}` })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(await fieldOf(store, '_raw')).toEqual(['kept']);
});

test('upkeep flushes the log, keeps the ledger, and deletes what is too old', async () => {
  const now = Date.parse('2024-03-01T00:00:00Z');
  const directory = `${temporary()}/store`;
  const store = await openStore(directory, { mode: 'write', now: () => now });
  const day = 86_400_000;
  await store.append(messages(['old', 'new'], { times: [now - 10 * day, now - day] }));
  store.ledger.add({ what: 'refused', why: 'test' });
  const times = { flush: 30, ledger: 30, retention: 30, views: 60_000 };
  const upkeep = new Upkeep(store, { maxAge: 5 * day, maxBytes: null }, { write: () => {} }, times);
  await until(async () => (await store.info()).unflushed === 0 && (await rowsOf(store, '*')).length === 1);
  await upkeep.stop();
  expect(await fieldOf(store, '_raw')).toEqual(['new']);
  await store.close();
  const reader = await openStore(directory, { mode: 'read' });
  expect(reader.ledger.entries()).toHaveLength(1);
  await reader.close();
});

test('upkeep keeps the store below its size, oldest messages first', async () => {
  const store = await openStore(`${temporary()}/store`, { mode: 'write' });
  for (let part = 0; part < 3; part++) {
    const lines = Array.from({ length: 500 }, (_, row) => `${part} ${row} ${Math.random()} ${Math.random()}`);
    await store.append(messages(lines, { times: lines.map(() => 1_700_000_000_000 + part * 1000) }));
    await store.flush();
  }
  const maxBytes = 60_000;
  const upkeep = new Upkeep(
    store,
    { maxAge: null, maxBytes },
    { write: () => {} },
    {
      flush: 1e6,
      ledger: 1e6,
      retention: 20,
      views: 1e6,
    },
  );
  await until(async () => (await store.info()).messages < 1500);
  await upkeep.stop();
  const left = new Set((await fieldOf(store, '_raw')).map((raw) => String(raw)[0]));
  expect(left.has('2')).toBe(true);
  expect(left.has('0')).toBe(false);
  await store.close();
});

test('sources that fetch by themselves start, restart when they change, and stop', async () => {
  const events: string[] = [];
  let host: SourceHost | null = null;
  const source = (name: string): RunningSource => ({
    start: () => void events.push(`start ${name}`),
    stop: async () => void events.push(`stop ${name}`),
  });
  const sources = new Map([
    [
      's3' as const,
      (stored: { name: string; settings: Readonly<Record<string, unknown>> }, given: SourceHost) => {
        host = given;
        if (stored.settings.bad === true) throw new Error('no bucket');
        return source(`${stored.name} ${String(stored.settings.bucket)}`);
      },
    ],
  ]);
  const add = async (store: Awaited<ReturnType<typeof serve>>['store'], name: string, s3: object) => {
    const { config, settings } = splitSettings({ category: 'c', s3 }, 's3');
    if (!config.ok) throw new Error('config');
    await addSource(store.documents, { name, kind: 's3', config: config.value, settings }, 1);
  };
  const { store, stop, log } = await serve({ sources }, async (opened) => {
    await add(opened, 'a', { bucket: 'one' });
    await add(opened, 'broken', { bad: true });
  });
  expect(events).toEqual(['start a one']);
  expect(log).toContainEqual(expect.objectContaining({ event: 'source-unusable', problem: 'no bucket' }));
  host!.stored('a', [messages(['x'])], 1);
  await add(store, 'a', { bucket: 'two' });
  await until(() => events.length === 3);
  await add(store, 'b', { bucket: 'three' });
  await until(() => events.length === 4);
  await removeSource(store.documents, 'a');
  await until(() => events.length === 5);
  await stop();
  expect(events).toEqual([
    'start a one',
    'stop a one',
    'start a two',
    'start b three',
    'stop a two',
    'stop b three',
  ]);
});

test('partitions take what arrives, and views are kept up to date', async () => {
  const at = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
  const { url, store, log } = await serve(
    { limits: { upkeep: { ...SERVE_LIMITS.upkeep, views: 30 } } },
    async (store) => {
      await addPartition(store.documents, { name: 'errors', scope: 'error' }, [], at);
      const query = 'error | timeslice 1m | count as c by _timeslice';
      await addView(store.documents, { name: 'minutes', query, from: at }, at);
    },
  );
  const path = await httpSource(store);
  await ask(url + path, { body: `${new Date(at).toISOString()} error\n${new Date(at).toISOString()} fine` });
  expect(await fieldOf(store, '_view', '_index=errors | count by _view')).toEqual(['errors']);
  await until(async () => (await rowsOf(store, '_view=minutes')).length === 1);
  expect(await fieldOf(store, 'c', '_view=minutes')).toEqual([1]);
  expect(await rowsOf(store, '*')).toHaveLength(2);
  expect(log.filter(({ event }) => event === 'view-refreshed')).toMatchObject([{ view: 'minutes', rows: 1 }]);
});
