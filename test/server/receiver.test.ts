import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ask, extractionRule, fieldOf, httpSource, keyHeaders, rowsOf, serve, until } from './serving.ts';

const LINES = 'one\ntwo\nthree\n';

test('every line of a body is a message with the metadata of its source', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store, { category: 'a/b', host: 'h', name: 'n', fields: { env: 'prod' } });
  const answer = await ask(url + path, { body: 'one\r\n\ntwo' });
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(await fieldOf(store, '_raw')).toEqual(['one', 'two']);
  const [row] = await rowsOf(store, 'one');
  expect(row?.get('_sourceCategory')).toBe('a/b');
  expect(row?.get('_sourceHost')).toBe('h');
  expect(row?.get('_sourceName')).toBe('n');
  expect(row?.get('env')).toBe('prod');
});

test('headers override the source; empty ones and `none` say nothing', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store, {
    category: 'own',
    host: 'own-host',
    fields: { env: 'own', kept: 'yes' },
  });
  const headers = {
    'X-Sumo-Category': 'given',
    'X-Sumo-Name': 'stream-ä',
    'X-Sumo-Host': '',
    'X-Sumo-Fields': 'ENV=given, team = net,broken',
    'X-Sumo-Client': 'cwl-aws-lambda',
  };
  const sent = { ...headers, 'X-Sumo-Name': Buffer.from(headers['X-Sumo-Name']).toString('latin1') };
  expect((await ask(url + path, { body: 'a', headers: sent })).status).toBe(200);
  expect((await ask(url + path, { body: 'b', headers: { 'x-sumo-category': 'None' } })).status).toBe(200);
  const [a] = await rowsOf(store, 'a');
  expect(Object.fromEntries(a ?? [])).toMatchObject({
    _sourceCategory: 'given',
    _sourceName: 'stream-ä',
    _sourceHost: 'own-host',
    env: 'given',
    team: 'net',
    kept: 'yes',
  });
  const [b] = await rowsOf(store, 'b');
  expect(b?.get('_sourceCategory')).toBe('own');
});

test('a source can make fields of headers, not of those of the transport', async () => {
  const { url, store } = await serve();
  const fields = { _convertHeadersToFields: 'true', team: 'own' };
  const path = await httpSource(store, { category: 'c', fields });
  const headers = {
    'X-Env': 'prod',
    Team: 'net',
    Authorization: 'Basic c2VjcmV0',
    'X-Sumo-Fields': 'x-env=given',
  };
  expect((await ask(url + path, { body: 'a', headers })).status).toBe(200);
  const row = Object.fromEntries((await rowsOf(store, 'a'))[0] ?? []);
  expect(row).toMatchObject({ 'X-Env': 'given', team: 'net' });
  expect(Object.keys(row).filter((name) => /auth|convert|host$|length/i.test(name))).toEqual(['_sourceHost']);
  const plain = await httpSource(store, { category: 'c', fields: { team: 'own' } });
  expect((await ask(url + plain, { body: 'b', headers })).status).toBe(200);
  expect(Object.fromEntries((await rowsOf(store, 'b'))[0] ?? [])).toMatchObject({ team: 'own' });
});

test.each([
  ['gzip', gzipSync(LINES)],
  ['gzip', Buffer.concat([gzipSync('one\n'), gzipSync('two\nthree\n')])],
  ['deflate', deflateSync(LINES)],
  ['zstd', zstdCompressSync(LINES)],
  ['zstd', Buffer.concat([zstdCompressSync('one\n'), zstdCompressSync('two\nthree\n')])],
  ['identity', Buffer.from(LINES)],
  ['', gzipSync(LINES)],
])('a body packed with %s is unpacked (%#)', async (encoding, body) => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  expect((await ask(url + path, { body, headers: { 'content-encoding': encoding } })).status).toBe(200);
  expect(await fieldOf(store, '_raw')).toEqual(['one', 'two', 'three']);
});

