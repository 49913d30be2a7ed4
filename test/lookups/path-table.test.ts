import { expect, test } from 'vitest';
import {
  importCsv,
  liveRows,
  newTable,
  readTable,
  saveRows,
  tableText,
} from '../../src/lookups/path-table.ts';
import type { TableSchema } from '../../src/lookups/table-schema.ts';

const schema: TableSchema = {
  columns: [
    { name: 'key', type: 'string' },
    { name: 'n', type: 'int' },
    { name: 'on', type: 'boolean' },
    { name: 'x', type: 'double' },
  ],
  primaryKey: ['key'],
  ttlSeconds: null,
  whenFull: 'stop',
};

test('cells are read by the type of their column; a row with one that does not fit is not stored', () => {
  const file = {
    columns: ['KEY', 'on', 'x', 'n'],
    rows: [
      ['a', 'TRUE', '1.5', '7'],
      ['b', 'maybe', null, '4294967297'],
      ['c', null, '1e3', '2.5'],
      [null, 'true', '1', '1'],
    ],
  };
  const receipt = importCsv(newTable(schema), file, 'replace', 5);
  expect(receipt.rejected).toBe(2);
  expect(receipt.table.rows).toEqual([
    { written: 5, cells: ['a', 7, true, 1.5] },
    { written: 5, cells: ['b', 1, false, null] },
  ]);
});

test('keys ignore letter case; the later row replaces the earlier', () => {
  const first = saveRows(newTable(schema), ['key', 'n', 'on', 'x'], [['A', 1, true, 1]], 'replace', 1);
  const second = saveRows(first, ['key', 'n', 'on', 'x'], [['a', 2, false, 2]], 'merge', 2);
  expect(second.rows).toEqual([{ written: 2, cells: ['a', 2, false, 2] }]);
});

test('types of a query must fit; keys must be there and not too long', () => {
  const save = (row: (string | number | boolean | null)[]) => () =>
    saveRows(newTable(schema), ['key', 'n', 'on', 'x'], [row], 'merge', 1);
  expect(save(['a', '1', true, 1])).toThrow('column `n` holds int values, found `1`');
  expect(save(['a', 1.5, true, 1])).toThrow('column `n` holds int values, found `1.5`');
  expect(save(['a', 1, 'true', 1])).toThrow('column `on` holds boolean values');
  expect(save([null, 1, true, 1])).toThrow('its key is empty or longer than 1024 bytes');
  expect(save(['k'.repeat(1025), 1, true, 1])).toThrow('its key is empty or longer than 1024 bytes');
  expect(save(['k', 1, true, 1])).not.toThrow();
});

test('a full table refuses rows, or forgets those written longest ago', () => {
  const wide: TableSchema = {
    columns: [
      { name: 'key', type: 'string' },
      { name: 'text', type: 'string' },
    ],
    primaryKey: ['key'],
    ttlSeconds: null,
    whenFull: 'stop',
  };
  const text = 'x'.repeat(190_000);
  const rows = Array.from({ length: 600 }, (_, row): [string, string] => [`k${row}`, text]);
  expect(() => saveRows(newTable(wide), ['key', 'text'], rows, 'replace', 1)).toThrow(
    'more than the limit of 104857600',
  );
  const kept = saveRows(newTable({ ...wide, whenFull: 'evict' }), ['key', 'text'], rows, 'replace', 1);
  expect(kept.rows.length).toBe(Math.floor(104_857_600 / 190_006));
  expect(kept.rows.at(-1)?.cells[0]).toBe('k599');
});

test('the stored form reads back, and rows live as long as the TTL says', () => {
  const table = saveRows(
    newTable({ ...schema, ttlSeconds: 10 }),
    ['key', 'n', 'on', 'x'],
    [['a\n"', 1, null, null]],
    'replace',
    1000,
  );
  expect(readTable(tableText(table))).toEqual(table);
  expect(liveRows(table, 10_999)).toHaveLength(1);
  expect(liveRows(table, 11_000)).toHaveLength(0);
});

test.each([
  [
    {
      columns: [
        { name: 'a', type: 'string' },
        { name: 'A', type: 'string' },
      ],
    },
    'column `A` occurs twice',
  ],
  [
    { columns: [{ name: '_messageTime', type: 'long' }], primaryKey: ['_messageTime'] },
    '`_messageTime` is a reserved name',
  ],
  [{ columns: [{ name: 'a~~b', type: 'string' }], primaryKey: ['a~~b'] }, 'contains `~~`'],
  [{ primaryKey: [] }, 'needs a primary key'],
  [{ primaryKey: ['z'] }, 'the primary key names `z`, which is no column'],
] as const)('schemas that are not right: %#', (change, message) => {
  expect(() => newTable({ ...schema, ...change } as TableSchema)).toThrow(message);
});
