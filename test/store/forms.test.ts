import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { acquireKernels, releaseKernels } from '../../src/engine/kernels/wasm/memory.ts';
import { TextCollector } from '../../src/store/collect-text.ts';
import { NumberCollector } from '../../src/store/collect-values.ts';
import { FormCoder } from '../../src/store/forms.ts';
import { filterHas, newTermSet, termHash } from '../../src/store/term-set.ts';
import { WordHeap } from '../../src/store/word-heap.ts';

// What the kernels make of collected columns, their plain twins make, too.
const kernels = acquireKernels();
const plain = new FormCoder(null);
afterAll(() => releaseKernels(kernels));

const form = fc.oneof(
  fc.constant(-1),
  fc.integer({ min: 0, max: 0x7fffffff }),
  fc.integer({ min: 1000, max: 1200 }),
  fc.integer({ min: -300, max: -2 }),
);
const forms = fc.array(form, { minLength: 1, maxLength: 120 }).map((values) => Int32Array.from(values));

function collected(rows: Int32Array): TextCollector {
  const text = new TextCollector();
  text.rows = rows;
  text.length = rows.length;
  return text;
}

test('there are kernels to compare with', () => {
  expect(kernels).not.toBe(null);
});

test('law: rows are surveyed alike', () => {
  const byKernels = new FormCoder(kernels);
  fc.assert(
    fc.property(forms, (rows) => {
      expect(byKernels.survey(collected(rows), rows.length)).toEqual(
        plain.survey(collected(rows), rows.length),
      );
    }),
  );
});

test('law: rows become the same values, wherever they begin and end', () => {
  const byKernels = new FormCoder(kernels);
  fc.assert(
    fc.property(forms, fc.nat(20), fc.constantFrom('numbers', 'words'), (rows, cut, kind) => {
      const from = Math.min(cut, rows.length - 1);
      const numbers = rows.filter((value) => value >= 0);
      const base = kind === 'numbers' && numbers.length > 0 ? Math.min(...numbers) : 0;
      const most = kind === 'words' ? 300 : Math.max(0, ...numbers) - base;
      for (const width of [1, 2, 4] as const) {
        if (most >= 2 ** (8 * width)) continue;
        const target = { kind, base, width } as const;
        const there = byKernels.encode(collected(rows), from, rows.length, target);
        const wanted = plain.encode(collected(rows), from, rows.length, target);
        expect({ ...there, values: [...there.values], validity: [...there.validity] }).toEqual({
          ...wanted,
          values: [...wanted.values],
          validity: [...wanted.validity],
        });
      }
    }),
  );
});

test('law: texts have the same words, in kernel memory or not, however many', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.array(fc.nat(99_999), { maxLength: 6 }).map((numbers) => numbers.join('_A.')),
    fc.stringMatching(/^[A-Za-z0-9_. -]{0,30}$/),
  );
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), (texts) => {
      const heap = new WordHeap();
      heap.keepAll();
      for (const bytes of texts.map((some) => encoder.encode(some))) heap.add(bytes, 0, bytes.length);
      const filterBy = (memory: typeof kernels) => {
        memory?.reset();
        const set = newTermSet(memory);
        set.addTexts(heap, 1, 2);
        set.addTexts(heap, 1, heap.count + 1);
        return set.filter();
      };
      expect([...filterBy(kernels)]).toEqual([...filterBy(null)]);
    }),
    { numRuns: 200 },
  );
});

test('a set grows to any number of words', () => {
  kernels?.reset();
  const set = newTermSet(kernels);
  const heap = new WordHeap();
  heap.keepAll();
  const encoder = new TextEncoder();
  for (let row = 0; row < 200_000; row++) {
    const bytes = encoder.encode(row % 100 === 7 ? `größe${row}` : `word${row} Other_${row % 50}`);
    heap.add(bytes, 0, bytes.length);
  }
  set.addTexts(heap, 1, heap.count + 1);
  const filter = set.filter();
  for (let row = 0; row < 200_000; row += 117) {
    const words = row % 100 === 7 ? [`größe${row}`] : [`word${row}`, `other_${row % 50}`];
    for (const word of words) expect(filterHas(filter, termHash(word)), word).toBe(true);
  }
  let wrong = 0;
  for (let other = 0; other < 10_000; other++) if (filterHas(filter, termHash(`absent${other}`))) wrong++;
  expect(wrong).toBeLessThan(100);
});

test('law: rows that came as stretches become what they become one by one', () => {
  const stretch = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    text: fc.constantFrom(null, '7', '70000', 'a', ''),
  });
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 6 }), fc.nat(30), (stretches, from) => {
      const runs = new TextCollector();
      const single = new TextCollector();
      for (const { rows, text } of stretches) {
        const start = runs.length;
        runs.grow(start + rows);
        single.grow(start + rows);
        if (text === null) continue;
        const bytes = encoder.encode(text);
        runs.fill(start, bytes);
        for (let row = start; row < start + rows; row++) single.set(row, bytes, 0, bytes.length);
      }
      const { length } = runs;
      expect(plain.survey(runs, length)).toEqual(plain.survey(single, length));
      const first = Math.min(from, length - 1);
      for (const kind of ['numbers', 'words'] as const) {
        const target = { kind, base: 0, width: 4 } as const;
        expect(plain.encode(runs, first, length, target)).toEqual(
          plain.encode(single, first, length, target),
        );
      }
      expect(runs.rows.subarray(0, length)).toEqual(single.rows.subarray(0, length));
    }),
  );
});

test('law: numbers that came as stretches are what they are one by one', () => {
  const stretch = fc.record({
    rows: fc.integer({ min: 1, max: 20 }),
    value: fc.option(fc.oneof(fc.integer(), fc.double(), fc.constant(-0)), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 6 }), (stretches) => {
      const runs = new NumberCollector();
      const single = new NumberCollector();
      let length = 0;
      for (const { rows, value } of stretches) {
        if (value !== undefined) runs.fill(length, length + rows, value);
        for (let row = length; value !== undefined && row < length + rows; row++) single.set(row, value);
        length += rows;
      }
      expect(runs.survey(length)).toEqual(single.survey(length));
      for (let row = 0; row < length; row++) expect(runs.has(row)).toBe(single.has(row));
      for (let row = 0; row < length; row++)
        if (runs.has(row)) expect(runs.values[row]).toBe(single.values[row]);
    }),
  );
});
