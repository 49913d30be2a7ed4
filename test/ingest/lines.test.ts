import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addsUp, collect, column, inPieces, settingsOf, texts } from './collected.ts';

const MEGABYTE = 1 << 20;

describe('lines', () => {
  test('empty ones are counted, blank ones are messages', async () => {
    const result = await collect('a\n\n\r\n \nb\n');
    expect(texts(result)).toEqual(['a', ' ', 'b']);
    expect(result.tally.read).toBe(5);
    expect([...result.tally.skipped]).toEqual([['empty', 2]]);
  });

  test('NUL, control characters and all of Unicode are kept', async () => {
    const odd = 'a\0b\u001b[31m\u{1f600}\u2028é';
    expect(texts(await collect(`${odd}\n`))).toEqual([odd]);
  });

  test('bytes that are no UTF-8 become U+FFFD, only in their own message', async () => {
    const bytes = Buffer.concat([
      Buffer.from('é1\n'),
      Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a]),
      Buffer.from('é2\n'),
    ]);
    const result = await collect(bytes);
    expect(texts(result)).toEqual(['é1', 'a\ufffd\ufffdb', 'é2']);
    expect(column(result.rows, '_size')).toEqual([3, 8, 3]);
    expect(result.tally.flagged.get('invalid-utf8')).toBe(1);
  });

  test('UTF-16 with its mark and stated encodings are read', async () => {
    const utf16 = Buffer.from('\ufeffgrüße\nzwei\n', 'utf16le');
    expect(texts(await collect(utf16))).toEqual(['grüße', 'zwei']);
    const latin = Buffer.from('gr\u00fc\u00dfe\n', 'latin1');
    expect(texts(await collect(latin, settingsOf({ encoding: 'iso-8859-1' })))).toEqual(['grüße']);
  });

  test('over 1 MB are cut at a whole character and counted', async () => {
    const long = 'é'.repeat(MEGABYTE);
    const result = await collect(`short\n${long}\nafter\n${'x'.repeat(MEGABYTE)}\n`);
    expect(result.tally.read).toBe(4);
    expect(result.tally.flagged.get('cut')).toBe(1);
    expect(result.tally.flagged.get('invalid-utf8')).toBeUndefined();
    expect(column(result.rows, '_size')).toEqual([5, MEGABYTE, 5, MEGABYTE]);
    const odd = await collect(`a${long}\n`);
    expect(column(odd.rows, '_size')).toEqual([MEGABYTE - 1]);
  });

  test('a line without end does not fill the memory', async () => {
    const piece = Buffer.alloc(MEGABYTE, 0x61);
    let most = 0;
    async function* endless() {
      for (let count = 0; count < 500; count++) {
        yield piece;
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
      yield Buffer.from('\nend\n');
    }
    const before = process.memoryUsage().arrayBuffers;
    const result = await collect(endless());
    expect(most - before).toBeLessThan(100 * MEGABYTE);
    expect(column(result.rows, '_size')).toEqual([MEGABYTE, 3]);
  });

  test('the size is that of the stored bytes', async () => {
    expect(column((await collect('é\nab\n')).rows, '_size')).toEqual([2, 2]);
  });
});

