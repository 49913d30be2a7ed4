import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import { columnOf, textColumn } from '../../../src/engine/columns/column.ts';
import type { Value } from '../../../src/engine/columns/value.ts';
import { compareValues, sortedRows } from '../../../src/engine/kernels/sort.ts';
import { inLayout, LAYOUTS } from '../../layouts.ts';

const text = fc.constantFrom<Value>('', 'a', 'A', 'b', '10', '9', '😀', '\uffee', null);
const number = fc.constantFrom<Value>(1, 2, -1, 1.5, Number.NaN, Infinity, null);
const any = fc.oneof(text, number, fc.boolean() as fc.Arbitrary<Value>);
const column = fc
  .constantFrom(text, number, any)
  .chain((cell) => fc.array(cell, { minLength: 40, maxLength: 40 }));

test('rows are sorted stably by every layout, and a limit gives the first of them', () => {
  fc.assert(
    fc.property(
      column,
      column,
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 0, max: 45 }),
      (a, b, down, down2, limit) => {
        const expected = a
          .map((_, row) => row)
          .sort((x, y) => {
            const first = compareValues(a[x] ?? null, a[y] ?? null) * (down ? -1 : 1);
            return first || compareValues(b[x] ?? null, b[y] ?? null) * (down2 ? -1 : 1) || x - y;
          });
        const laid = [a, b].map((values) => {
          const texts = values.filter((cell) => cell === null || typeof cell === 'string');
          return texts.length === values.length ? textColumn(texts) : columnOf(values);
        });
        for (const layout of LAYOUTS) {
          const { columns } = inLayout(newBatch(new Schema(['a', 'b']), laid, a.length), layout);
          const keys = [
            { column: columns[0]!, descending: down },
            { column: columns[1]!, descending: down2 },
          ];
          expect([...sortedRows(keys, a.length)], layout).toEqual(expected);
          expect([...sortedRows(keys, a.length, limit)], layout).toEqual(expected.slice(0, limit));
        }
      },
    ),
    { numRuns: 500 },
  );
});
