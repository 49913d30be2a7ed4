import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import {
  type Column,
  columnOf,
  constantColumn,
  selectColumn,
  textColumn,
  valuesOf,
} from '../../../src/engine/columns/column.ts';
import type { Value } from '../../../src/engine/columns/value.ts';
import { Words } from '../../../src/engine/columns/words.ts';
import { countCodes } from '../../../src/engine/kernels/count-codes.ts';
import { GroupTable } from '../../../src/engine/kernels/group-table.ts';
import { PairTable } from '../../../src/engine/kernels/pair-table.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { inLayout, LAYOUTS } from '../../layouts.ts';

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Value>('', 'a', 'b', '1', '01', '200000', '300000', null) },
  { weight: 1, arbitrary: fc.constantFrom<Value>(1, 1.5, -0, 0, Number.NaN, true, false) },
);

/** Groups by a map over printed keys, in order of first sight. */
function naive(rows: readonly (readonly Value[])[]) {
  const groups = new Map<string, number>();
  const keys: (readonly Value[])[] = [];
  const groupOf = rows.map((row) => {
    const key = row.map((cell) => `${typeof cell} ${Object.is(cell, -0) ? 0 : String(cell)}`).join('|');
    let group = groups.get(key);
    if (group === undefined) {
      group = groups.size;
      groups.set(key, group);
      keys.push(row.map((cell) => (Object.is(cell, -0) ? 0 : cell)));
    }
    return group;
  });
  return { groupOf, keys };
}

test('groups are numbered by first sight over any batches and layouts', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.constantFrom(...LAYOUTS), { minLength: 5, maxLength: 5 }),
      (keyCount, cells, layouts) => {
        const rows = cells.map((row) => row.slice(0, keyCount));
        const table = new GroupTable(keyCount);
        const found: number[] = [];
        for (let from = 0, at = 0; from < rows.length; from += 7, at++) {
          const part = rows.slice(from, from + 7);
          const columns = Array.from({ length: keyCount }, (_, key) => {
            const values = part.map((row) => row[key] ?? null);
            const texts = values.filter((cell) => cell === null || typeof cell === 'string');
            return texts.length === values.length ? textColumn(texts) : columnOf(values);
          });
          const names = new Schema(columns.map((_, key) => `k${key}`));
          const batch = inLayout(
            newBatch(names, columns, part.length),
            layouts[at % layouts.length] ?? 'as it is',
          );
          found.push(...table.groups(batch.columns, part.length).slice(0, part.length));
        }
        const expected = naive(rows);
        expect(found).toEqual(expected.groupOf);
        const keys = table.columns().map(valuesOf);
        expect(expected.keys.map((_, group) => keys.map((column) => column[group]))).toEqual(expected.keys);
      },
    ),
    { numRuns: 1500 },
  );
});

test('the words of a large dictionary are grouped together as they are one by one', () => {
  const texts = (from: number, count: number) => Array.from({ length: count }, (_, at) => `w${from + at}`);
  const inOrder = (all: readonly (string | null)[]): Column => {
    const words = Words.of(all.filter((text) => text !== null));
    const codes = Uint32Array.from(all, (text) => (text === null ? 0 : words.findText(text)));
    return { kind: 'dictionary', length: all.length, codes, words };
  };
  const batches = [
    texts(0, 300),
    texts(200, 400),
    [...texts(500, 300), null],
    texts(900, 300),
    texts(0, 1200).reverse(),
  ];
  const kernels = acquireKernels();
  try {
    for (const memory of [kernels, null]) {
      const table = new GroupTable(1);
      const seen: (string | null)[] = [];
      withKernels(memory, () => {
        for (const batch of batches) {
          const groups = [...table.groups([inOrder(batch)], batch.length).slice(0, batch.length)];
          for (const text of batch) if (!seen.includes(text)) seen.push(text);
          expect(groups).toEqual(batch.map((text) => seen.indexOf(text)));
          expect(table.columns().map(valuesOf)).toEqual([seen]);
          memory?.reset();
        }
      });
    }
  } finally {
    releaseKernels(kernels);
  }
});

const CODE_ARRAYS = [Uint8Array, Uint16Array, Uint32Array];

