import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import type { TailLine } from '../../src/server/api.ts';
import { ask, extractionRule, httpSource, type Served, serve, until } from './serving.ts';

interface Reader {
  readonly lines: TailLine[];
  readonly answer: IncomingMessage;
  close(): void;
}

/** Opens a live query and collects what it says. */
async function follow({ url }: Served, query: string, read = true): Promise<Reader> {
  const target = `${url}/api/v1/tail?query=${encodeURIComponent(query)}`;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(target, { agent: false }, resolve).on('error', reject).end();
  });
  expect(answer.statusCode).toBe(200);
  const lines: TailLine[] = [];
  answer.on('error', () => {});
  if (read) {
    createInterface({ input: answer }).on('line', (line) => {
      if (line !== '') lines.push(JSON.parse(line) as TailLine);
    });
  }
  const close = () => void answer.destroy();
  onTestFinished(close);
  return { lines, answer, close };
}

function fieldsOf({ lines }: Reader, name: string): unknown[] {
  return lines.flatMap((line) => (line.kind === 'message' ? [line.fields[name]] : []));
}

test('messages that arrive and fit are shown as they come', async () => {
  const served = await serve();
  const path = await httpSource(served.store, { category: 'web' });
  await ask(served.url + path, { body: 'before error' });
  const all = await follow(served, '_sourceCategory=web');
  const parsed = await follow(
    served,
    '_sourceCategory=web error | parse "user=* " as user nodrop | where user != "bob" | concat(user, "!") as who | fields who',
  );
  const other = await follow(served, '_sourceCategory=other');
  await ask(served.url + path, { body: 'error user=ann x\nfine user=cat x\nerror user=bob x\n' });
  await until(() => all.lines.length === 3 && parsed.lines.length === 1);
  expect(fieldsOf(all, '_raw')).toEqual(['error user=ann x', 'fine user=cat x', 'error user=bob x']);
  expect(fieldsOf(parsed, 'who')).toEqual(['ann!']);
  expect(Object.keys((all.lines[0] as { fields: object }).fields).slice(0, 3)).toEqual([
    '_raw',
    '_messageTime',
    '_receiptTime',
  ]);
  expect(other.lines).toEqual([]);
});

test('small and large requests, and fields of extraction rules, are seen', async () => {
  const served = await serve({}, async (store) => {
    await extractionRule(store, 'name: r\nscope: "*"\nparse: parse "n=*" as n\n');
  });
  const path = await httpSource(served.store);
  const reader = await follow(served, 'n=7 OR n=1999');
  const body = Array.from({ length: 2000 }, (_, n) => `n=${n}`).join('\n');
  await ask(served.url + path, { body: 'n=7' });
  await ask(served.url + path, { body });
  await until(() => reader.lines.length === 3);
  expect(fieldsOf(reader, 'n')).toEqual(['7', '7', '1999']);
});

test('a query that must see all messages is refused, and told where', async () => {
  const served = await serve();
  for (const query of [
    '* | count',
    '* | sort by x',
    '* | limit 5',
    '* | cuont',
    '* | transpose row a column b',
  ]) {
    const answer = await ask(`${served.url}/api/v1/tail?query=${encodeURIComponent(query)}`);
    expect(answer.status, query).toBe(400);
    expect(answer.json().message, query).toContain('^');
  }
  const subquery = '[subquery: error | count by id | compose id]';
  expect((await ask(`${served.url}/api/v1/tail?query=${encodeURIComponent(subquery)}`)).status).toBe(400);
  expect((await ask(`${served.url}/api/v1/tail`)).status).toBe(400);
  expect((await ask(`${served.url}/api/v1/tail?query=*&timeZone=x`)).status).toBe(400);
});

test('a reader that is too slow skips messages and is told how many; ingest does not wait for it', async () => {
  const served = await serve();
  const path = await httpSource(served.store);
  const slow = await follow(served, '*', false);
  const body = Array.from({ length: 5000 }, (_, row) => `${row} ${'x'.repeat(500)}`).join('\n');
  for (let round = 0; round < 4; round++) expect((await ask(served.url + path, { body })).status).toBe(200);
  createInterface({ input: slow.answer }).on('line', (line) => {
    if (line !== '') slow.lines.push(JSON.parse(line) as TailLine);
  });
  const seen = () => slow.lines.reduce((sum, line) => sum + (line.kind === 'skipped' ? line.messages : 1), 0);
  await until(() => seen() === 20_000);
  expect(slow.lines.some(({ kind }) => kind === 'skipped')).toBe(true);
  expect((await ask(`${served.url}/metrics`)).text).toMatch(/weir_tail_skipped_total [1-9]/);
});

test('readers come and go, there are only so many, and a stopping server ends them', async () => {
  const served = await serve();
  const readers: Reader[] = [];
  for (let count = 0; count < 10; count++) readers.push(await follow(served, '*'));
  const target = `${served.url}/api/v1/tail?query=*`;
  expect((await ask(target)).status).toBe(429);
  readers[0]!.close();
  await until(async () => (await ask(`${served.url}/metrics`)).text.includes('weir_tails 9'));
  const ended = new Promise((resolve) => readers[1]!.answer.on('close', resolve));
  await served.stop();
  await ended;
});
