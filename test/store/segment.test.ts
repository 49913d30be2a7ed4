import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { CompressionType, compressionRegistry, tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Batch, newBatch, Schema } from '../../src/engine/columns/batch.ts';
import {
  type Column,
  columnOf,
  constantColumn,
  textColumn,
  valueAt,
  valuesOf,
} from '../../src/engine/columns/column.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import { Words } from '../../src/engine/columns/words.ts';
import { BlockReader } from '../../src/store/block-reader.ts';
import { SegmentCollector } from '../../src/store/segment-collector.ts';
import { type EncodedSegment, encodeSegment } from '../../src/store/segment-encoder.ts';
import { SegmentReader } from '../../src/store/segment-reader.ts';
import { MemoryDisk } from './memory-disk.ts';
import { flowLines, flowMessages, messages } from './messages.ts';

compressionRegistry.set(CompressionType.ZSTD, {
  encode: (bytes) => zstdCompressSync(bytes),
  decode: (bytes) => zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_end }),
});

function segmentOf(batches: readonly Batch[], kernels: boolean): EncodedSegment {
  const collector = new SegmentCollector(kernels ? Infinity : 0);
  for (const batch of batches) collector.add(batch);
  const steps = encodeSegment(collector, 0);
  for (;;) {
    const step = steps.next();
    if (!step.done) continue;
    collector.release();
    return step.value;
  }
}

async function readerOf(segment: EncodedSegment): Promise<SegmentReader> {
  const disk = new MemoryDisk();
  const file = await disk.open('/segment', 'create');
  await file.writeAt(0, Buffer.concat(segment.chunks));
  return SegmentReader.open('segment', file);
}

/** All rows as they are read back, field by field. */
async function columnsOf(segment: EncodedSegment): Promise<Map<string, Value[]>> {
  const reader = await readerOf(segment);
  const columns = new Map<string, Value[]>([['_raw', []]]);
  reader.index.blocks.forEach((_, block) => {
    const open = new BlockReader(reader, block, { bytesRead: 0 });
    const add = (name: string, column: Column): void => {
      columns.set(name, [...(columns.get(name) ?? []), ...valuesOf(column)]);
    };
    add('_raw', open.messages(null));
    for (const field of reader.index.fields) add(field.name, open.field(field));
  });
  return columns;
}

/** Checks that a segment gives back the rows of its batches, by kernels and by plain loops. */
async function checkRoundTrip(batches: readonly Batch[]): Promise<EncodedSegment> {
  for (const kernels of [true, false]) {
    const columns = await columnsOf(segmentOf(batches, kernels));
    const names = new Set(batches.flatMap((batch) => batch.schema.names));
    for (const name of names) {
      const expected = batches.flatMap((batch) => {
        const position = batch.schema.find(name);
        return position < 0 ? new Array<Value>(batch.length).fill(null) : valuesOf(batch.columns[position]!);
      });
      const found = [...columns].find(([field]) => field.toLowerCase() === name.toLowerCase())?.[1];
      expect(found, name).toEqual(expected);
    }
  }
  return segmentOf(batches, true);
}

test('flow logs come back exactly, with odd lines among them, and their fields cost nothing more', async () => {
  const lines = flowLines(70_000, 97);
  const segment = await checkRoundTrip([
    flowMessages(lines.slice(0, 30_000)),
    flowMessages(lines.slice(30_000, 30_010)),
    flowMessages(lines.slice(30_010)),
  ]);
  expect(segment.index.blocks).toEqual([65_536, 70_000 - 65_536]);
  expect(segment.bytes / lines.length).toBeLessThan(18);
});

