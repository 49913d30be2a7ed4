import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { randomFrom } from './memory-disk.ts';
import { fieldIs, rawOf, rowsOf } from './messages.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-kill-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const child = join(import.meta.dirname, 'append-forever.ts');

/** Runs the appending process until `stop`; the numbers it sent, and those that were acknowledged. */
async function run(
  command: readonly string[],
  first: number,
  stop: (kill: () => void, output: () => string) => Promise<void>,
): Promise<{ sent: number[]; kept: number[]; output: string }> {
  const [program = '', ...args] = command;
  const started = spawn(program, [...args, directory, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  started.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const ended = once(started, 'close');
  await stop(
    () => started.kill('SIGKILL'),
    () => output,
  );
  await ended;
  const numbers = (word: string): number[] =>
    [...output.matchAll(new RegExp(`^${word} (\\d+)`, 'gm'))].map((found) => Number(found[1]));
  return { sent: numbers('sent'), kept: numbers('kept'), output };
}

/** Checks that every acknowledged message is there once, and nothing that was not sent. */
async function check(sent: ReadonlySet<number>, kept: ReadonlySet<number>): Promise<void> {
  const store = await openStore(directory, { mode: 'write' });
  const rows: string[] = [];
  for (const row of await rowsOf(store, { fields: ['_raw', 'number'] })) {
    const number = /^message (\d+)$/.exec(String(row.get('_raw')))?.[1];
    if (number === undefined) continue;
    rows.push(number);
    expect(row.get('number') ?? null, `message ${number}`).toBe(Number(number) % 2 === 1 ? number : null);
  }
  const found = new Set(rows.map(Number));
  expect(found.size).toBe(rows.length);
  for (const number of kept) expect(found.has(number), `message ${number} was acknowledged`).toBe(true);
  for (const number of found) expect(sent.has(number), `message ${number} was never sent`).toBe(true);
  expect((await store.verify()).damages).toEqual([]);
  await store.close();
}

test('a process that is killed at any time loses nothing that it acknowledged', async () => {
  const random = randomFrom(Date.now());
  const sent = new Set<number>();
  const kept = new Set<number>();
  const cycles = Number(process.env.WEIR_KILLS ?? 6);
  for (let cycle = 0; cycle < cycles; cycle++) {
    const first = sent.size === 0 ? 0 : Math.max(...sent) + 1;
    const result = await run([process.execPath, child], first, async (kill, output) => {
      while (!output().includes('kept')) await setTimeout(5);
      await setTimeout(random() * 200);
      kill();
    });
    for (const number of result.sent) sent.add(number);
    for (const number of result.kept) kept.add(number);
    await check(sent, kept);
  }
  expect(kept.size).toBeGreaterThan(cycles);
}, 120_000);

test.skipIf(process.platform === 'win32')(
  'files that may not grow: what is refused is said, what was acknowledged stays, and a delete frees the way',
  async () => {
    // The limit counts in blocks of 512 or 1024 bytes and makes writes fail with EFBIG.
    const limited = ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f 300; exec "$0" "$@"`, process.execPath, child];
    const result = await run(limited, 0, async (kill, output) => {
      for (let waited = 0; waited < 1600 && !output().includes('refused'); waited++) await setTimeout(25);
      await setTimeout(50);
      kill();
    });
    expect(result.output).toContain('refused');
    await check(new Set(result.sent), new Set(result.kept));
    const store = await openStore(directory, { mode: 'write' });
    expect(await store.delete({ filter: fieldIs('_sourceCategory', '*') })).toBeGreaterThan(0);
    expect(await rawOf(store)).toEqual([]);
    await store.close();
  },
  120_000,
);
