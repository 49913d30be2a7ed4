import { expect, test } from 'vitest';
import { renderTable, renderTablePart, timeFormatter } from '../../../src/cli/output/table.ts';
import { cellWidth, truncate, visible } from '../../../src/cli/output/visible.ts';
import { newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import { columnOf } from '../../../src/engine/columns/column.ts';
import { linkText } from '../../../src/engine/columns/link.ts';
import type { Value } from '../../../src/engine/columns/value.ts';

const PIPE = { width: Number.POSITIVE_INFINITY, timeZone: 'UTC', color: false, escape: false };
const TERMINAL = { ...PIPE, width: 80, escape: true };

function batchOf(columns: Readonly<Record<string, readonly Value[]>>) {
  const [first] = Object.values(columns);
  return newBatch(
    new Schema(Object.keys(columns)),
    Object.values(columns).map((values) => columnOf(values)),
    first?.length ?? 0,
  );
}

test('texts to the left, numbers to the right, times readable, nothing for null', () => {
  const batch = batchOf({ name: ['a', null], n: [1, 1000.5], _timeslice: [0, 1_717_200_000_250] });
  expect(renderTable(batch, PIPE)).toBe(
    [
      'name       n  _timeslice',
      '────  ──────  ───────────────────────',
      'a          1  1970-01-01 00:00:00',
      '      1000.5  2024-06-01 00:00:00.250',
      '',
    ].join('\n'),
  );
});

test('links lead to their address, but for one that could steer the terminal', () => {
  const link = (url: string) => linkText({ label: 'page', url });
  const table = renderTable(
    batchOf({ l: [link('https://example.com/1'), link('x\u001by'), 'plain'] }),
    TERMINAL,
  );
  expect(table.split('\n').slice(2)).toEqual([
    '\u001b]8;;https://example.com/1\u001b\\page\u001b]8;;\u001b\\',
    'page',
    'plain',
    '',
  ]);
});

test('times are shown in the zone', () => {
  expect(timeFormatter('Asia/Tokyo')(0)).toBe('1970-01-01 09:00:00');
});

test('control characters are escaped on a terminal and kept in a pipe', () => {
  const batch = batchOf({ v: ['\u001b[31mred\u0007\u202e'] });
  expect(renderTable(batch, TERMINAL)).toContain('\\u001b[31mred\\u0007\\u202e');
  expect(renderTable(batch, PIPE)).toContain('\u001b[31mred\u0007\u202e');
  expect(visible('a\tb\nc')).toBe('a\\tb\\nc');
});

test('no line is wider than the terminal, wide characters counted', () => {
  const batch = batchOf({ a: ['x'.repeat(200)], b: ['日本語'.repeat(30)], n: [123_456_789] });
  const lines = renderTable(batch, TERMINAL).trimEnd().split('\n');
  expect(Math.max(...lines.map(cellWidth))).toBeLessThanOrEqual(80);
  expect(lines.at(-1)).toContain('123456789');
});

test('an aggregate keeps all its columns, messages show their time and text', () => {
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`field${at}`, ['value '.repeat(5)]]));
  expect(renderTable(batchOf({ ...many, _count: [3] }), TERMINAL).split('\n')[0]).toMatch(/field0.*_count$/);
  const messages = batchOf({
    _raw: ['message '.repeat(20)],
    _messageTime: [0],
    _sourceCategory: ['c'],
    ...many,
  });
  const [header = '', , row = '', note = ''] = renderTable(messages, TERMINAL).split('\n');
  expect(header).toMatch(/^_messageTime +field0 .*_raw *$/);
  expect(row).toMatch(/^1970-01-01 00:00:00 .*message message message/);
  expect(note).toMatch(/^8 more columns: _sourceCategory, field1, /);
});

test('a long result goes on below its header until the columns change', () => {
  const first = renderTablePart(batchOf({ a: ['long text'] }), PIPE, null);
  const second = renderTablePart(batchOf({ a: ['short'] }), PIPE, first.header);
  expect(second.text).toBe('short\n');
  const third = renderTablePart(batchOf({ a: ['short'], b: ['x'] }), PIPE, second.header);
  expect(third.text).toMatch(/^a +b\n─+ +─\nshort +x\n$/);
});

test('texts are cut by cells', () => {
  expect(truncate('abcdef', 4)).toBe('abc…');
  expect(truncate('日本語', 4)).toBe('日…');
  expect(truncate('abc', 3)).toBe('abc');
});

test('times are shown in zones that the engine knows and Intl does not', () => {
  expect(timeFormatter('GMT+2')(0)).toBe('1970-01-01 02:00:00');
  expect(timeFormatter('z')(-1)).toBe('1969-12-31 23:59:59.999');
});
