import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { memoryDocuments } from '../../src/lookups/document-store.ts';
import { addKey, keyOf, removeKey, storedKeys } from '../../src/server/auth/access-keys.ts';
import { jsonLog } from '../../src/server/operations/log.ts';
import { NoKeysError, SERVE_LIMITS } from '../../src/server/serve-options.ts';
import { ask, basic, fieldOf, httpSource, keyHeaders, serve, until } from './serving.ts';

/** Paths that need a key once there is one, by the scope that opens them. */
const GUARDED = {
  query: ['/', '/search', '/metrics', '/api/v1/dashboards', '/api/v1/extractionRules', '/api/v1/tail?query='],
  none: ['/nothing', '/api/v1/nothing'],
};

test('on a loopback address without keys everyone on the machine may do everything', async () => {
  const { url } = await serve();
  for (const path of GUARDED.query) expect((await ask(url + path)).status, path).not.toBe(401);
});

test('any other address needs a key, and says so', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    await expect(serve({ host }), host).rejects.toThrow(NoKeysError);
  }
  await expect(serve({ host: '0.0.0.0' })).rejects.toMatchObject({ hint: expect.stringContaining('TLS') });
});

test('with a key, another address is served, and nothing is open but health and sources', async () => {
  const { port, store } = await serve({ host: '0.0.0.0' }, async (opened) => {
    await keyHeaders(opened, 'admin');
  });
  const url = `http://127.0.0.1:${port}`;
  const path = await httpSource(store);
  for (const guarded of [...GUARDED.query, ...GUARDED.none]) {
    const answer = await ask(url + guarded);
    expect(answer.status, guarded).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Basic');
  }
  expect((await ask(`${url}/healthz`)).status).toBe(200);
  expect((await ask(`${url}/assets/weir.js`)).status).toBe(200);
  expect((await ask(url + path, { body: 'x' })).status).toBe(200);
});

test.each([
  'Basic',
  'Basic !!!',
  'Bearer abc',
  basic(''),
  basic('nobody'),
  basic(':'),
  basic('weir0000000000000000:x'),
  basic('__proto__:x'),
  `Basic ${'A'.repeat(4000)}`,
])('bad credentials are refused: %s', async (authorization) => {
  const { url } = await serve({}, async (store) => {
    await keyHeaders(store, 'admin');
  });
  expect((await ask(`${url}/api/v1/dashboards`, { headers: { authorization } })).status).toBe(401);
});

test('a key is for its scopes only; admin is for all', async () => {
  const keys = new Map<string, { authorization: string }>();
  const { url } = await serve({}, async (store) => {
    for (const scope of ['ingest', 'query', 'admin'] as const)
      keys.set(scope, await keyHeaders(store, scope));
  });
  const status = async (scope: string, path: string, method = 'GET') =>
    (await ask(url + path, { method, headers: keys.get(scope) ?? {} })).status;
  expect(await status('ingest', '/api/v1/dashboards')).toBe(403);
  expect(await status('query', '/api/v1/dashboards')).toBe(200);
  expect(await status('admin', '/api/v1/dashboards')).toBe(200);
  expect(await status('query', '/api/v1/extractionRules/x', 'DELETE')).toBe(403);
  expect(await status('admin', '/api/v1/extractionRules/x', 'DELETE')).toBe(404);
});

test('keys are kept as hashes, and work and end while the server runs', async () => {
  const { url, store } = await serve();
  const { accessId, accessKey } = await addKey(store.documents, 'later', ['query'], 1);
  const text = await store.documents.get('key', accessId);
  expect(text).not.toContain(accessKey);
  const headers = { authorization: basic(`${accessId}:${accessKey}`) };
  await until(async () => (await ask(`${url}/api/v1/dashboards`)).status === 401);
  expect((await ask(`${url}/api/v1/dashboards`, { headers })).status).toBe(200);
  const wrong = { authorization: basic(`${accessId}:${accessKey.slice(0, -1)}`) };
  expect((await ask(`${url}/api/v1/dashboards`, { headers: wrong })).status).toBe(401);
  await addKey(store.documents, 'other', ['query'], 1);
  await removeKey(store.documents, 'later');
  await until(async () => (await ask(`${url}/api/v1/dashboards`, { headers })).status === 401);
});

test('a damaged key document opens nothing', async () => {
  const documents = memoryDocuments();
  const { accessId, accessKey } = await addKey(documents, 'k', ['admin'], 1);
  expect(keyOf(await storedKeys(documents), accessId, accessKey)?.name).toBe('k');
  expect(keyOf(await storedKeys(documents), accessId, '')).toBe(null);
  await documents.put('key', accessId, '{"accessId":"x"');
  await documents.put(
    'key',
    'other',
    JSON.stringify({ accessId: 'other', name: 'n', scopes: ['admin'], hash: '' }),
  );
  expect(await storedKeys(documents)).toEqual([]);
});

