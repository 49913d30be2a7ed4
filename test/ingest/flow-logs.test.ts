import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { addsUp, collect, column, settingsOf, texts, times } from './collected.ts';

const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const RECORD = '2 123456789012 eni-0a 10.0.0.1 10.0.0.2 443 49152 6 10 840 1700000000 1700000060 ACCEPT OK';
const NODATA = '2 123456789012 eni-0a - - - - - - - 1700000100 1700000160 - NODATA';

describe('header lines', () => {
  test('name the fields, with `-` turned to `_`, and are no messages', async () => {
    const result = await collect(`${HEADER}\n${RECORD}\n${NODATA}\n`);
    expect(texts(result)).toEqual([RECORD, NODATA]);
    expect(column(result.rows, 'srcaddr')).toEqual(['10.0.0.1', '-']);
    expect(column(result.rows, 'account_id')).toEqual(['123456789012', '123456789012']);
    expect(column(result.rows, 'log_status')).toEqual(['OK', 'NODATA']);
    expect(times(result)).toEqual(['2023-11-14T22:13:20.000Z', '2023-11-14T22:15:00.000Z']);
    expect(result.tally.read).toBe(3);
    expect([...result.tally.skipped]).toEqual([['header', 1]]);
  });

  test('in any order, with or without a start', async () => {
    const result = await collect('end dstaddr action srcaddr start\n1700000060 b ACCEPT a 1700000000\n');
    expect(column(result.rows, 'srcaddr')).toEqual(['a']);
    expect(times(result)).toEqual(['2023-11-14T22:13:20.000Z']);
    const without = await collect('dstaddr srcaddr end\nb a 1700000060\n');
    expect(times(without)).toEqual(['2023-11-14T22:14:20.000Z']);
    const timeless = await collect('dstaddr srcaddr\nb a\n');
    expect(times(timeless)).toEqual(['receipt']);
    expect(timeless.tally.flagged.get('receipt-time')).toBe(1);
  });

  test('in mid-stream switch the fields', async () => {
    const result = await collect(
      [
        HEADER,
        RECORD,
        HEADER,
        NODATA,
        'dstaddr srcaddr start',
        'b a 1700000000',
        'srcaddr vpc-id',
        'x vpc-1',
        '',
      ].join('\n'),
    );
    expect(result.tally.skipped.get('header')).toBe(4);
    expect(column(result.rows, 'srcaddr')).toEqual(['10.0.0.1', '-', 'a', 'x']);
    expect(column(result.rows, 'dstaddr')).toEqual(['10.0.0.2', '-', 'b', null]);
    expect(column(result.rows, 'vpc_id')).toEqual([null, null, null, 'vpc-1']);
    expect(addsUp(result.tally)).toBe(true);
  });

  test('of a later version are known by most of their names', async () => {
    const result = await collect(
      'version srcaddr dstaddr start end flow-mood\n12 a b 1700000000 1700000060 glad\n',
    );
    expect(column(result.rows, 'flow_mood')).toEqual(['glad']);
  });

  test.each([
    ['start', 'an everyday word'],
    ['start end', 'everyday words'],
    ['type action', 'everyday words'],
    ['version account-id version', 'a name twice'],
    ['hello account-id world', 'too few known names'],
    ['Version Account-Id', 'capital letters'],
    ['srcaddr, dstaddr', 'commas'],
  ])('are not: %s (%s)', async (line) => {
    const result = await collect(`${line}\nx y\n`);
    expect(texts(result)).toEqual([line, 'x y']);
    expect(result.tally.skipped.size).toBe(0);
  });

  test('of one name count only as the first line', async () => {
    expect(texts(await collect('srcaddr\n10.0.0.1\n'))).toEqual(['10.0.0.1']);
    expect(texts(await collect('hello\nsrcaddr\n'))).toEqual(['hello', 'srcaddr']);
  });

  test('after a byte order mark, with CRLF, and without a last newline', async () => {
    const result = await collect(`\ufeff${HEADER}\r\n${RECORD}`);
    expect(texts(result)).toEqual([RECORD]);
    expect(column(result.rows, 'log_status')).toEqual(['OK']);
  });
});

describe('lines of another shape', () => {
  test('keep their text, have no fields, and are counted', async () => {
    const few = RECORD.slice(0, RECORD.lastIndexOf(' '));
    const many = `${RECORD} more`;
    const result = await collect([HEADER, few, RECORD, many, 'what?'].join('\n'));
    expect(texts(result)).toEqual([few, RECORD, many, 'what?']);
    expect(column(result.rows, 'srcaddr')).toEqual([null, '10.0.0.1', null, null]);
    expect(result.tally.flagged.get('wrong-token-count')).toBe(3);
    expect(times(result)).toEqual([
      '2023-11-14T22:13:20.000Z',
      '2023-11-14T22:13:20.000Z',
      '2023-11-14T22:13:20.000Z',
      'receipt',
    ]);
  });

  test('runs of spaces and tabs separate, and nothing is shifted', async () => {
    const spaced = `  ${RECORD.replaceAll(' ', ' \t ')}  `;
    const result = await collect(`${HEADER}\n${spaced}\n`);
    expect(column(result.rows, 'bytes')).toEqual(['840']);
    expect(column(result.rows, 'log_status')).toEqual(['OK']);
    expect(texts(result)).toEqual([spaced]);
  });

  test('times of 13 digits are milliseconds, of other widths no times', async () => {
    const result = await collect('srcaddr start\na 1700000000123\nb 170000000\nc -\n');
    expect(times(result)).toEqual(['2023-11-14T22:13:20.123Z', 'receipt', 'receipt']);
  });
});

