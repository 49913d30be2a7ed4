import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { workerPool } from '../../src/cli/worker-pool.ts';
import { messageBatch } from '../../src/engine/run/memory-source.ts';
import type { WorkerPool } from '../../src/engine/run/share.ts';
import type { SharedScan, Source } from '../../src/engine/source.ts';
import { openStore } from '../../src/store/store.ts';
import { END } from '../spec-run.ts';
import { type Message, messages } from './generate-data.ts';
import { queries } from './generate-query.ts';
import { engineRows, expectedRows } from './outcome.ts';

vi.stubEnv('WEIR_THREADS', '3');

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** A store of several segments, which is what threads take. */
async function storeOf(all: readonly Message[]): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-threads-'));
  folders.push(folder);
  const store = await openStore(folder, { mode: 'write', now: () => END });
  const part = Math.max(1, Math.ceil(all.length / 7));
  for (let from = 0; from < all.length; from += part) {
    await store.append(messageBatch(all.slice(from, from + part)));
    await store.flush();
  }
  await store.close();
  return (await openStore(folder, { mode: 'read', now: () => END })).source();
}

/** The source, where this thread waits until another one has begun: else it had read everything by then. */
function patient(source: Source): Source {
  const later = (shared: SharedScan): SharedScan => ({
    ...shared,
    scan: {
      ...shared.scan,
      async *batches(kernels) {
        while (Atomics.load(new Int32Array(shared.counter), 0) === 0) await setImmediate();
        yield* shared.scan.batches(kernels);
      },
    },
  });
  return {
    ...source,
    description: source.description,
    scan: (request) => source.scan(request),
    fields: () => source.fields(),
    timeRange: () => source.timeRange(),
    async share(request) {
      const shared = (await source.share?.(request)) ?? null;
      return shared === null ? null : later(shared);
    },
  };
}

test('threads of their own agree with the interpreter', { timeout: 120_000 }, async () => {
  const pool = workerPool();
  let answers = 0;
  const workers: WorkerPool = {
    threads: pool.threads,
    pays: () => true,
    async run(task, count, signal) {
      const found = await pool.run(task, count, signal);
      answers += found.length;
      return found;
    },
  };
  for (const all of fc.sample(messages, { seed: 20240104, numRuns: 6 })) {
    const source = patient(await storeOf(all));
    for (const { text, ordered } of fc.sample(queries, { seed: all.length, numRuns: 60 })) {
      const found = await engineRows(text, source, 16, { workers });
      const wanted = expectedRows(text, all);
      expect(ordered ? found : found.toSorted(), text).toEqual(ordered ? wanted : wanted.toSorted());
    }
  }
  expect(answers).toBeGreaterThan(40);
});
