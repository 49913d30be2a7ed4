import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { InputProblem } from '../../src/ingest/byte-stream.ts';
import { ingest } from '../../src/ingest/ingest.ts';
import { CODECS } from '../../src/ingest/parquet.ts';
import { addsUp, collect, column, type Row, rowsOf, settingsOf, texts, times } from './collected.ts';
import { type ParquetColumn, parquetFile } from './parquet-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FLOWS: readonly ParquetColumn[] = [
  { name: 'version', type: 'int32', values: [5, 5, 5] },
  { name: 'account_id', type: 'string', values: ['123456789012', '000000000000', 'unknown'] },
  { name: 'srcaddr', type: 'string', values: ['10.0.0.1', null, ''] },
  { name: 'srcport', type: 'int32', values: [443, null, 0] },
  { name: 'bytes', type: 'int64', values: [9007199254740993n, null, 1] },
  { name: 'start', type: 'int64', values: [1700000000, 1700000060, null] },
  { name: 'instance_tag', type: 'string', values: ['a b', '-', null] },
];

describe('flow logs', () => {
  test('an empty page is one, whatever packed it', () => {
    expect(CODECS.LZ4_RAW?.(Uint8Array.of(0), 0)).toEqual(new Uint8Array(0));
    expect(CODECS.LZ4?.(Uint8Array.of(0), 0)).toEqual(new Uint8Array(0));
  });

  test.each(['gzip', 'zstd', 'lz4', 'none'] as const)(
    'with %s pages become lines and fields',
    async (codec) => {
      const result = await collect(parquetFile([FLOWS], codec));
      expect(texts(result)).toEqual([
        '5 123456789012 10.0.0.1 443 9007199254740993 1700000000 a%20b',
        '5 000000000000 - - - 1700000060 -',
        '5 unknown - 0 1 - -',
      ]);
      expect(column(result.rows, 'account_id')).toEqual(['123456789012', '000000000000', 'unknown']);
      expect(column(result.rows, 'bytes')).toEqual(['9007199254740993', '-', '1']);
      expect(times(result)).toEqual(['2023-11-14T22:13:20.000Z', '2023-11-14T22:14:20.000Z', 'receipt']);
      expect(result.tally.read).toBe(3);
    },
  );

  test('in several row groups', async () => {
    const result = await collect(
      parquetFile([FLOWS, FLOWS, FLOWS.map((one) => ({ ...one, values: one.values.slice(1) }))]),
    );
    expect(result.rows.length).toBe(8);
    expect(column(result.rows, 'srcport')).toEqual(['443', '-', '0', '443', '-', '0', '-', '0']);
  });

  test('from disk, without reading them as a stream', async () => {
    const path = join(folder, 'flows.log.parquet');
    const bytes = parquetFile([FLOWS]);
    writeFileSync(path, bytes);
    const rows: Row[] = [];
    const sink = async (batch: Parameters<typeof rowsOf>[0]) => void rows.push(...rowsOf(batch));
    const tally = await ingest({ ...settingsOf(), paths: [path], rules: null, sink });
    expect(tally.files).toEqual([
      { path, format: 'parquet', bytes: bytes.length, read: 3, stored: 3, error: null },
    ]);
    expect(column(rows, 'srcaddr')).toEqual(['10.0.0.1', '-', '-']);
  });
});

test('other tables become JSON objects with all digits', async () => {
  const table: readonly ParquetColumn[] = [
    { name: 'when', type: 'string', values: ['2021-01-01T00:00:00Z', null] },
    { name: '__proto__', type: 'int64', values: [9007199254740993n, 1] },
  ];
  const result = await collect(parquetFile([table]));
  expect(texts(result)).toEqual([
    '{"when":"2021-01-01T00:00:00Z","__proto__":9007199254740993}',
    '{"when":null,"__proto__":1}',
  ]);
  expect(times(result)).toEqual(['2021-01-01T00:00:00.000Z', 'receipt']);
});

test('any flipped or missing byte: an InputProblem or an answer, and the receipt adds up', async () => {
  const whole = parquetFile([FLOWS, FLOWS]);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (at, flip, cut) => {
        const bytes = Buffer.from(whole);
        bytes[at]! ^= flip;
        try {
          const result = await collect(cut ? whole.subarray(0, at) : bytes, settingsOf({}, 'parquet'));
          expect(addsUp(result.tally)).toBe(true);
        } catch (failure) {
          expect(failure).toBeInstanceOf(InputProblem);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
