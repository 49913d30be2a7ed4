import { expect, test } from 'vitest';
import { saveMacro } from '../../src/ingest/stored-macros.ts';
import { createLookups } from '../../src/lookups/lookups.ts';
import { SERVE_LIMITS } from '../../src/server/serve-options.ts';
import type { Store } from '../../src/store/store.ts';
import { messages } from '../store/messages.ts';
import { ask, httpSource, keyHeaders, rowsOf, serve, until } from './serving.ts';

const START = Date.parse('2024-01-01T00:00:00Z');
const COUNT = 250;

/** 250 messages, one a second, of two users. */
async function filled(store: Store): Promise<void> {
  const lines = Array.from(
    { length: COUNT },
    (_, row) => `user=${row % 5 === 0 ? 'ann' : 'bob'} took ${row} ms`,
  );
  await store.append(messages(lines, { category: 'web', times: lines.map((_, row) => START + row * 1000) }));
}

const RANGE = { from: '2024-01-01T00:00:00', to: '2024-01-01T01:00:00', timeZone: 'UTC' };

async function create(url: string, body: Record<string, unknown>, headers = {}): Promise<string> {
  const answer = await ask(`${url}/api/v1/search/jobs`, { json: { ...RANGE, ...body }, headers });
  expect(answer.text).toContain('"id":"');
  expect(answer.status).toBe(202);
  expect(answer.headers.location).toBe(`${url}/api/v1/search/jobs/${answer.json().id}`);
  return answer.headers.location ?? '';
}

/** The last status, and the deltas of all of them put together. */
async function finished(job: string, state = 'DONE GATHERING RESULTS') {
  const buckets: { length: number; count: number; startTimestamp: number }[] = [];
  const errors: string[] = [];
  let status: Record<string, unknown> = {};
  await until(async () => {
    status = (await ask(job)).json();
    buckets.push(...(status.histogramBuckets as typeof buckets));
    errors.push(...(status.pendingErrors as string[]));
    return status.state === state;
  });
  return { status, buckets, errors };
}

test('an aggregate query gives records, a count of messages and a histogram', async () => {
  const { url } = await serve({}, filled);
  const query = '_sourceCategory=web | parse "user=* " as User | count, sum(_size) by User | sort User asc';
  const job = await create(url, { query });
  const { status, buckets, errors } = await finished(job);
  expect(errors).toEqual([]);
  expect(status).toMatchObject({ messageCount: COUNT, recordCount: 2, pendingWarnings: [] });
  expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(COUNT);
  expect(buckets[0]).toEqual({ length: 60_000, count: 60, startTimestamp: START });
  // Deltas: what was told once is not told again.
  expect((await ask(job)).json().histogramBuckets).toEqual([]);
  const records = (await ask(`${job}/records?offset=0&limit=10`)).json();
  expect(records.fields).toEqual([
    { name: 'user', fieldType: 'string', keyField: true },
    { name: '_count', fieldType: 'int', keyField: false },
    { name: '_sum', fieldType: expect.stringMatching(/long|double/), keyField: false },
  ]);
  expect(records.records[0].map).toMatchObject({ user: 'ann', _count: '50' });
  expect(records.records[1].map).toMatchObject({ user: 'bob', _count: '200' });
  expect((await ask(`${job}/records?offset=1&limit=10`)).json().records).toHaveLength(1);
  expect((await ask(`${job}/records?offset=5&limit=10`)).json().records).toEqual([]);
  // Raw messages of an aggregate are kept only when they are asked for.
  expect((await ask(`${job}/messages?offset=0&limit=10`)).json().messages).toEqual([]);
});

