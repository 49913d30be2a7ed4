import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from './generate.ts';

/**
 * Load on `weir serve` by real HTTP: how many messages it acknowledges as durable, how long the slowest
 * senders wait, what memory it takes, and how long queries of the last minute take meanwhile. Prints a
 * table. SOAK_SECONDS (20) per row after SOAK_WARMUP (5) that do not count, SOAK_CONNECTIONS (1,10,100), SOAK_POST (1048576 bytes), SOAK_RATE
 * (messages per second at most, of all connections; as many as go without), SOAK_RULES
 * (1: with the extraction rule of the VPC app), SOAK_QUERIES (1: a query of the last minute every two
 * seconds), SOAK_NODE (flags for the server's Node, as `--cpu-prof`).
 */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 20);
/** Milliseconds between looks at the server's memory. */
const SAMPLE_EVERY = 5000;
const WARMUP = Number(process.env.SOAK_WARMUP ?? 5);
const CONNECTIONS = (process.env.SOAK_CONNECTIONS ?? '1,10,100').split(',').map(Number);
const POST_BYTES = Number(process.env.SOAK_POST ?? 1 << 20);
const MOST_RATE = Number(process.env.SOAK_RATE ?? Infinity);
const WITH_QUERIES = process.env.SOAK_QUERIES !== '0';
const WITH_RULES = process.env.SOAK_RULES !== '0';

const root = join(import.meta.dirname, '..');
const main = join(root, 'src/cli/main.ts');
const data = join(import.meta.dirname, 'data/flows-1m.log');

interface Post {
  readonly body: Buffer;
  readonly messages: number;
}

interface Row {
  readonly connections: number;
  readonly seconds: number;
  readonly rate: number;
  /** Messages per second of the server's processor time, queries included. */
  readonly perCpuSecond: number;
  /** Processor time of server and of this load generator per second, in cores. */
  readonly serverCores: number;
  readonly senderCores: number;
  readonly megabytes: number;
  readonly waits: readonly number[];
  readonly queries: readonly number[];
  readonly refused: number;
  /** What the server said of itself every few seconds. */
  readonly samples: readonly Figures[];
}

/** Memory in bytes, processor time in seconds. */
interface Figures {
  readonly memory: number;
  readonly heap: number;
  readonly cpu: number;
  readonly segments: number;
}

function makePosts(): readonly Post[] {
  generate(data, 1_000_000, 'raw');
  const bytes = readFileSync(data);
  const posts: Post[] = [];
  for (let at = 0; at < bytes.length; ) {
    const cut = bytes.indexOf(10, Math.min(at + POST_BYTES, bytes.length) - 1);
    const to = cut < 0 ? bytes.length : cut + 1;
    const body = bytes.subarray(at, to);
    let messages = 0;
    for (let place = body.indexOf(10); place >= 0; place = body.indexOf(10, place + 1)) messages++;
    posts.push({ body, messages });
    at = to;
  }
  return posts;
}

