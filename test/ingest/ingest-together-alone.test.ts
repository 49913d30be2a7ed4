import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ingestTogether } from '../../src/ingest/ingest-together.ts';
import { SHARED } from '../../src/ingest/shared-ingest.ts';
import { DEFAULT_SOURCE } from '../../src/ingest/source-config.ts';
import { openStore } from '../../src/store/store.ts';

/** What other threads do in place of their work. */
const life = vi.hoisted(() => ({ end: 'error', runs: 0 }));

vi.mock('node:worker_threads', async (original) => ({
  ...(await original<typeof import('node:worker_threads')>()),
  Worker: class extends EventEmitter {
    postMessage({ shared, thread }: { shared: SharedArrayBuffer; thread: number }): void {
      new Int32Array(shared)[SHARED.threads + thread] = life.runs;
      queueMicrotask(() => this.emit(life.end, new Error('no memory')));
    }
    async terminate(): Promise<number> {
      return 1;
    }
  },
}));

const LINE = `${'x'.repeat(100)}\n`;
const LINES = 260_000;

test.each([
  ['error', 0],
  ['exit', 0],
  ['error', 1],
  ['exit', 1],
])(
  'a thread that ends with %s after %i runs',
  async (end, runs) => {
    Object.assign(life, { end, runs });
    const directory = await mkdtemp(join(tmpdir(), 'weir-alone-'));
    const file = join(directory, 'lines.log');
    await writeFile(file, LINE.repeat(LINES));
    const store = await openStore(join(directory, 'store'), { mode: 'write' });
    const writer = store.bulk();
    const tally = await ingestTogether({
      paths: [file],
      format: 'auto',
      config: { ...DEFAULT_SOURCE, category: 'c' },
      rules: [],
      partitions: [],
      writer,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    await writer.commit();
    // Before its first run nothing of it is missed; later the files are left to one thread.
    const stored = runs === 0 ? LINES : 0;
    expect(tally?.stored ?? 0).toBe(stored);
    expect((await store.info()).messages).toBe(stored);
    await store.close();
    await rm(directory, { recursive: true });
  },
  60_000,
);