test('a query for messages gives them newest first, page by page', async () => {
  const { url } = await serve({}, filled);
  const job = await create(url, { query: '"user=ann"' });
  const { status } = await finished(job);
  expect(status).toMatchObject({ messageCount: 50, recordCount: 0 });
  const page = (await ask(`${job}/messages?offset=48&limit=10000`)).json();
  expect(page.messages).toHaveLength(2);
  expect(page.messages[1].map).toMatchObject({
    _raw: 'user=ann took 0 ms',
    _messagetime: String(START),
    _sourcecategory: 'web',
    _collector: 'weir',
  });
  for (const { map } of page.messages)
    for (const value of Object.values(map)) expect(typeof value).toBe('string');
  const names = page.fields.map((field: { name: string }) => field.name);
  expect(names).toContain('_messageid');
  expect(names.every((name: string) => name === name.toLowerCase())).toBe(true);
  const no = await ask(`${job}/records?offset=0&limit=10`);
  expect([no.status, no.json().code]).toEqual([400, 'searchjob.no.records.not.an.aggregation.query']);
});

test('an aggregate can keep its messages', async () => {
  const { url } = await serve({}, filled);
  const query = '"user=ann" | parse "took * ms" as ms | where ms > 100 | count';
  const job = await create(url, { query, requiresRawMessages: true });
  const { status } = await finished(job);
  expect(status).toMatchObject({ messageCount: 29, recordCount: 1 });
  const { messages } = (await ask(`${job}/messages?offset=0&limit=100`)).json();
  expect(messages).toHaveLength(29);
  expect(messages[0].map.ms).toBe('245');
});

test('times may be epoch ms without a zone, by receipt, and local with one', async () => {
  const { url } = await serve({}, filled);
  const count = async (body: Record<string, unknown>) =>
    (await finished(await create(url, { query: '* | count', ...body }))).status.messageCount;
  const none = { timeZone: undefined };
  expect(await count({ from: START, to: START + 10_000, ...none })).toBe(10);
  expect(await count({ from: String(START), to: String(START + 10_000), ...none })).toBe(10);
  expect(await count({ from: START, to: START + 10_000, ...none, byReceiptTime: true })).toBe(0);
  expect(await count({ from: START, to: START + 10_000, ...none, byReceiptTime: 'true' })).toBe(0);
  expect(await count({ from: START, to: START + 10_000, ...none, byReceiptTime: 'false' })).toBe(10);
  expect(await count({ from: 0, to: 1_800_000_000_000, ...none, intervalTimeType: 'receiptTime' })).toBe(
    COUNT,
  );
  const berlin = {
    from: '2024-01-01T01:00:00',
    to: '2024-01-01T01:00:30',
    timezone: 'Europe/Berlin',
    ...none,
  };
  expect(await count(berlin)).toBe(30);
});

test('the histogram of a search by receipt time counts by receipt time', async () => {
  const { url } = await serve({}, async (store) => {
    const day = 86_400_000;
    await store.append(messages(['a', 'b', 'c'], { times: [START, START + day, START + 9 * day] }));
  });
  const receipt = 1_700_000_999_999;
  const range = { from: receipt - 30_000, to: receipt + 30_000, byReceiptTime: true, timeZone: undefined };
  const { buckets } = await finished(await create(url, { query: '*', ...range }));
  expect(buckets).toEqual([{ length: 1000, count: 3, startTimestamp: 1_700_000_999_000 }]);
});

test('JSON messages are parsed by themselves when asked', async () => {
  const { url } = await serve({}, async (store) => {
    await store.append(messages(['{"a":"x"}', '{"a":"y"}'], { times: [START, START] }));
  });
  const body = { query: '* | count by a | sort a asc', autoParsingMode: 'AutoParse' };
  const job = await create(url, body);
  await finished(job);
  const { records } = (await ask(`${job}/records?offset=0&limit=9`)).json();
  expect(records.map(({ map }: { map: { a: string } }) => map.a)).toEqual(['x', 'y']);
});