describe('records without a header', () => {
  test('have the time of their start and no fields', async () => {
    const result = await collect(`${RECORD}\n${NODATA}\n`);
    expect(times(result)).toEqual(['2023-11-14T22:13:20.000Z', '2023-11-14T22:15:00.000Z']);
    expect(result.rows[0]?.has('srcaddr')).toBe(false);
    expect(result.rows[0]?.has('bytes')).toBe(false);
  });

  test('a flow over a gigabyte keeps its time', async () => {
    const result = await collect(RECORD.replace(' 840 ', ' 8400000000 '));
    expect(times(result)).toEqual(['2023-11-14T22:13:20.000Z']);
  });

  test('unless the locator that people configure says otherwise', async () => {
    const locator = String.raw`\s(\d{10,13})\s\d{10,13}`;
    const settings = settingsOf({ timestamp: { format: 'epoch', locator } });
    expect(times(await collect(RECORD, settings))).toEqual(['2023-11-14T22:13:20.000Z']);
    const wrong = await collect(RECORD.replace(' 840 ', ' 1600000000 '), settings);
    expect(times(wrong)).toEqual(['2020-09-13T12:26:40.000Z']);
    // The byte walk for that locator agrees with the same expression spelled otherwise.
    const spelled = settingsOf({
      timestamp: { format: 'epoch', locator: String.raw`\s([0-9]{10,13})\s[0-9]{10,13}` },
    });
    for (const line of [
      RECORD,
      NODATA,
      ' 12345678901 1234567890',
      'a 1234567890 123',
      '\t1700000000123\v1700000000123',
    ]) {
      expect(times(await collect(line, settings)), line).toEqual(times(await collect(line, spelled)));
    }
  });

  test('in JSON, plain or with more keys in any order', async () => {
    const result = await collect(
      [
        JSON.stringify({ message: RECORD }),
        JSON.stringify({ logStream: 'eni-all', logGroup: 'g', message: NODATA }),
        `{ "a" : 1, "message" : "${RECORD}" }`,
        JSON.stringify({ message: '3 vpc-1 eni-2 1700000000 1700000060 ACCEPT' }),
        '{"message": 5}',
        '{"message":"unfinished',
      ].join('\n'),
    );
    expect(times(result)).toEqual([
      '2023-11-14T22:13:20.000Z',
      '2023-11-14T22:15:00.000Z',
      '2023-11-14T22:13:20.000Z',
      '2023-11-14T22:13:20.000Z',
      'receipt',
      'receipt',
    ]);
  });
});

describe('compression', () => {
  const plain = Buffer.from(`${HEADER}\n${RECORD}\n`);
  test.each([
    ['gzip', gzipSync(plain)],
    ['zstd', zstdCompressSync(plain)],
    ['gzip in zstd', zstdCompressSync(gzipSync(plain))],
  ])('%s is known by content', async (_name, bytes) => {
    expect(texts(await collect(bytes))).toEqual([RECORD]);
  });

  test('several members follow one another', async () => {
    const members = Buffer.concat([gzipSync(plain), gzipSync(plain), gzipSync(Buffer.from(NODATA))]);
    expect(texts(await collect(members))).toEqual([RECORD, RECORD, NODATA]);
    const frames = Buffer.concat([zstdCompressSync(plain), zstdCompressSync(plain)]);
    expect(texts(await collect(frames))).toEqual([RECORD, RECORD]);
  });

  test('what comes before the damage is kept', async () => {
    const lines = Array.from({ length: 50_000 }, (_, n) => `${RECORD} ${(n * 2654435761) % 1e9}`).join('\n');
    const whole = gzipSync(Buffer.from(lines));
    const seen: number[] = [];
    const settings = settingsOf();
    const { ingestStream } = await import('../../src/ingest/ingest.ts');
    const { Tally } = await import('../../src/ingest/receipt.ts');
    const { inPieces } = await import('./collected.ts');
    const tally = new Tally();
    const request = {
      ...settings,
      rules: null,
      sink: async (batch: { length: number }) => void seen.push(batch.length),
    };
    await expect(
      ingestStream(inPieces(whole.subarray(0, whole.length / 2), 1 << 16), null, request, tally),
    ).rejects.toThrow(/damaged or cut short/);
    expect(tally.stored).toBeGreaterThan(1000);
    expect(addsUp(tally)).toBe(true);
  });

  test('bombs end at the caps', async () => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const limits = { maxBytes: 1 << 30, maxRatio: 100, ratioFrom: 1 << 20 };
    await expect(collect(bomb, { ...settingsOf(), limits })).rejects.toThrow(/more than 100 times its size/);
    const small = { maxBytes: 1 << 20, maxRatio: 1e9, ratioFrom: 0 };
    await expect(collect(bomb, { ...settingsOf(), limits: small })).rejects.toThrow(
      /more than 1,048,576 bytes/,
    );
  });
});
