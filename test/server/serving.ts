import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Value } from '../../src/engine/columns/value.ts';
import { collectRows, runQuery } from '../../src/index.ts';
import { saveRule } from '../../src/ingest/stored-rules.ts';
import { addSource, splitSettings } from '../../src/ingest/stored-sources.ts';
import { parseRuleFile } from '../../src/rules/rule.ts';
import { addKey } from '../../src/server/auth/access-keys.ts';
import type { Scope } from '../../src/server/auth/caller.ts';
import { SERVE_LIMITS, type ServeOptions } from '../../src/server/serve-options.ts';
import { startServer } from '../../src/server/server.ts';
import { type Disk, realDisk } from '../../src/store/disk.ts';
import { openStore, type Store } from '../../src/store/store.ts';

/** A server over a store of its own, on a free port. */
export interface Served {
  readonly url: string;
  readonly port: number;
  readonly store: Store;
  readonly directory: string;
  /** The lines of the log so far. */
  readonly log: Record<string, unknown>[];
  stop(): Promise<void>;
}

/** How to serve in a test. */
export interface ServedOptions extends Partial<Omit<ServeOptions, 'store' | 'log'>> {
  readonly disk?: Disk;
  readonly storeNow?: () => number;
}

/** A temporary directory, gone after the test. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-serve-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts a server that ends with the test. `before` puts things into its store first. */
export async function serve(
  options: ServedOptions = {},
  before: (store: Store) => Promise<void> = async () => {},
): Promise<Served> {
  const { disk = realDisk, storeNow = Date.now, ...rest } = options;
  const directory = disk === realDisk ? join(temporary(), 'store') : '/store';
  const store = await openStore(directory, { mode: 'write', disk, now: storeNow });
  await before(store);
  const log: Record<string, unknown>[] = [];
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    ...rest,
    store,
    log: { write: (level, event, details) => void log.push({ level, event, ...details }) },
    limits: { ...SERVE_LIMITS, drain: 2000, ...rest.limits },
  }).catch(async (failure: unknown) => {
    await store.close();
    throw failure;
  });
  onTestFinished(() => server.stop());
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    store,
    directory,
    log,
    stop: server.stop,
  };
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever the server answers
  json(): any;
}

/** What to send. */
export interface Sent {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** Sent as JSON, under that name. */
  readonly json?: unknown;
}

/** One request on a connection of its own. */
export function ask(url: string, sent: Sent = {}): Promise<Answer> {
  const body = sent.json === undefined ? sent.body : JSON.stringify(sent.json);
  const type = sent.json === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const method = sent.method ?? (body === undefined ? 'GET' : 'POST');
    const asked = request(url, { method, headers: { ...type, ...sent.headers }, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        const { statusCode = 0, headers } = answer;
        resolve({ status: statusCode, headers, text, json: () => JSON.parse(text) });
      });
    });
    asked.on('error', reject);
    // As bytes: beside a text, Node would send the headers in the text's encoding.
    asked.end(body === undefined ? undefined : Buffer.from(body));
  });
}

/** Adds an HTTP source with this definition; the path to send to. */
export async function httpSource(
  store: Store,
  definition: Record<string, unknown> = {},
  name = 'source',
): Promise<string> {
  const { config, settings } = splitSettings({ category: 'test', ...definition }, 'http');
  if (!config.ok) throw new Error(config.problems.join('\n'));
  const { code } = await addSource(
    store.documents,
    { name, kind: 'http', config: config.value, settings },
    1,
  );
  return `/receiver/v1/http/${code}`;
}

/** Adds an extraction rule. */
export async function extractionRule(store: Store, yaml: string): Promise<void> {
  const file = parseRuleFile(yaml);
  if (!file.ok) throw new Error(file.problems.join('\n'));
  const { saved, checked, setProblems } = await saveRule(store.documents, file.rule, Date.now());
  if (!saved) throw new Error(JSON.stringify([checked.parseDiagnostics, setProblems]));
}

/** Adds a key; the headers that show it. */
export async function keyHeaders(store: Store, ...scopes: Scope[]): Promise<{ authorization: string }> {
  const { accessId, accessKey } = await addKey(store.documents, scopes.join('+'), scopes, 1);
  return { authorization: basic(`${accessId}:${accessKey}`) };
}

export function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** The rows of a query over the store, as objects. */
export async function rowsOf(store: Store, query: string): Promise<Map<string, Value>[]> {
  const { run, diagnostics } = await runQuery(query, store.source());
  if (run === null) throw new Error(JSON.stringify(diagnostics));
  const { names, rows } = await collectRows(run);
  return rows.map((row) => new Map(names.map((name, position) => [name, row[position] ?? null])));
}

/** One field of all messages, in order of arrival. */
export async function fieldOf(store: Store, field: string, query = '*'): Promise<Value[]> {
  return (await rowsOf(store, query)).map((row) => row.get(field) ?? null).reverse();
}

/** Waits until a condition holds; fails after some seconds. */
export async function until(condition: () => Promise<boolean> | boolean, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not become so');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
