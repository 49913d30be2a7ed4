import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { ask, basic, fieldOf, temporary, until } from './serving.ts';

const root = join(import.meta.dirname, '../..');
const node = join(root, 'node_modules/.bin/node');
const main = join(root, 'src/cli/main.ts');

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function weir(...args: readonly string[]): Promise<Ran> {
  const child = spawn(node, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

interface ServedProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly exited: Promise<unknown>;
  readonly log: string[];
}

/** `weir serve` as a process of its own, once it listens. */
async function serveProcess(store: string, ...args: readonly string[]): Promise<ServedProcess> {
  const child = spawn(node, [main, 'serve', '--store', store, '--port', '0', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const found = /"event":"listening","url":"([^"]+)"/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void exited.then(() => reject(new Error(log.join('\n'))));
  });
  return { child, url, exited, log };
}

async function newSource(store: string): Promise<string> {
  const { stdout } = await weir(
    'sources',
    'add',
    'http',
    'in',
    '--category',
    'test',
    '--store',
    store,
    '-o',
    'json',
  );
  return (JSON.parse(stdout) as { path: string }).path;
}

test('serve takes messages until it is told to stop, and ends with 0', async () => {
  const store = join(temporary(), 'store');
  const path = await newSource(store);
  const { child, url, exited, log } = await serveProcess(store);
  expect((await ask(url + path, { body: 'one\ntwo\n' })).status).toBe(200);
  // A reader in another process sees them at once.
  const read = await weir('query', '* | count', '--store', store, '-o', 'json');
  expect(JSON.parse(read.stdout)).toEqual([{ _count: 2 }]);
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  for (const line of log) expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: 'info' });
  expect(log.at(-1)).toContain('"event":"stopped"');
});

test('what stands in the way of a start is said in a line', async () => {
  const store = join(temporary(), 'store');
  const other = join(temporary(), 'other');
  const { url } = await serveProcess(store);
  const inUse = await weir('serve', '--store', store, '--port', '0');
  expect([inUse.code, inUse.stderr]).toEqual([
    1,
    expect.stringMatching(/^error: the store .* is being written by process/),
  ]);
  const port = await weir('serve', '--store', other, '--port', new URL(url).port);
  expect([port.code, port.stderr]).toEqual([1, expect.stringContaining('is in use by another program')]);
  const open = await weir('serve', '--store', other, '--host', '0.0.0.0', '--port', '0');
  expect([open.code, open.stderr]).toEqual([
    2,
    expect.stringMatching(/no access keys\n.*weir keys add.*TLS/),
  ]);
  const address = await weir('serve', '--store', other, '--host', '192.0.2.77', '--port', '0');
  expect(address.code).toBe(2);
  const manifest = join(other, 'manifest');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'latin1').replace(/^weir-store \d+/, 'weir-store 99'),
    'latin1',
  );
  const version = await weir('serve', '--store', other, '--port', '0');
  expect([version.code, version.stderr]).toEqual([1, expect.stringContaining('newer')]);
  for (const { stderr } of [inUse, port, open, version]) expect(stderr).not.toContain('bug in weir');
});

test('keys are made, listed and removed, also while the server runs', async () => {
  const store = join(temporary(), 'store');
  const { url } = await serveProcess(store);
  const added = await weir('keys', 'add', 'reader', '--scope', 'query', '--store', store, '-o', 'json');
  expect(added.code).toBe(0);
  const { accessId, accessKey } = JSON.parse(added.stdout) as { accessId: string; accessKey: string };
  await until(async () => (await ask(`${url}/search`)).status === 401);
  const headers = { authorization: basic(`${accessId}:${accessKey}`) };
  expect((await ask(`${url}/search`, { headers })).status).toBe(200);
  const listed = await weir('keys', 'list', '--store', store);
  expect(listed.stdout).toContain(accessId);
  expect(listed.stdout).not.toContain(accessKey);
  expect((await weir('keys', 'add', 'reader', '--scope', 'query', '--store', store)).code).toBe(2);
  expect((await weir('keys', 'add', 'x', '--scope', 'root', '--store', store)).code).toBe(2);
  expect((await weir('keys', 'remove', 'reader', '--store', store)).code).toBe(0);
  expect((await weir('keys', 'remove', 'reader', '--store', store)).code).toBe(2);
  await until(async () => (await ask(`${url}/search`)).status === 200);
});

test('tail prints what arrives as JSON lines and ends at Ctrl-C', async () => {
  const store = join(temporary(), 'store');
  const path = await newSource(store);
  const { url } = await serveProcess(store);
  const child = spawn(node, [main, 'tail', 'error', '--server', url], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await until(async () => (await ask(`${url}/metrics`)).text.includes('weir_tails 1'));
  await ask(url + path, { body: 'an error\nno problem\n' });
  await until(() => lines.length > 0);
  expect(lines.map((line) => (JSON.parse(line) as { _raw: string })._raw)).toEqual(['an error']);
  child.kill('SIGINT');
  expect(await exited).toEqual([130, null]);
  const refused = await weir('tail', '* | count', '--server', url);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('^')]);
  const nobody = await weir('tail', '*', '--server', 'http://127.0.0.1:1');
  expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('weir serve')]);
});

test('what was acknowledged survives a process that is killed at any moment', async () => {
  const store = join(temporary(), 'store');
  const path = await newSource(store);
  const kills = Number(process.env.WEIR_KILLS ?? 6);
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  let next = 0;
  for (let round = 0; round < kills; round++) {
    const { child, url, exited } = await serveProcess(store);
    const sender = async () => {
      for (;;) {
        const lines = Array.from({ length: 1 + (next % 40) }, () => `message ${next++}`);
        for (const line of lines) sent.add(line);
        const headers = next % 3 === 0 ? { 'x-weir-batch': `batch ${next}` } : {};
        const answer = await ask(url + path, { body: lines.join('\n'), headers }).catch(() => null);
        if (answer === null) return;
        if (answer.status === 200) for (const line of lines) acknowledged.add(line);
      }
    };
    const senders = Array.from({ length: 8 }, sender);
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 500));
    child.kill('SIGKILL');
    await exited;
    await Promise.all(senders);
  }
  const opened = await openStore(store, { mode: 'write' });
  const readable = (await fieldOf(opened, '_raw')).map(String);
  expect((await opened.verify()).damages).toEqual([]);
  await opened.close();
  const unique = new Set(readable);
  expect(unique.size).toBe(readable.length);
  expect([...acknowledged].filter((line) => !unique.has(line))).toEqual([]);
  expect([...unique].filter((line) => !sent.has(line))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(kills * 10);
}, 120_000);