test('any Arrow tool reads the file: one column a field, true values', async () => {
  const lines = flowLines(5000);
  const segment = segmentOf([flowMessages(lines)], true);
  const table = tableFromIPC(Buffer.concat(segment.chunks));
  expect(table.numRows).toBe(5000);
  const row = table.get(1234);
  const tokens = lines[1234]!.split(' ');
  expect(row?.src_ip).toBe(tokens[3]);
  expect(row?.dest_port).toBe(Number(tokens[6]));
  expect(row?.bytes).toBe(Number(tokens[9]));
  expect(row?.action).toBe(tokens[12]);
  expect(row?._sourceCategory).toBe('AWS/VPC');
});

test('JSON messages of one form are kept as their values', async () => {
  const lines = flowLines(6000).map((line, row) =>
    JSON.stringify({
      message: line,
      logStream: `eni-0${row % 7}-all`,
      logGroup: 'flows',
      id: row,
      ok: row % 2 === 0,
    }),
  );
  const odd = [
    ...lines,
    '{"message":"other"}',
    '{not json',
    '{"message":"a \\"quoted\\" text","logStream":"x"}',
  ];
  const text = [...flowLines(6000), 'other', null, 'a "quoted" text'];
  const segment = await checkRoundTrip([messages(odd, { fields: new Map([['msg', text]]) })]);
  expect(segment.index.shapes[0]!.slots.length).toBe(18);
  expect(segment.bytes / odd.length).toBeLessThan(40);
});

test('every kind of column and every kind of value comes back', async () => {
  const rows = 500;
  const pick = (values: readonly Value[]): Value[] =>
    Array.from({ length: rows }, (_, row) => values[row % values.length]!);
  const words = Words.of(['red', 'green', '007', '7']);
  const columns: [string, Column][] = [
    ['numbers', columnOf(pick([1, 2.5, null, -3, 1e15, 0]))],
    ['longs', columnOf(pick([1_700_000_000_123, 1_700_000_000_125]))],
    ['seconds', columnOf(pick([1_700_000_000_000, 1_700_000_900_000, null]))],
    ['huge', columnOf(pick([2 ** 53, -(2 ** 53), 7]))],
    ['odd', columnOf(pick([Number.NaN, Infinity, -Infinity, 1, -0]), 'double')],
    ['booleans', columnOf(pick([true, false, null]))],
    ['mixed', columnOf(pick(['text', 1, true, null, '1', '', 2.5]))],
    [
      'leading',
      textColumn(
        pick(['007', '7', '0', '00', '-1', '+1', '1e3', '2147483648', '2147483647', '']) as string[],
      ),
    ],
    [
      'digits',
      {
        kind: 'digits',
        length: rows,
        values: Int32Array.from({ length: rows }, (_, row) => (row % 5 === 0 ? -1 : row)),
        exceptions: ['-'],
        validity: null,
      },
    ],
    [
      'dictionary',
      {
        kind: 'dictionary',
        length: rows,
        codes: Uint8Array.from({ length: rows }, (_, row) => row % 5),
        words,
      },
    ],
    ['constant', constantColumn('always', rows)],
    ['never', constantColumn(null, rows)],
    ['__proto__', constantColumn('a field', rows)],
    [
      'selected',
      {
        kind: 'selected',
        length: rows,
        base: textColumn(['a', 'b', null]),
        rows: Uint32Array.from({ length: rows }, (_, row) => row % 3),
      },
    ],
  ];
  const raw = textColumn(
    Array.from({ length: rows }, (_, row) => (row % 50 === 3 ? null : `message ${row % 3} 7`)),
  );
  const batch = newBatch(
    new Schema(['_raw', ...columns.map(([name]) => name)]),
    [raw, ...columns.map(([, column]) => column)],
    rows,
  );
  await checkRoundTrip([batch, batch]);
});

test('a field that is the whole message costs nothing more', async () => {
  const lines = flowLines(4000, 10);
  const withCopy = (from: number, to: number): Batch => {
    const part = lines.slice(from, to);
    return messages(part, { fields: new Map([['msg', part]]) });
  };
  const segment = await checkRoundTrip([
    withCopy(0, 2000),
    messages(lines.slice(2000, 2050)),
    withCopy(2050, 4000),
  ]);
  const whole = await checkRoundTrip([withCopy(0, 4000)]);
  const without = segmentOf([messages(lines)], true);
  expect(whole.bytes).toBeLessThan(without.bytes + 600);
  expect(segment.bytes).toBeGreaterThan(without.bytes);
});

