import { expect, test } from 'vitest';
import { execute } from '../../../src/engine/run/execute.ts';
import { messageBatch } from '../../../src/engine/run/memory-source.ts';
import {
  type Batch,
  batchSource,
  collectRows,
  memorySource,
  prepareQuery,
  QueryFailure,
  type RunOptions,
  type Scan,
  type ScanRequest,
  type Source,
} from '../../../src/index.ts';

const START = Date.UTC(2024, 0, 1);
const messages = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    raw: `line ${at}`,
    time: START + at * 1000,
    fields: new Map([['n', String(at % 10)]]),
  }));

async function run(text: string, source: Source, options: RunOptions = {}) {
  const { plan, diagnostics } = prepareQuery(text);
  if (plan === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return execute(plan, source, options);
}

/** A source that notes what it was asked and how many batches were taken from it. */
function watched(batches: readonly Batch[], applied: Scan['applied']) {
  const seen = { request: null as ScanRequest | null, batches: 0, closed: false };
  const source: Source = {
    ...batchSource(batches),
    async scan(request) {
      seen.request = request;
      return {
        applied,
        async *batches() {
          try {
            for (const batch of batches) {
              seen.batches++;
              yield batch;
            }
          } finally {
            seen.closed = true;
          }
        },
        statistics: () => ({ bytesRead: 0, bytesSkipped: 0, rows: 0, segments: 0, segmentsSkipped: 0 }),
      };
    },
  };
  return { source, seen };
}

const parts = (count: number, size: number) =>
  Array.from({ length: count }, (_, at) =>
    messageBatch(messages(count * size).slice(at * size, (at + 1) * size)),
  );

test('a source is asked only for what the query reads', async () => {
  const { source, seen } = watched(parts(2, 5), { time: false, filter: false, order: false });
  await collectRows(await run('cluster=a error | where n > 3 | count by host', source));
  expect([...(seen.request?.fields ?? [])].sort()).toEqual(['_raw', 'cluster', 'host', 'n']);
  expect(seen.request?.order).toBe('any');
  expect(seen.request?.limit).toBeNull();
});

test('messages as a result ask for all fields, newest first, and a limit that nothing stands before', async () => {
  const { source, seen } = watched(parts(2, 5), { time: false, filter: false, order: false });
  await collectRows(await run('* | fields n | limit 3', source));
  expect(seen.request).toMatchObject({ fields: null, order: 'newest', limit: 3 });
  await collectRows(await run('* | where n = 1 | limit 3', source));
  expect(seen.request).toMatchObject({ order: 'newest', limit: null });
});

test('an extraction that nobody reads is not asked for', async () => {
  const { source, seen } = watched(parts(1, 5), { time: false, filter: false, order: false });
  await collectRows(await run('* | n + 1 as m | m * 2 as n | count by n', source));
  expect(seen.request?.fields).toEqual(['n']);
});

test('a source in order is left as soon as a limit is full', async () => {
  const { source, seen } = watched(parts(50, 4), { time: true, filter: true, order: true });
  const { rows } = await collectRows(await run('* | limit 6', source));
  expect(rows).toHaveLength(6);
  expect(seen.batches).toBe(2);
  expect(seen.closed).toBe(true);
});

test('what the source did not do is done here', async () => {
  const source = memorySource(messages(100));
  const result = await run('"line 9*" | fields _raw', source, {
    time: { from: START + 90_000, to: START + 93_000 },
    batchRows: 8,
  });
  const { rows } = await collectRows(result);
  expect(rows.map(([raw]) => raw)).toEqual(['line 92', 'line 91', 'line 90']);
  expect(result.statistics().stages.map(({ name, rowsIn, rowsOut }) => [name, rowsIn, rowsOut])).toEqual([
    ['time range', 100, 3],
    ['scope', 3, 3],
    ['fields', 3, 3],
    ['newest first', 3, 3],
  ]);
});

test('messages are put in order as late as may be, and no more are held than a limit needs', async () => {
  const source = memorySource(messages(100_000));
  const result = await run('* | where n = 3 | n + 1 as m | limit 4', source, { batchRows: 1000 });
  const { names, rows } = await collectRows(result);
  expect(rows.map((row) => row[names.indexOf('_raw')])).toEqual([
    'line 99993',
    'line 99983',
    'line 99973',
    'line 99963',
  ]);
  expect(result.statistics().stages.map(({ name, rowsIn, rowsOut }) => [name, rowsIn, rowsOut])).toEqual([
    ['where', 100_000, 10_000],
    ['as m', 10_000, 10_000],
    ['newest first', 10_000, 4],
    ['limit', 4, 4],
  ]);
});

test('an aggregate that depends on order holds only what it reads', async () => {
  const result = await run(
    '* | n + 1 as m | first(m) by n | sort n asc | limit 1',
    memorySource(messages(50)),
  );
  expect((await collectRows(result)).rows).toEqual([['0', 1]]);
  expect(result.plan.scan.order).toBe('newest');
});

test('open ends of the time are closed by what the source has', async () => {
  const source = memorySource(messages(10));
  expect((await run('* | count', source)).time).toEqual({ from: START, to: START + 9001 });
  expect((await run('* | count', source, { time: { from: START + 5000, to: Infinity } })).time).toEqual({
    from: START + 5000,
    to: START + 9001,
  });
});

test('a run that is cancelled fails as such, also between the batches of memory', async () => {
  const controller = new AbortController();
  const result = await run('* | count by n', memorySource(messages(2000)), {
    batchRows: 1,
    signal: controller.signal,
  });
  const done = collectRows(result);
  controller.abort();
  await expect(done).rejects.toMatchObject({ reason: 'cancelled' });
});

test('a timer may cancel while rows are at hand', async () => {
  const endless: Source = {
    ...memorySource([]),
    async scan(request) {
      const [batch] = parts(1, 1000);
      return {
        applied: { time: true, filter: true, order: true },
        async *batches() {
          while (!request.signal.aborted) yield batch!;
        },
        statistics: () => ({ bytesRead: 0, bytesSkipped: 0, rows: 0, segments: 0, segmentsSkipped: 0 }),
      };
    },
  };
  const result = await run('* | count by n', endless, { signal: AbortSignal.timeout(100) });
  await expect(collectRows(result)).rejects.toMatchObject({ reason: 'cancelled' });
});

test('a run over its time or memory fails as such', async () => {
  const source = memorySource(messages(50));
  const late = await run('* | count', source, { timeBudget: -1 });
  await expect(collectRows(late)).rejects.toBeInstanceOf(QueryFailure);
  await expect(collectRows(await run('* | count', source, { timeBudget: -1 }))).rejects.toMatchObject({
    reason: 'time',
  });
  await expect(collectRows(await run('* | count', source, { memoryBudget: 1 }))).rejects.toMatchObject({
    reason: 'memory',
  });
});

test('row warnings say how many rows of how many', async () => {
  const result = await run('* | _raw + 1 as x | count by x', memorySource(messages(1200)), {
    batchRows: 100,
  });
  await collectRows(result);
  expect(result.warnings()).toEqual(['1,200 of 1,200 rows: `+` got text']);
});

test('field names that objects know are ordinary names', async () => {
  const fields = new Map([
    ['__proto__', 'p'],
    ['constructor', 'c'],
    ['hasOwnProperty', 'h'],
  ]);
  const source = memorySource([{ raw: 'a', time: START, fields }]);
  const text =
    '__proto__=p constructor=c | where hasOwnProperty = "h" | toUpperCase(__proto__) as toString | count by __proto__, constructor, toString';
  const { names, rows } = await collectRows(await run(text, source));
  expect(names).toEqual(['__proto__', 'constructor', 'toString', '_count']);
  expect(rows).toEqual([['p', 'c', 'P', 1]]);
});

test('the result of messages shows the fields of every message first', async () => {
  const source = memorySource([
    {
      raw: 'a',
      time: START,
      fields: new Map([
        ['z', '1'],
        ['_sourceCategory', 'c'],
      ]),
    },
  ]);
  const { names } = await collectRows(await run('* | 1 as y', source));
  expect(names).toEqual([
    '_raw',
    '_messageTime',
    '_receiptTime',
    '_sourceCategory',
    '_sourceName',
    '_sourceHost',
    '_size',
    'z',
    'y',
  ]);
});
