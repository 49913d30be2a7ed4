import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv, writeCsv } from '../../src/lookups/csv.ts';

test('quotes, line ends, blanks and short rows', () => {
  expect(readCsv('\uFEFF a ,b,c\r\n"x, ""y""","two\nlines",\r\n1\r\n\r\n,,3', 'f')).toEqual({
    columns: ['a', 'b', 'c'],
    rows: [
      ['x, "y"', 'two\nlines', null],
      ['1', null, null],
      [null, null, '3'],
    ],
  });
  expect(readCsv('a,b\n1,', 'f').rows).toEqual([['1', null]]);
  expect(readCsv('a', 'f')).toEqual({ columns: ['a'], rows: [] });
  expect(() => readCsv('a,,c\n', 'f')).toThrow('column 2 of `f` has no name');
});

test('law: what is written is read again', () => {
  const cell = fc.oneof(
    fc.constant(null),
    fc.string({ minLength: 1, unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constant('k'), cell, cell)), (rows) => {
      expect(readCsv(writeCsv(['a', 'b', 'c'], rows), 'f').rows).toEqual(rows);
    }),
  );
});
