import { request } from 'node:http';
import { connect } from 'node:net';
import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SERVE_LIMITS } from '../../src/server/serve-options.ts';
import { ask, fieldOf, httpSource, serve, until } from './serving.ts';

const small = {
  ...SERVE_LIMITS,
  maxBytes: 100_000,
  maxUnpacked: 1_000_000,
  timeout: 300,
  headersTimeout: 300,
};

test('a body over the limit is refused, whether it says its length or not', async () => {
  const { url, port, store } = await serve({ limits: small });
  const path = await httpSource(store);
  const body = Buffer.alloc(100_001, 'x');
  expect((await ask(url + path, { body })).status).toBe(413);
  const chunked = await new Promise<number>((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method: 'POST' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
    for (let piece = 0; piece < 11; piece++) asked.write(body.subarray(0, 10_000));
    asked.end();
  });
  expect(chunked).toBe(413);
  expect((await ask(url + path, { body: body.subarray(0, 100_000) })).status).toBe(200);
  expect(await fieldOf(store, '_size')).toEqual([100_000]);
});

test.each([
  ['gzip', gzipSync(Buffer.alloc(200 << 20))],
  ['deflate', deflateSync(Buffer.alloc(200 << 20))],
  ['zstd', zstdCompressSync(Buffer.alloc(200 << 20), { params: { [constants.ZSTD_c_compressionLevel]: 1 } })],
  ['', gzipSync(Buffer.alloc(200 << 20))],
  ['gzip', gzipSync(gzipSync(Buffer.alloc(200 << 20)))],
])(
  'a bomb packed with %s is stopped in time (%#)',
  async (encoding, body) => {
    const { url, store } = await serve();
    const path = await httpSource(store);
    const before = process.memoryUsage().rss;
    const answer = await ask(url + path, { body, headers: { 'content-encoding': encoding } });
    expect([400, 413]).toContain(answer.status);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
    expect(await fieldOf(store, '_raw')).toEqual([]);
  },
  60_000,
);

/** Half of what one payload may unpack to, in a few kilobytes. */
const BOMB = gzipSync(Buffer.alloc(128 << 20)).toString('base64');

test.each([
  ['of Firehose', { requestId: 'r', records: Array(40).fill({ data: BOMB }) }],
  ['of one subscription event', { awslogs: { data: BOMB } }],
  ['of many of them', Array(40).fill({ awslogs: { data: BOMB } })],
])(
  'a bomb in the records %s is stopped in time',
  async (_, json) => {
    const { url, store } = await serve();
    const path = await httpSource(store);
    const before = process.memoryUsage().rss;
    const answer = await ask(url + path, { json });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('200 times their size');
    expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
    expect(await fieldOf(store, '_raw')).toEqual([]);
  },
  60_000,
);

test('a body of millions of tiny messages is refused', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  const answer = await ask(url + path, { body: Buffer.alloc(10 << 20, 'a\n') });
  expect(answer.status).toBe(413);
  expect(answer.json().message).toContain('2,000,000 messages');
});

test('a line of more than 1 MB is cut and counted', async () => {
  const { url, store } = await serve();
  const path = await httpSource(store);
  expect((await ask(url + path, { body: Buffer.alloc(3 << 20, 'x') })).status).toBe(200);
  expect(await fieldOf(store, '_size')).toEqual([1 << 20]);
});

test('a sender that is too slow gets 408 and nothing of it is stored', async () => {
  const { port, store } = await serve({ limits: small });
  const path = await httpSource(store);
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (piece: Buffer) => {
    answer += piece.toString();
  });
  socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nfirst\nsecond\n`);
  const drip = setInterval(() => socket.writable && socket.write('x'), 50);
  await until(() => answer.includes('\r\n\r\n'));
  clearInterval(drip);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  socket.destroy();
  expect(await fieldOf(store, '_raw')).toEqual([]);
});

test('headers that are too slow, too many or no HTTP end the connection', async () => {
  const { port } = await serve({ limits: small });
  const status = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (piece: Buffer) => {
      answer += piece.toString();
    });
    socket.on('error', () => {});
    socket.write(text);
    await new Promise((resolve) => socket.on('close', resolve));
    return answer.split('\r\n')[0]!;
  };
  expect(await status('POST / HTTP/1.1\r\nhost: x')).toBe('HTTP/1.1 408 Request Timeout');
  expect(await status(`GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toContain('431');
  expect(await status('nonsense\r\n\r\n')).toContain('400');
});

