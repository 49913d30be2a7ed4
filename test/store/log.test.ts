import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Batch, newBatch, Schema } from '../../src/engine/columns/batch.ts';
import {
  type Column,
  columnOf,
  constantColumn,
  textColumn,
  valuesOf,
} from '../../src/engine/columns/column.ts';
import { Words } from '../../src/engine/columns/words.ts';
import { decodeBatch, encodeBatch } from '../../src/store/batch-codec.ts';
import {
  decodeFrame,
  decodeFrameBatch,
  encodeFrame,
  type LogEntry,
  readLog,
} from '../../src/store/write-ahead-log.ts';
import { flowLines, messages } from './messages.ts';

const HEAD = new TextEncoder().encode('WEIRLOG1');

function logOf(...frames: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([HEAD, ...frames]));
}

/** In memory that held something else before. */
function encoded(entry: LogEntry): Uint8Array {
  return encodeFrame(entry, (size) => new Uint8Array(size).fill(0xa5));
}

function frame(sequence: number, text: string, batchId: string | null = null): Uint8Array {
  return encoded({ sequence, batchId, batches: [messages([text])], late: null });
}

function textsOf(log: Uint8Array): unknown[] {
  return readLog(log).entries.flatMap(({ batches }) =>
    batches.flatMap((batch) => valuesOf(batch.columns[0]!)),
  );
}

function expectSame(decoded: Batch, batch: Batch): void {
  expect(decoded.schema.names).toEqual(batch.schema.names);
  expect(decoded.columns.map(valuesOf)).toEqual(batch.columns.map(valuesOf));
}

test('every kind of column comes back from a frame', () => {
  const rows = 9;
  const raw = textColumn(Array.from({ length: rows }, (_, row) => `row ${row} of the messages`));
  const inside: Column = {
    ...raw,
    starts: raw.starts.map((start) => start + 4),
    ends: raw.starts.map((start) => start + 5),
  };
  const sometimes: Column = { ...inside, validity: Uint8Array.of(0b10101010, 1) };
  const columns: [string, Column][] = [
    ['_raw', raw],
    ['inside', inside],
    ['sometimes', sometimes],
    ['own', textColumn(['a', null, '', 'ü', 'b', 'c', 'd', 'e', 'f'])],
    ['numbers', columnOf([1, 2.5, null, Number.NaN, 5, 6, 7, 8, 9])],
    ['booleans', columnOf([true, false, null, true, true, true, false, false, null])],
    ['mixed', columnOf(['a', 1, true, null, Number.NaN, -0, Infinity, '', 2])],
    ['constant', constantColumn(-0, rows)],
    [
      'digits',
      {
        kind: 'digits',
        length: rows,
        values: Int16Array.of(1, 2, -1, 4, 5, 6, 7, 8, 9),
        exceptions: ['x'],
        validity: null,
      },
    ],
    [
      'dictionary',
      {
        kind: 'dictionary',
        length: rows,
        codes: Uint16Array.of(2, 0, 2, 1, 2, 2, 2, 2, 2),
        words: Words.of(['p', 'q', 'unused']),
      },
    ],
    ['selected', { kind: 'selected', length: rows, base: columnOf(['s', 't']), rows: new Uint32Array(rows) }],
  ];
  const batch = newBatch(
    new Schema(columns.map(([name]) => name)),
    columns.map(([, column]) => column),
    rows,
  );
  expectSame(decodeBatch(encodeBatch(batch)), batch);
});

test('fields that lie in their messages take four bytes a row', () => {
  const lines = flowLines(1000);
  const raw = textColumn(lines);
  const starts = raw.starts.map((start) => start + 2);
  const field: Column = { ...raw, starts, ends: starts.map((start) => start + 12) };
  const schema = new Schema(['_raw', 'account']);
  const without = encodeBatch(newBatch(schema.pick([0]), [raw], 1000)).length;
  const batch = newBatch(schema, [raw, field], 1000);
  expect(encodeBatch(batch).length - without).toBeLessThan(4200);
  const decoded = decodeBatch(encodeBatch(batch));
  expectSame(decoded, batch);
  const [first, second] = decoded.columns;
  expect(first?.kind === 'text' && second?.kind === 'text' && first.data === second.data).toBe(true);
});

test('a frame keeps its number, its batch id and all of its batches', () => {
  const entry = {
    sequence: 2 ** 40,
    batchId: 'an id, ünïcode',
    batches: [messages(['a', 'b']), messages(['c'])],
    late: '{"rules":"ünïcode"}',
  };
  const decoded = decodeFrame(encoded(entry));
  expect({ ...decoded, batches: decoded.batches.length }).toEqual({ ...entry, batches: 2 });
  const one = decodeFrameBatch(encoded(entry), 1);
  expect([valuesOf(one.batch.columns[0]!), one.late]).toEqual([['c'], entry.late]);
  expect(decodeFrame(frame(0, 'x', '')).batchId).toBe('');
  expect(decodeFrame(frame(0, 'x'))).toMatchObject({ batchId: null, late: null });
});

test('a log cut at any byte reads as the frames before the cut', () => {
  const frames = [frame(0, 'first'), frame(1, 'second'), frame(2, 'third')];
  const log = logOf(...frames);
  const ends = frames.map((_, count) => logOf(...frames.slice(0, count + 1)).length);
  for (let length = 0; length <= log.length; length++) {
    const whole = ends.filter((end) => end <= length).length;
    const { entries, bad } = readLog(log.slice(0, length));
    expect(entries.length, `cut at ${length}`).toBe(whole);
    const clean = length === 0 || length === 8 || ends.includes(length);
    expect(
      bad.map(({ tail }) => tail),
      `cut at ${length}`,
    ).toEqual(clean ? [] : [true]);
  }
});

test('a damaged byte loses its own frame at the most', () => {
  const log = logOf(frame(0, 'first'), frame(1, 'second'), frame(2, 'third'));
  for (let at = 0; at < log.length; at++) {
    const damaged = log.slice();
    damaged[at]! ^= 1 << (at & 7);
    const texts = textsOf(damaged);
    expect(texts.length, `byte ${at}`).toBeGreaterThanOrEqual(2);
    for (const text of texts) expect(['first', 'second', 'third'], `byte ${at}`).toContain(text);
  }
});

test('law: random bytes are never read as frames, and never make the reader fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, withHead) => {
      const log = withHead ? logOf(bytes) : new Uint8Array(bytes);
      expect(readLog(log).entries).toEqual([]);
    }),
  );
});

test('law: any texts come back from a batch', () => {
  const text = fc.option(fc.string({ unit: 'grapheme' }), { nil: null });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 30 }), (rows) => {
      const schema = new Schema(['_raw', 'field']);
      const columns = [0, 1].map((position) => textColumn(rows.map((row) => row[position] ?? null)));
      const batch = newBatch(schema, columns, rows.length);
      expectSame(decodeBatch(encodeBatch(batch)), batch);
    }),
  );
});