/** Codes of `words` words and null, some of them often; each `seed` begins with another one. */
function someCodes(length: number, words: number, seed: number): number[] {
  return Array.from({ length }, (_, row) => ((row + seed) * (row + seed) * 31 + (row >> 3)) % (words + 1));
}

test('rows are counted by code as they are one by one', () => {
  const kernels = acquireKernels();
  try {
    for (const memory of [kernels, null]) {
      for (const array of CODE_ARRAYS) {
        for (const count of [1, 3, 7, 8, 60, 250]) {
          for (const length of [0, 1, 15, 16, 4080, 9001]) {
            const codes = someCodes(length, count, 5);
            const inside = new array(length);
            inside.set(codes);
            const words = Words.of(Array.from({ length: count }, (_, word) => `w${word}`));
            withKernels(memory, () => {
              const kept = memory?.copyOf(inside) ?? inside;
              const found = countCodes({ kind: 'dictionary', length, codes: kept, words });
              const expected = new Uint32Array(count + 1);
              for (const code of codes) expected[code]!++;
              expect(found).toEqual(expected);
              memory?.reset();
            });
          }
        }
      }
    }
  } finally {
    releaseKernels(kernels);
  }
});

test('groups that are only counted have the numbers and rows of those that are found row by row', () => {
  const kernels = acquireKernels();
  try {
    for (const memory of [kernels, null]) {
      const counted = new GroupTable(1);
      const found = new GroupTable(1);
      withKernels(memory, () => {
        for (const [at, array] of CODE_ARRAYS.entries()) {
          // Each dictionary shares words with the one before, in other places.
          const words = Words.of(Array.from({ length: 9 }, (_, word) => `w${(word * 5 + at * 4) % 17}`));
          const codes = new array(1000);
          codes.set(someCodes(1000, 9, at));
          const all: Column = {
            kind: 'dictionary',
            length: 1000,
            codes: memory?.copyOf(codes) ?? codes,
            words,
          };
          const some = selectColumn(
            all,
            Uint32Array.from({ length: 300 }, (_, row) => row * 3 + 1),
          );
          const values = ['w3', null, 7, 'new'].map((value) => constantColumn(value, 5));
          for (const column of [some, all, ...values]) {
            const rows = counted.tally([column], column.length);
            const groups = found.groups([column], column.length).slice(0, column.length);
            const expected = new Float64Array(found.count);
            for (const group of groups) expected[group]!++;
            expect(rows).toEqual(expected);
            expect(counted.columns().map(valuesOf)).toEqual(found.columns().map(valuesOf));
          }
          memory?.reset();
        }
      });
    }
  } finally {
    releaseKernels(kernels);
  }
});

test('groups are not counted without looking at rows where that cannot be or does not pay', () => {
  const text = textColumn(['a', 'b']);
  const words = Words.of(['a', 'b']);
  const few: Column = { kind: 'dictionary', length: 2, codes: Uint8Array.of(1, 2), words };
  expect(new GroupTable(1).tally([text], 2)).toBe(null);
  expect(new GroupTable(1).tally([few], 2)).toBe(null);
  expect(new GroupTable(2).tally([few, few], 2)).toBe(null);
  expect(new GroupTable(0).tally([], 2)).toEqual(Float64Array.of(2));
});

test('without keys there is one group from the start', () => {
  const table = new GroupTable(0);
  expect(table.count).toBe(1);
  expect([...table.groups([], 3).slice(0, 3)]).toEqual([0, 0, 0]);
  expect(table.columns()).toEqual([]);
});

test('pairs keep their ids while the table grows from an array to hashes', () => {
  const table = new PairTable();
  const known = new Map<string, number>();
  const random = (below: number, seed: number) => (seed * 2654435761) % below;
  for (let round = 1; round <= 40; round++) {
    const side = round * 100;
    const left = Uint32Array.from({ length: 500 }, (_, row) => random(side, row * 7 + round) >>> 0);
    const right = Uint32Array.from({ length: 500 }, (_, row) => random(side, row * 13 + round * 3) >>> 0);
    const keys = Array.from(left, (id, row) => `${id} ${right[row]}`);
    table.combine(left, right, 500, side, side);
    keys.forEach((key, row) => {
      const id = known.get(key) ?? known.size;
      known.set(key, id);
      expect(left[row]).toBe(id);
    });
  }
  expect(table.count).toBe(known.size);
});
