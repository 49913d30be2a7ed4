import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { S3TestServer } from './s3-server.ts';
import { storedTexts } from './stored-texts.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
/** The process is killed after these many ms at most, again and again, then it may end. */
const KILLS = 6;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-kill-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** `weir ingest …` as a process of its own, with its standard error. */
function weir(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    [MAIN, 'ingest', ...args, '--category', 'c', '--store', join(folder, 'store')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    },
  );
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, text: () => text, code: ended(child) };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', (code) => resolve(code)));
}

const wait = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));

/** Waits until another process has stored so many messages. */
async function arrived(messages: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const store = await openStore(join(folder, 'store'), { mode: 'read' });
    const texts = await storedTexts(store);
    await store.close();
    if (texts.length >= messages) return;
    await wait(100);
  }
}

async function inStore(): Promise<string[]> {
  const store = await openStore(join(folder, 'store'), { mode: 'write' });
  try {
    return await storedTexts(store);
  } finally {
    await store.close();
  }
}

test('objects are stored once each although the process is killed again and again', async () => {
  const server = await S3TestServer.start();
  try {
    const expected: string[] = [];
    for (let object = 0; object < 600; object++) {
      const lines = Array.from({ length: 40 }, (_, n) => `object ${object} line ${n}`);
      expected.push(...lines);
      await server.put(`flows/${object}.log.gz`, gzipSync(lines.join('\n')));
    }
    const env = { AWS_ENDPOINT_URL_S3: server.endpoint };
    const whole = weir(['s3://logs/nothing-there'], env);
    const began = performance.now();
    await whole.code;
    const start = performance.now() - began;
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, code } = weir(['s3://logs/flows/'], env);
      await wait(start + 40 * kill);
      child.kill('SIGKILL');
      await code;
    }
    const last = weir(['s3://logs/flows/'], env);
    expect(await last.code, last.text()).toBe(0);
    expect(await inStore()).toEqual(expected.sort());
    const again = weir(['s3://logs/flows/'], env);
    expect(await again.code).toBe(0);
    expect(again.text()).toContain('read       0 messages');
  } finally {
    await server.stop();
  }
}, 120_000);

test('followed lines are stored once each although the process is killed and the log rotated', async () => {
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const log = join(logs, 'app.log');
  const expected: string[] = [];
  const write = (lines: number): void => {
    const more = Array.from({ length: lines }, (_, n) => `line ${expected.length + n} ${'x'.repeat(80)}`);
    appendFileSync(log, `${more.join('\n')}\n`);
    expected.push(...more);
  };
  write(20_000);
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, text, code } = weir([log, '--follow']);
    while (!text().includes('following') && child.exitCode === null) await wait(5);
    for (let turn = 0; turn < kill % 4; turn++) {
      write(500);
      await wait(35 + 10 * kill);
    }
    child.kill('SIGKILL');
    await code;
    if (kill % 3 === 2) {
      rmSync(`${log}.1`, { force: true });
      const whole = weir([log, '--follow']);
      await arrived(expected.length);
      whole.child.kill('SIGKILL');
      await whole.code;
      renameSync(log, `${log}.1`);
      writeFileSync(log, '');
    }
    write(300);
  }
  const last = weir([log, '--follow', '-o', 'json']);
  await arrived(expected.length);
  last.child.kill('SIGINT');
  expect(await last.code, last.text()).toBe(0);
  const stored = await inStore();
  expect(stored).toHaveLength(expected.length);
  expect(stored).toEqual(expected.sort());
}, 120_000);