test('requests that pages of other sites make are refused', async () => {
  const { url, port } = await serve();
  const api = `${url}/api/v1/dashboards`;
  const allowed = [
    {},
    { host: `localhost:${port}` },
    { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` },
    { host: `[::1]:${port}` },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ];
  for (const headers of allowed)
    expect((await ask(api, { headers })).status, JSON.stringify(headers)).toBe(200);
  const refused = [
    { host: 'evil.example' },
    { host: `evil.example:${port}` },
    { host: '127.0.0.1.evil.example' },
    { host: '169.254.169.254' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${port + 1}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ];
  for (const headers of refused)
    expect((await ask(api, { headers })).status, JSON.stringify(headers)).toBe(403);
  const post = { json: {}, headers: { origin: 'http://evil.example' } };
  expect((await ask(`${url}/api/v1/search/jobs`, post)).status).toBe(403);
});

test('a form of another site cannot even send what looks like JSON', async () => {
  const { url } = await serve();
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const answer = await ask(`${url}/api/v1/extractionRules`, {
      body: '{}',
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(415);
  }
});

test('a name of a proxy in front can be allowed', async () => {
  const { url } = await serve({ allowedHosts: ['Logs.Example'] });
  const status = async (host: string) => (await ask(`${url}/search`, { headers: { host } })).status;
  expect(await status('logs.example')).toBe(200);
  expect(await status('other.example')).toBe(403);
});

test('sources take messages whatever the host is called: their code is what counts', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  expect((await ask(url + path, { body: 'x', headers: { host: 'collector.example' } })).status).toBe(200);
});

test('no answer allows other sites to read it, and all forbid what they can', async () => {
  const { url } = await serve();
  for (const path of [
    '/',
    '/search',
    '/healthz',
    '/metrics',
    '/api/v1/dashboards',
    '/nothing',
    '/assets/weir.js',
  ]) {
    const { headers } = await ask(url + path, { headers: { origin: url } });
    expect(headers['access-control-allow-origin'], path).toBe(undefined);
    expect(headers['x-content-type-options'], path).toBe('nosniff');
    expect(headers['x-frame-options'], path).toBe('DENY');
    expect(headers['content-security-policy'], path).toMatch(/^default-src '(?:self|none)'/);
    expect(headers['content-security-policy'], path).not.toMatch(/script-src|unsafe-eval|style-src 'unsafe/);
    expect(headers['x-powered-by'], path).toBe(undefined);
  }
  expect(
    (await ask(`${url}/api/v1/dashboards`, { method: 'OPTIONS' })).headers['access-control-allow-methods'],
  ).toBe(undefined);
});

test.each([
  '/dashboards/..%2f..%2f/etc',
  '/dashboards/%2e%2e/passwd',
  '/dashboards/a/%00',
  '/dashboards/a/..%5c..%5csecrets',
  '/api/v1/dashboards/..%2f..%2fkey/x',
  '/api/v1/extractionRules/..%2f..%2fkey',
  '/api/v1/search/jobs/..%2fx',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%',
])('no path leads out of where it should: %s', async (path) => {
  const { url } = await serve();
  const answer = await ask(url + path);
  expect(answer.status).toBe(404);
  expect(answer.text).not.toContain('root:');
});

test('paths as they come from the wire', async () => {
  const { port } = await serve();
  const status = async (target: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    let answer = '';
    for await (const piece of socket as AsyncIterable<Buffer>) answer += piece.toString();
    return answer.split(' ')[1]!;
  };
  expect(await status('/../../etc/passwd')).toBe('404');
  expect(await status('//evil.example/')).toBe('404');
  expect(await status('http://evil.example/')).toBe('403');
  expect(await status('/healthz')).toBe('200');
  expect(await status('http://localhost/healthz')).toBe('200');
  expect(await status('https://127.0.0.1:443/api/v1/dashboards')).toBe('200');
  expect(await status('/api/v1//dashboards')).toBe('200');
  expect(await status('http://[')).toBe('400');
});

test('what a query may cost is bounded, and a query of someone who left is ended', async () => {
  const { url, store, log } = await serve({
    limits: { ...SERVE_LIMITS, queryTime: 1 },
  });
  const path = await httpSource(store);
  await ask(url + path, { body: 'x y z\n'.repeat(200_000) });
  const page = await ask(
    `${url}/search?q=${encodeURIComponent('* | parse regex "(?<a>\\w+)" multi | count by a')}`,
  );
  expect(page.text).toContain('took longer than');
  expect(log.filter(({ event }) => event === 'bug')).toEqual([]);
});

test('an expression that runs for ever elsewhere ends here', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  await ask(url + path, { body: `${'a'.repeat(50_000)}!` });
  const query = encodeURIComponent('* | parse regex "(?<x>(a+)+)$" | count');
  expect((await ask(`${url}/search?q=${query}`)).status).toBe(200);
});

test('the log holds no character that steers a terminal', () => {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => lines.push(line),
    () => 0,
  );
  log.write('warn', 'event', { text: '\u001b[31mred\u001b[0m \u202egnp\u009b \u2066' });
  expect(lines.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', event: 'event' });
});

test('refusals are in the ledger, without the secrets that came with them', async () => {
  const { url, store } = await serve();
  await ask(`${url}/receiver/v1/http/secret-code`, { body: 'secret text' });
  expect(store.ledger.entries()).toMatchObject([
    { what: 'refused', why: 'HTTP 401: unauthorized', times: 1 },
  ]);
  expect(JSON.stringify(store.ledger.entries())).not.toContain('secret');
  expect(await fieldOf(store, '_raw')).toEqual([]);
});