function weir(...args: readonly string[]): string {
  const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

async function serve(store: string): Promise<{ child: ChildProcess; url: string }> {
  const flags = process.env.SOAK_NODE?.split(' ') ?? [];
  const child = spawn(process.execPath, [...flags, main, 'serve', '--store', store, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  for await (const piece of child.stderr as AsyncIterable<Buffer>) {
    text += piece.toString('utf8');
    const url = /"event":"listening","url":"([^"]+)"/.exec(text)?.[1];
    if (url === undefined) continue;
    child.stderr?.on('data', () => {});
    return { child, url };
  }
  throw new Error(`weir serve did not start: ${text}`);
}

async function ask(
  url: string,
  options: { agent?: Agent; body?: Buffer; type?: string },
): Promise<{ status: number; text: string }> {
  return await new Promise((resolve, reject) => {
    const { agent, body, type } = options;
    const headers = type === undefined ? {} : { 'content-type': type };
    const method = body === undefined ? 'GET' : 'POST';
    const asked = request(url, { method, headers, ...(agent === undefined ? {} : { agent }) }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The server's own figures. */
async function figuresOf(url: string): Promise<Figures> {
  const { text } = await ask(`${url}/metrics`, {});
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    memory: figure('weir_process_resident_bytes'),
    heap: figure('weir_process_heap_bytes'),
    cpu: figure('weir_process_cpu_seconds_total'),
    segments: figure('weir_store_segments'),
  };
}

/** How long a query of the last minute takes, from its request to its last record, in ms. */
async function queryTime(url: string): Promise<number> {
  const now = Date.now();
  const started = performance.now();
  const body = JSON.stringify({
    query: '_sourceCategory=AWS/VPC* REJECT | count by _sourceCategory',
    from: now - 60_000,
    to: now,
    byReceiptTime: true,
  });
  const created = await ask(`${url}/api/v1/search/jobs`, {
    body: Buffer.from(body),
    type: 'application/json',
  });
  const { id } = JSON.parse(created.text) as { id: string };
  for (;;) {
    const { text } = await ask(`${url}/api/v1/search/jobs/${id}`, {});
    if ((JSON.parse(text) as { state: string }).state === 'DONE GATHERING RESULTS') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - started;
}

async function soak(
  url: string,
  path: string,
  posts: readonly Post[],
  connections: number,
  length: number,
): Promise<Row> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const until = performance.now() + length * 1000;
  const waits: number[] = [];
  const queries: number[] = [];
  let messages = 0;
  let bytes = 0;
  let refused = 0;
  let next = 0;
  const samples = [await figuresOf(url)];
  const ownBefore = process.cpuUsage();
  const started = performance.now();
  const sender = async () => {
    while (performance.now() < until) {
      if (messages > (MOST_RATE * (performance.now() - started)) / 1000) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const post = posts[next++ % posts.length]!;
      const sent = performance.now();
      const { status } = await ask(url + path, { agent, body: post.body });
      waits.push(performance.now() - sent);
      if (status === 200) {
        messages += post.messages;
        bytes += post.body.length;
      } else {
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const asker = async () => {
    while (WITH_QUERIES && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      queries.push(await queryTime(url));
    }
  };
  const watcher = async () => {
    while (performance.now() < until - SAMPLE_EVERY) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY));
      samples.push(await figuresOf(url));
    }
  };
  await Promise.all([asker(), watcher(), ...Array.from({ length: connections }, sender)]);
  const seconds = (performance.now() - started) / 1000;
  const own = process.cpuUsage(ownBefore);
  agent.destroy();
  samples.push(await figuresOf(url));
  const serverSeconds = samples.at(-1)!.cpu - samples[0]!.cpu;
  return {
    connections,
    seconds,
    rate: messages / seconds,
    megabytes: bytes / seconds / 1e6,
    perCpuSecond: messages / Math.max(serverSeconds, 1e-9),
    serverCores: serverSeconds / seconds,
    senderCores: (own.user + own.system) / 1e6 / seconds,
    waits: waits.toSorted((a, b) => a - b),
    queries: queries.toSorted((a, b) => a - b),
    refused,
    samples,
  };
}

/** The value that a share of the sorted values does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** p50, p99 and the worst. */
function times(sorted: readonly number[]): string {
  return [0.5, 0.99, 1].map((share) => `${Math.round(quantile(sorted, share))}`).join(', ');
}

/** Least and most over the first and the last quarter of the time: flat where they are alike. */
function overTime(values: readonly number[]): string {
  const quarter = Math.max(1, values.length >> 2);
  const range = (part: readonly number[]) =>
    `${Math.round(Math.min(...part) / 1e6)}–${Math.round(Math.max(...part) / 1e6)}`;
  return `${range(values.slice(0, quarter))}, ${range(values.slice(-quarter))}`;
}

function table(rows: readonly Row[]): string {
  const number = (value: number) => Math.round(value).toLocaleString('en');
  const lines = [
    '| connections | seconds | messages/s | MB/s | per CPU second | cores of server, sender | ack ms p50, p99, worst | refused | queries | query ms p50, p99, worst | memory MB first, last quarter | heap MB | segments |',
    '|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows.map((row) =>
      [
        '',
        row.connections,
        Math.round(row.seconds),
        number(row.rate),
        row.megabytes.toFixed(1),
        number(row.perCpuSecond),
        `${row.serverCores.toFixed(2)}, ${row.senderCores.toFixed(2)}`,
        times(row.waits),
        row.refused,
        row.queries.length,
        times(row.queries),
        overTime(row.samples.map(({ memory }) => memory)),
        overTime(row.samples.map(({ heap }) => heap)),
        row.samples.at(-1)!.segments,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ];
  return lines.join('\n');
}

const posts = makePosts();
const folder = mkdtempSync(join(tmpdir(), 'weir-soak-'));
const store = join(folder, 'store');
try {
  if (WITH_RULES) weir('apps', 'install', 'vpc-flow-logs', '--category', 'AWS/VPC*', '--store', store);
  const added = weir(
    'sources',
    'add',
    'http',
    'soak',
    '--category',
    'AWS/VPC/soak',
    '--store',
    store,
    '-o',
    'json',
  );
  const { path } = JSON.parse(added) as { path: string };
  const { child, url } = await serve(store);
  const rows: Row[] = [];
  try {
    for (const connections of CONNECTIONS) {
      await soak(url, path, posts, connections, WARMUP);
      rows.push(await soak(url, path, posts, connections, SECONDS));
    }
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  process.stdout.write(`${table(rows)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
