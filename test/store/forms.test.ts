import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acquireKernels, releaseKernels } from '../../src/engine/kernels/wasm/memory.ts';
import { FormCoder } from '../../src/store/forms.ts';
import { filterHas, newTermSet, termHash } from '../../src/store/term-set.ts';
import { WordHeap } from '../../src/store/word-heap.ts';

// What the kernels make of collected columns, their plain twins make, too.
const kernels = acquireKernels();
const plain = new FormCoder(null);

const form = fc.oneof(
  fc.constant(-1),
  fc.integer({ min: 0, max: 0x7fffffff }),
  fc.integer({ min: 1000, max: 1200 }),
  fc.integer({ min: -300, max: -2 }),
);
const forms = fc.array(form, { minLength: 1, maxLength: 120 }).map((values) => Int32Array.from(values));

test('there are kernels to compare with', () => {
  expect(kernels).not.toBe(null);
});

test('law: rows are surveyed alike', () => {
  const byKernels = new FormCoder(kernels);
  fc.assert(
    fc.property(forms, (rows) => {
      expect(byKernels.survey(rows, rows.length)).toEqual(plain.survey(rows, rows.length));
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
        const there = byKernels.encode(rows, from, rows.length, target);
        const wanted = plain.encode(rows, from, rows.length, target);
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
  releaseKernels(kernels);
});