test.each([
  ['UTF-16, little end first', Buffer.from(`\ufeff${LINES}`, 'utf16le')],
  ['UTF-16, big end first', Buffer.from(`\ufeff${LINES}`, 'utf16le').swap16()],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${LINES}`)],
  ['gzip in gzip', gzipSync(gzipSync(LINES))],
  ['zstd in gzip', gzipSync(zstdCompressSync(LINES))],
])('a file sent as it is, in %s, has its lines and no more', async (_, body) => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  expect((await ask(url + path, { body })).status).toBe(200);
  expect(await fieldOf(store, '_raw')).toEqual(['one', 'two', 'three']);
});

test('lines are joined by a boundary, or the whole request is one message', async () => {
  const { url, store } = await serve();
  const boundary = await httpSource(store, { category: 'b', multiline: { boundary: '\\d+ .*' } }, 'boundary');
  const whole = await httpSource(store, { category: 'w', multiline: 'request' }, 'whole');
  await ask(url + boundary, { body: '1 first\n more\n2 second\n' });
  await ask(url + whole, { body: 'a\nb\nc\n' });
  expect(await fieldOf(store, '_raw', '_sourceCategory=b')).toEqual(['1 first\n more', '2 second']);
  expect(await fieldOf(store, '_raw', '_sourceCategory=w')).toEqual(['a\nb\nc']);
});

test('times are read by format, locator and zone', async () => {
  const { url, store } = await serve();
  const epoch = await httpSource(
    store,
    { category: 'e', timestamp: { format: 'epoch', locator: '\\s(\\d{10,13})\\s\\d{10,13}' } },
    'epoch',
  );
  const zone = await httpSource(
    store,
    { category: 'z', timestamp: { format: 'yyyy-MM-dd HH:mm:ss', timeZone: 'Europe/Berlin' } },
    'zone',
  );
  await ask(url + epoch, { body: '2 123 eni-1 1.1.1.1 2.2.2.2 1 2 6 1 1 1418530010 1418530070 ACCEPT OK' });
  await ask(url + zone, { body: '2024-07-01 12:00:00 x' });
  expect(await fieldOf(store, '_messageTime', '_sourceCategory=e')).toEqual([1418530010000]);
  expect(await fieldOf(store, '_messageTime', '_sourceCategory=z')).toEqual([
    Date.parse('2024-07-01T10:00:00Z'),
  ]);
});

test('processing rules leave messages out, and the ledger says how many', async () => {
  const { url, store } = await serve();
  const processingRules = [
    { type: 'exclude', name: 'no debug', regex: '.*debug.*' },
    { type: 'mask', name: 'secret', regex: 'key=(\\w+)' },
  ];
  const path = await httpSource(store, { processingRules });
  await ask(url + path, { body: 'debug 1\nkey=abc\ndebug 2\n' });
  expect(await fieldOf(store, '_raw')).toEqual(['key=#']);
  expect(store.ledger.entries()).toMatchObject([
    { what: 'dropped', why: 'excluded', where: 'source', messages: 2 },
  ]);
});

test('extraction rules apply, and a rule that is added later applies from then on', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  await ask(url + path, { body: 'user=ann' });
  await extractionRule(store, 'name: r\nscope: _sourceCategory=test\nparse: parse "user=*" as user\n');
  await until(async () => {
    await ask(url + path, { body: 'user=bob' });
    return (await fieldOf(store, 'user')).at(-1) === 'bob';
  });
  expect((await fieldOf(store, 'user'))[0]).toBe(null);
});

test.each([['with'], ['without']])('large bodies at once keep their lines apart, %s rules', async (how) => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  if (how === 'with') {
    await extractionRule(store, 'name: r\nscope: "*"\nparse: parse "body * row * " as body, row\n');
    await until(async () => {
      await ask(url + path, { body: 'body x row x ' });
      return (await fieldOf(store, 'body')).at(-1) === 'x';
    });
  }
  const fields = (body: number, row: number) => `${body} ${row}`;
  const sent = Array.from({ length: 12 }, (_, body) =>
    Array.from({ length: 3000 }, (_, row) => fields(body, row)),
  );
  const bodies = sent.map((rows) => rows.map((row) => `body ${row.replace(' ', ' row ')} `).join('\n'));
  const answers = await Promise.all(bodies.map((body) => ask(url + path, { body })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const raw = (await fieldOf(store, '_raw', 'body not x')).toSorted();
  expect(raw).toEqual(bodies.flatMap((body) => body.split('\n')).toSorted());
  if (how === 'without') return;
  for (let flushed = 0; flushed < 2; flushed++) {
    const found = (await rowsOf(store, 'body not x')).map((row) => `${row.get('body')} ${row.get('row')}`);
    expect(found.toSorted()).toEqual(sent.flat().toSorted());
    await store.flush();
  }
});

test('a source that is added while the server runs works at once', async () => {
  const { url, store } = await serve();
  expect((await ask(`${url}/receiver/v1/http/unknown`, { body: 'x' })).status).toBe(401);
  const path = await httpSource(store);
  expect((await ask(url + path, { body: 'x' })).status).toBe(200);
});

test('a batch that is sent again is stored once; another source may use the same id', async () => {
  const { url, store } = await serve();
  const first = await httpSource(store, {}, 'first');
  const second = await httpSource(store, {}, 'second');
  const headers = { 'X-Weir-Batch': 'batch-1' };
  for (const path of [first, first, second]) {
    expect((await ask(url + path, { body: 'a\nb\n', headers })).status).toBe(200);
  }
  expect(await fieldOf(store, '_raw')).toEqual(['a', 'b', 'a', 'b']);
  const { text } = await ask(`${url}/metrics`);
  expect(text).toContain('weir_repeated_batches_total 1\n');
  expect(text).toContain('weir_received_messages_total{source="first"} 2\n');
  const longId = { 'X-Weir-Batch': 'x'.repeat(300) };
  expect((await ask(url + first, { body: 'c', headers: longId })).status).toBe(400);
});

test('many requests at once are all stored', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const bodies = Array.from({ length: 120 }, (_, number) => `a ${number}\nb ${number}\n`);
  const answers = await Promise.all(bodies.map((body) => ask(url + path, { body })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const raw = await fieldOf(store, '_raw');
  expect(new Set(raw)).toEqual(new Set(bodies.flatMap((body) => body.trim().split('\n'))));
  expect(raw).toHaveLength(240);
});

test('an empty body is fine and stores nothing', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  expect((await ask(url + path, { body: '' })).status).toBe(200);
  expect(await fieldOf(store, '_raw')).toEqual([]);
});

test('query parameters are ignored, other methods are refused', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  expect((await ask(`${url}${path}?x=1&code=2`, { body: 'x' })).status).toBe(200);
  const wrong = await ask(url + path, { method: 'PUT', body: 'x' });
  expect(wrong.status).toBe(405);
  expect(wrong.headers.allow).toBe('POST');
});

test('metrics and unknown encodings are refused with 415', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const ofSumo = ['carbon2', 'graphite', 'prometheus'].map((form) => `vnd.sumologic.${form}`);
  for (const type of [...ofSumo, 'x-protobuf', 'vnd.google.protobuf', 'openmetrics-text; version=1.0.0']) {
    const headers = { 'content-type': `application/${type}` };
    const answer = await ask(url + path, { body: 'x 1', headers });
    expect(answer.status).toBe(415);
    expect(answer.json().message).toContain('metrics');
  }
  const headers = { 'content-encoding': 'br' };
  expect((await ask(url + path, { body: 'x', headers })).status).toBe(415);
  for (const type of [
    'text/plain',
    'application/json',
    'application/x-ndjson',
    'application/x-www-form-urlencoded',
  ]) {
    expect((await ask(url + path, { body: 'x', headers: { 'content-type': type } })).status).toBe(200);
  }
});

test('a damaged body is refused and nothing of it is stored', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const whole = gzipSync(LINES.repeat(1000));
  const headers = { 'content-encoding': 'gzip' };
  for (const body of [whole.subarray(0, whole.length - 20), Buffer.from('no gzip at all')]) {
    expect((await ask(url + path, { body, headers })).status).toBe(400);
  }
  expect(await fieldOf(store, '_raw')).toEqual([]);
  expect(store.ledger.entries()).toMatchObject([
    { what: 'refused', why: 'HTTP 400: body.damaged', times: 2 },
  ]);
});

test('a key of scope ingest stands in for a code; the request says what its messages are', async () => {
  const { url, store } = await serve();
  const key = await keyHeaders(store, 'ingest');
  const other = await keyHeaders(store, 'query');
  const path = `${url}/receiver/v1/http`;
  const headers = { ...key, 'x-sumo-category': 'by-key' };
  expect((await ask(path, { body: 'x', headers })).status).toBe(200);
  expect((await ask(path, { body: 'x', headers: key })).status).toBe(400);
  expect((await ask(path, { body: 'x', headers: { ...headers, ...other } })).status).toBe(403);
  expect((await ask(path, { body: 'x' })).status).toBe(401);
  expect(await fieldOf(store, '_sourceCategory')).toEqual(['by-key']);
});

test('field names of the language of the engine itself are ordinary fields', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const headers = { 'x-sumo-fields': '__proto__=p,constructor=c,toString=t,_raw=r,_sourceCategory=s' };
  await ask(url + path, { body: 'x', headers });
  const [row] = await rowsOf(store, '*');
  expect(row?.get('constructor')).toBe('c');
  expect(row?.get('toString')).toBe('t');
  expect(row?.get('_raw')).toBe('x');
  expect(row?.get('_sourceCategory')).toBe('test');
  expect(({} as Record<string, unknown>).p).toBe(undefined);
});