test.each([
  ['says nothing', ''],
  ['does not end its headers', 'POST / HTTP/1.1\r\nhost: x'],
  ['sends nonsense', 'nonsense\r\n\r\n'],
])('a client that %s is let go, even if it never closes', async (_, text) => {
  const { port } = await serve({ limits: small });
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.resume();
  socket.write(text);
  const ended = new Promise((resolve) => socket.once('end', resolve));
  const broken = new Promise((resolve) => socket.once('error', resolve));
  await ended;
  // Only a connection that the server has closed on both sides breaks.
  const writing = setInterval(() => socket.write('x'), 100);
  expect(await broken).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) });
  clearInterval(writing);
  socket.destroy();
});

test('a client that asks and does not read is let go; one that waits for what is to come is not', async () => {
  const { port, url } = await serve({ limits: { ...small, unread: 500 } });
  const tail = await fetch(`${url}/api/v1/tail?query=*`);
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => {});
  socket.write('GET /assets/weir.js HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(1000));
  // It does not even read that it is over, but it cannot write any more.
  const writing = setInterval(() => socket.write('x'), 100);
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(writing);
  const reader = tail.body!.getReader();
  const first = await Promise.race([
    reader.read(),
    new Promise((resolve) => setTimeout(resolve, 100, 'open')),
  ]);
  expect(first).toBe('open');
  await reader.cancel();
});

test('what comes before nonsense is answered', async () => {
  const { port, store } = await serve();
  const path = await httpSource(store);
  const post = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\n`;
  const statuses = async (text: string): Promise<string[]> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(text);
    let answer = '';
    for await (const piece of socket as AsyncIterable<Buffer>) answer += piece.toString();
    return [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]!);
  };
  expect(await statuses(`${post}one${post}two more than it says`)).toEqual(['200', '200']);
  expect(await statuses('more than it says')).toEqual(['400']);
  const chunked = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n`;
  expect(await statuses(`${chunked}2\r\nmore\r\n`)).toEqual(['400']);
  expect((await fieldOf(store, '_raw')).toSorted()).toEqual(['one', 'two']);
});

test('slow senders do not keep others out', async () => {
  const { port, url, store } = await serve({ limits: { ...small, timeout: 600_000 } });
  const path = await httpSource(store);
  const slow = Array.from({ length: 60 }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nx`);
    return socket;
  });
  for (let number = 0; number < 20; number++) {
    expect((await ask(url + path, { body: `m ${number}` })).status).toBe(200);
  }
  for (const socket of slow) socket.destroy();
  expect(await fieldOf(store, '_raw')).toHaveLength(20);
});

test('a flood beyond the memory for bodies is told to come again, and loses nothing that was acknowledged', async () => {
  const { url, store } = await serve({ limits: { ...SERVE_LIMITS, inFlight: 3_000_000 } });
  const path = await httpSource(store);
  const body = (number: number) => `${number} ${'x'.repeat(999_000)}`;
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, number) => ({
      number,
      answer: await ask(url + path, { body: body(number) }).catch(() => null),
    })),
  );
  const accepted = answers.filter(({ answer }) => answer?.status === 200).map(({ number }) => number);
  const refused = answers.filter(({ answer }) => answer?.status === 429);
  expect(accepted.length).toBeGreaterThan(0);
  expect(accepted.length + refused.length).toBe(30);
  for (const { answer } of refused) expect(answer?.headers['retry-after']).toBe('1');
  const stored = (await fieldOf(store, '_raw')).map((raw) => Number(String(raw).split(' ')[0]));
  expect(stored.toSorted((a, b) => a - b)).toEqual(accepted);
  if (refused.length > 0)
    expect(store.ledger.entries()[0]).toMatchObject({ what: 'refused', times: refused.length });
  expect((await ask(url + path, { body: 'after' })).status).toBe(200);
});

test('a sender that goes away in the middle leaves nothing behind', async () => {
  const { port, url, store } = await serve();
  const path = await httpSource(store);
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nfirst\nsecond\n`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await until(() => store.ledger.entries().length > 0);
  expect(store.ledger.entries()[0]).toMatchObject({ what: 'refused', why: 'HTTP 408: request.incomplete' });
  expect((await ask(url + path, { body: 'after' })).status).toBe(200);
  expect(await fieldOf(store, '_raw')).toEqual(['after']);
});
