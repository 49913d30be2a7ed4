import { expect, test } from 'vitest';
import { csvCell, csvHeader, csvRows } from '../../../src/cli/output/csv.ts';
import { limited } from '../../../src/cli/output/limited.ts';
import { type OutputFormat, resultText } from '../../../src/cli/output/result.ts';
import { newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import { columnOf } from '../../../src/engine/columns/column.ts';
import { jsonRows } from '../../../src/engine/columns/json-rows.ts';
import type { Value } from '../../../src/engine/columns/value.ts';

function batchOf(names: readonly string[], ...columns: readonly (readonly Value[])[]) {
  return newBatch(
    new Schema([...names]),
    columns.map((values) => columnOf(values)),
    columns[0]?.length ?? 0,
  );
}

async function* each<T>(...items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

function printed(format: OutputFormat, ...batches: readonly ReturnType<typeof batchOf>[]) {
  const options = {
    format,
    timeZone: 'UTC',
    isTerminal: false,
    width: Number.POSITIVE_INFINITY,
    color: false,
    guardFormulas: false,
  };
  return resultText(each(...batches), () => ['a'], options);
}

test('JSON rows keep the order and the spelling of columns, whatever their names', () => {
  const batch = batchOf(['src', '443', '__proto__', 'A"b'], ['x'], [1], [null], [true]);
  expect(jsonRows(batch)).toEqual(['{"src":"x","443":1,"__proto__":null,"A\\"b":true}']);
});

test('numbers that JSON has no form for are texts', () => {
  const batch = batchOf(['n'], [Number.NaN, Number.POSITIVE_INFINITY, 0.1]);
  expect(jsonRows(batch)).toEqual(['{"n":"NaN"}', '{"n":"Infinity"}', '{"n":0.1}']);
});

test('a text that looks like a number stays a text', () => {
  expect(jsonRows(batchOf(['port'], ['443']))).toEqual(['{"port":"443"}']);
});

test('CSV cells are quoted where they must be; null and the empty text differ', () => {
  const options = { guardFormulas: false };
  const cells = ['plain', 'a,b', 'say "hi"', 'two\nlines', ' blank ', '', null, 1.5, true];
  expect(cells.map((cell) => csvCell(cell, options))).toEqual([
    'plain',
    '"a,b"',
    '"say ""hi"""',
    '"two\nlines"',
    '" blank "',
    '""',
    '',
    '1.5',
    'true',
  ]);
});

test('the guard marks texts that a spreadsheet would run, and no numbers', () => {
  const options = { guardFormulas: true };
  expect(['=1+1', '@x', '-2', -2].map((cell) => csvCell(cell, options))).toEqual([
    "'=1+1",
    "'@x",
    "'-2",
    '-2',
  ]);
  expect(csvCell('=1+1', { guardFormulas: false })).toBe('=1+1');
});

test('a CSV header names its columns', () => {
  const batch = batchOf(['a', 'b,c'], ['1'], ['2']);
  expect([
    csvHeader(batch.schema, { guardFormulas: false }),
    ...csvRows(batch, { guardFormulas: false }),
  ]).toEqual(['a,"b,c"', '1,2']);
});

test('the limit cuts within a batch and stops reading', async () => {
  let read = 0;
  async function* batches() {
    for (;;) {
      read++;
      yield batchOf(['n'], [read * 10 + 1, read * 10 + 2]);
    }
  }
  const rows: string[] = [];
  for await (const batch of limited(batches(), 3)) rows.push(...jsonRows(batch));
  expect(rows).toEqual(['{"n":11}', '{"n":12}', '{"n":21}']);
  expect(read).toBe(2);
});

test('a result of several batches in every text format', async () => {
  const batches = [batchOf(['a'], ['1', '2']), batchOf(['a', 'b'], ['3'], [4])] as const;
  expect((await printed('jsonl', ...batches)).text).toBe('{"a":"1"}\n{"a":"2"}\n{"a":"3","b":4}\n');
  expect(JSON.parse((await printed('json', ...batches)).text)).toEqual([
    { a: '1' },
    { a: '2' },
    { a: '3', b: 4 },
  ]);
  expect((await printed('csv', ...batches)).text).toBe('a,b\n1,\n2,\n3,4\n');
  expect(await printed('table', ...batches)).toEqual({ text: 'a  b\n─  ─\n1\n2\n3  4\n', rows: 3 });
});

test('no rows: an empty array, a header, nothing, or words', async () => {
  expect((await printed('json')).text).toBe('[]\n');
  expect((await printed('csv')).text).toBe('a\n');
  expect((await printed('jsonl')).text).toBe('');
  expect((await printed('table')).text).toBe('no rows\n');
});