describe('however the bytes are cut', () => {
  test('the messages are the same', async () => {
    const line = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        '',
        '\r',
        'srcaddr dstaddr',
        'version account-id start end',
        '2 1 1700000000 1700000001',
        '{"a":1}',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 64 }),
        async (lines, size) => {
          const bytes = Buffer.from(lines.join('\n'));
          const whole = await collect(inPieces(bytes, Math.max(1, bytes.length)), settingsOf({}, 'text'));
          const pieces = await collect(inPieces(bytes, size), settingsOf({}, 'text'));
          expect(pieces.rows).toEqual(whole.rows);
          expect(pieces.tally).toEqual(whole.tally);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('any bytes in any format: no crash, and the receipt adds up', async () => {
    const formats = fc.constantFrom('auto', 'text', 'json', 'cloudwatch', 'parquet');
    const head = fc.constantFrom(
      Buffer.alloc(0),
      Buffer.from([0x1f, 0x8b, 8]),
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
      Buffer.from('PAR1'),
      Buffer.from('{"messageType":"DATA_MESSAGE","logEvents":['),
      Buffer.from('{"awslogs":{"data":"'),
      Buffer.from('version account-id srcaddr dstaddr\n'),
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from([0xff, 0xfe]),
    );
    const modes = fc.constantFrom(
      {},
      { multiline: 'inferred' },
      { multiline: { boundary: '.*a.*' } },
      { multiline: 'request' },
      { processingRules: [{ type: 'mask', regex: '(.)', mask: 'xy' }] },
    );
    const { Tally } = await import('../../src/ingest/receipt.ts');
    const { ingestStream } = await import('../../src/ingest/ingest.ts');
    const { InputProblem } = await import('../../src/ingest/byte-stream.ts');
    await fc.assert(
      fc.asyncProperty(
        head,
        fc.uint8Array({ maxLength: 300 }),
        formats,
        modes,
        async (start, rest, format, mode) => {
          const bytes = Buffer.concat([start, rest]);
          const tally = new Tally();
          const request = { ...settingsOf(mode, format as 'auto'), rules: null, sink: async () => {} };
          try {
            await ingestStream(inPieces(bytes, 7), 'x', request, tally);
          } catch (failure) {
            expect(failure).toBeInstanceOf(InputProblem);
          }
          expect(addsUp(tally)).toBe(true);
          expect(tally.bytesIn).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('several lines in one message', () => {
  const log =
    '2024-01-01 10:00:00 first\n  more\n\tat x\n2024-01-01 10:00:01 second\n2024-01-01 10:00:02 third\nCaused by: y\n';
  const messages = [
    '2024-01-01 10:00:00 first\n  more\n\tat x',
    '2024-01-01 10:00:01 second',
    '2024-01-01 10:00:02 third\nCaused by: y',
  ];

  test('where they are inferred', async () => {
    const result = await collect(log, settingsOf({ multiline: 'inferred' }));
    expect(texts(result)).toEqual(messages);
    expect(result.tally.read).toBe(3);
  });

  test('where the boundary matches the whole first line', async () => {
    const whole = await collect(log, settingsOf({ multiline: { boundary: String.raw`\d{4}-.*` } }));
    expect(texts(whole)).toEqual(messages);
    const part = await collect(log, settingsOf({ multiline: { boundary: String.raw`\d{4}` } }));
    expect(texts(part)).toEqual([log.trimEnd()]);
  });

  test('one request, one message', async () => {
    expect(texts(await collect(log, settingsOf({ multiline: 'request' })))).toEqual([log.trimEnd()]);
    expect((await collect('', settingsOf({ multiline: 'request' }))).tally.read).toBe(0);
  });

  test('whatever the pieces', async () => {
    for (const size of [1, 3, 10, 64]) {
      const result = await collect(inPieces(Buffer.from(log), size), settingsOf({ multiline: 'inferred' }));
      expect(texts(result)).toEqual(messages);
    }
  });

  test('ends at 2,000 lines and at 512 KB', async () => {
    const boundary = { multiline: { boundary: 'first.*' } };
    const many = await collect(`first\n${'next\n'.repeat(4500)}`, settingsOf(boundary));
    expect(many.rows.length).toBe(3);
    const large = await collect(`first\n${`${'x'.repeat(1000)}\n`.repeat(1200)}`, settingsOf(boundary));
    expect(large.rows.length).toBeGreaterThan(1);
    for (const size of column(large.rows, '_size')) expect(Number(size)).toBeLessThan(600 * 1024);
  });

  test('a cut line does not pile up', async () => {
    async function* endless() {
      yield Buffer.from('first\n');
      for (let piece = 0; piece < 50; piece++) yield Buffer.alloc(MEGABYTE, 0x61);
      yield Buffer.from('\nfirst\n');
    }
    const result = await collect(endless(), settingsOf({ multiline: { boundary: 'first' } }));
    expect(result.tally.flagged.get('cut')).toBe(1);
    expect(addsUp(result.tally)).toBe(true);
  });
});