test.each([
  [{ query: ' ' }, 'no.query'],
  [{ query: 5 }, 'no.query'],
  [{ from: '-1h' }, 'invalid.timestamp.from'],
  [{ from: undefined }, 'invalid.timestamp.from'],
  [{ to: 'tomorrow' }, 'invalid.timestamp.to'],
  [{ from: RANGE.to, to: RANGE.from }, 'to.smaller.than.from'],
  [{ timeZone: 'Mars/Olympus' }, 'unknown.timezone'],
  [{ timeZone: undefined }, 'empty.timezone'],
  [{ timeZone: '' }, 'empty.timezone'],
  [{ intervalTimeType: 'moonTime' }, 'unknown.time.type'],
  [{ query: '* | cuont' }, 'parse.error'],
  [{ query: '* | where' }, 'parse.error'],
])('a request for a job with %j is refused', async (body, code) => {
  const { url } = await serve();
  const json = { query: '*', ...RANGE, ...body };
  const answer = await ask(`${url}/api/v1/search/jobs`, { json });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({
    status: 400,
    code: `searchjob.${code}`,
    message: expect.any(String),
  });
  expect(answer.json().id).toMatch(/^[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}$/);
});

test.each([
  ['limit=1', 'offset.missing'],
  ['offset=&limit=1', 'offset.missing'],
  ['offset=x&limit=1', 'offset.missing'],
  ['offset=-1&limit=1', 'offset.negative'],
  ['offset=0', 'limit.missing'],
  ['offset=0&limit=0', 'limit.zero'],
  ['offset=0&limit=-2', 'limit.negative'],
])('paging with %s is refused', async (query, code) => {
  const { url } = await serve();
  const job = await create(url, { query: '* | count' });
  for (const what of ['messages', 'records']) {
    const answer = await ask(`${job}/${what}?${query}`);
    expect([answer.status, answer.json().code]).toEqual([400, `searchjob.${code}`]);
  }
});

test('a job can be removed, and unknown jobs are told apart from unknown paths', async () => {
  const { url } = await serve();
  const job = await create(url, { query: '*' });
  expect((await ask(job, { method: 'DELETE' })).status).toBe(200);
  const gone = await ask(job);
  expect([gone.status, gone.json().code]).toEqual([404, 'searchjob.jobid.invalid']);
  expect((await ask(`${url}/api/v1/nothing`)).json()).toMatchObject({ status: 404, code: 'notfound' });
  const method = await ask(job, { method: 'PUT', json: {} });
  expect([method.status, method.json().code]).toEqual([405, 'method.unsupported']);
  const type = await ask(`${url}/api/v1/search/jobs`, {
    body: '{}',
    headers: { 'content-type': 'text/plain' },
  });
  expect([type.status, type.json().code]).toEqual([415, 'contenttype.invalid']);
  const json = { body: '{', headers: { 'content-type': 'application/json' } };
  expect((await ask(`${url}/api/v1/search/jobs`, json)).status).toBe(400);
});

test('what fails while it runs is told in the status', async () => {
  const { url } = await serve({}, filled);
  const job = await create(url, { query: '* | lookup a from /shared/none on b=b | count' });
  const { status, errors } = await finished(job);
  expect(status).toMatchObject({ messageCount: 0, recordCount: 0 });
  expect(errors.join()).toContain('none');
});

test('jobs are those of their key, and each key may run so many', async () => {
  const keys: { authorization: string }[] = [];
  const { url } = await serve(
    { limits: { ...SERVE_LIMITS, queriesAtOnce: 0, jobs: { perCaller: 2, kept: 3, idle: 1e6 } } },
    async (store) => {
      keys.push(await keyHeaders(store, 'query'), await keyHeaders(store, 'query', 'ingest'));
    },
  );
  const [one, other] = keys as [{ authorization: string }, { authorization: string }];
  const job = await create(url, { query: '*' }, one);
  expect((await ask(job, { headers: one })).json().state).toBe('NOT STARTED');
  expect((await ask(job, { headers: other })).status).toBe(404);
  await create(url, { query: '*' }, one);
  const third = await ask(`${url}/api/v1/search/jobs`, { json: { ...RANGE, query: '*' }, headers: one });
  expect([third.status, third.json().code]).toEqual([429, 'rate.limit.exceeded']);
  await create(url, { query: '*' }, other);
  const fourth = await ask(`${url}/api/v1/search/jobs`, { json: { ...RANGE, query: '*' }, headers: other });
  expect(fourth.status).toBe(429);
  expect(fourth.headers['retry-after']).toBeDefined();
});