test('fields that follow the message in some batches only', async () => {
  const lines = flowLines(3000);
  const other = messages(lines.slice(0, 1000), { category: 'without-fields' });
  const wrong = messages(lines.slice(0, 1000), {
    category: 'other-fields',
    fields: new Map([
      ['src_ip', lines.slice(0, 1000).map((line) => line.split(' ')[4]!)],
      ['action', lines.slice(0, 1000).map((_, row) => (row === 500 ? 'odd' : lines[row]!.split(' ')[12]!))],
    ]),
  });
  await checkRoundTrip([flowMessages(lines.slice(0, 1000)), other, wrong, flowMessages(lines.slice(1000))]);
});

test('a column of ever new texts', async () => {
  const lines = Array.from(
    { length: 200_000 },
    (_, row) => `id ${(row * 2_654_435_761) % 4_294_967_291}x${row} end`,
  );
  await checkRoundTrip([messages(lines.slice(0, 90_000)), messages(lines.slice(90_000))]);
}, 120_000);

test('law: any messages and fields come back', async () => {
  const token = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '00',
      '7',
      '-',
      'ACCEPT',
      '2147483647',
      '2147483648',
      '4294967296',
      '12345678901',
      '{',
      '"',
      '\\',
      'é',
      '\u{1f600}',
      'a'.repeat(17),
      'a'.repeat(33),
    ),
    fc.nat().map(String),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  );
  const spaced = fc.array(token, { minLength: 1, maxLength: 6 }).map((tokens) => tokens.join(' '));
  const object = fc.record({ a: token, b: token }).map((value) => JSON.stringify(value));
  const line = fc.oneof(
    spaced,
    object,
    fc.tuple(token, token, token).map((tokens) => tokens.join(' ')),
  );
  const row = fc.record({ line, field: fc.option(token, { nil: null }), slot: fc.nat({ max: 5 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { minLength: 1, maxLength: 80 }), { minLength: 1, maxLength: 3 }),
      async (parts) => {
        const batches = parts.map((rows) =>
          messages(
            rows.map(({ line: text }) => text),
            {
              times: rows.map((_, at) => at),
              fields: new Map([
                ['field', rows.map(({ field }) => field)],
                ['copy', rows.map(({ line: text, slot }) => text.split(' ')[slot] ?? null)],
                ['first', rows.map(({ line: text }) => text.split(' ')[0]!)],
              ]),
            },
          ),
        );
        await checkRoundTrip(batches);
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);

test('flipping any byte of a small segment gives an error or the right rows', async () => {
  const segment = segmentOf([flowMessages(flowLines(40, 7))], false);
  const whole = Buffer.concat(segment.chunks);
  const expected = [...(await columnsOf(segment))];
  const step = Number(process.env.WEIR_FLIP_STEP ?? 17);
  for (let at = 0; at < whole.length; at += step) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 1 << (at & 7);
    try {
      const columns = await columnsOf({ ...segment, chunks: [damaged] });
      expect([...columns], `byte ${at}`).toEqual(expected);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'StoreError') throw error;
    }
  }
}, 120_000);

test('a value of a block is read without the others', async () => {
  const reader = await readerOf(segmentOf([flowMessages(flowLines(60_000))], true));
  const counter = { bytesRead: 0 };
  const block = new BlockReader(reader, 0, counter);
  const action = reader.index.fields.find((field) => field.name === 'action');
  expect(valueAt(block.field(action!), 0)).toBe('ACCEPT');
  expect(counter.bytesRead).toBeLessThan(reader.bytes / 20);
});