test('a job that nobody asks for is forgotten', async () => {
  let now = 1_000_000;
  const { url } = await serve({ now: () => now });
  const job = await create(url, { query: '*' });
  now += 299_000;
  expect((await ask(job)).status).toBe(200);
  now += 301_000;
  await create(url, { query: '*' });
  expect((await ask(job)).status).toBe(404);
});

test('only an administrator saves tables', async () => {
  const keys: { authorization: string }[] = [];
  const { url, store } = await serve({}, async (store) => {
    await filled(store);
    keys.push(await keyHeaders(store, 'query'), await keyHeaders(store, 'admin'));
  });
  const query = '* | count by _sourceCategory | save /shared/counts';
  const [reader, admin] = keys as [{ authorization: string }, { authorization: string }];
  const refused = await finishedAs(await create(url, { query }, reader), reader);
  expect(refused.join()).toContain('cannot be saved');
  expect(await finishedAs(await create(url, { query }, admin), admin)).toEqual([]);
  expect(await createLookups(store.documents).open('/shared/counts')).not.toBe(null);
  expect(await rowsOf(store, '* | count')).toHaveLength(1);
});

async function finishedAs(job: string, headers: { authorization: string }): Promise<string[]> {
  const errors: string[] = [];
  await until(async () => {
    const status = (await ask(job, { headers })).json();
    errors.push(...status.pendingErrors);
    return status.state === 'DONE GATHERING RESULTS';
  });
  return errors;
}

test('more than a hundred thousand messages pause the job', async () => {
  const { url } = await serve({}, async (store) => {
    const lines = Array.from({ length: 60_000 }, (_, row) => `m ${row}`);
    for (let part = 0; part < 2; part++) {
      await store.append(messages(lines, { times: lines.map((_, row) => START + row) }));
    }
  });
  const job = await create(url, { query: '*' });
  const { status, buckets } = await finished(job, 'FORCE PAUSED');
  expect(status.messageCount).toBeGreaterThanOrEqual(100_000);
  expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(120_000);
  expect((await ask(`${job}/messages?offset=0&limit=20000`)).json().messages).toHaveLength(10_000);
});

test("messages say their source, and the store's macros and auto parse mode are there", async () => {
  const { url, store } = await serve({}, async (store) => {
    await saveMacro(store.documents, {
      name: 'web',
      description: null,
      arguments: [],
      definition: '_source=web',
    });
  });
  const path = await httpSource(store, { category: 'x' }, 'web');
  const at = '2024-01-01T00:00:30Z';
  await ask(url + path, { body: `{"user":"ann","at":"${at}"}\n{"user":"bob","at":"${at}"}` });
  await store.append(messages(['from elsewhere'], { times: [START] }));
  const job = await create(url, { query: '`web` user=ann', autoParsingMode: 'AutoParse' });
  await finished(job);
  const { messages: found, fields } = (await ask(`${job}/messages?offset=0&limit=10`)).json();
  expect(found).toMatchObject([{ map: { _source: 'web', _collector: 'weir', user: 'ann' } }]);
  expect(fields.filter(({ name }: { name: string }) => name === '_source')).toHaveLength(1);
  const others = await create(url, { query: '_source=files' });
  await finished(others);
  expect((await ask(`${others}/messages?offset=0&limit=10`)).json().messages).toMatchObject([
    { map: { _source: 'files', _raw: 'from elsewhere' } },
  ]);
});
