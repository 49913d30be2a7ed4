import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textColumn, valuesOf } from '../../../src/engine/columns/column.ts';
import { Words } from '../../../src/engine/columns/words.ts';
import { Interner } from '../../../src/engine/kernels/interner.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { insideMemory } from './inside-memory.ts';

const text = fc.oneof(
  fc.constantFrom('', 'a', 'exactly16bytes!!', 'exactly16bytes!!x', '2001:db8:85a3::8a2e:370:7334'),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.nat(3000).map((number) => `a-longer-word-${number}`),
);

test('texts get the codes that a dictionary alone gives them, in memory and outside, as tables grow', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          texts: fc.array(fc.option(text, { freq: 20 }), { minLength: 1, maxLength: 1500 }),
          inside: fc.boolean(),
        }),
        { maxLength: 5 },
      ),
      (batches) => {
        const kernels = acquireKernels();
        const interner = new Interner();
        const words = new Words();
        for (const { texts, inside } of batches) {
          const column = textColumn(texts);
          const codes = withKernels(kernels, () =>
            interner.codes(inside && kernels !== null ? insideMemory(kernels, column) : column),
          );
          const expected = texts.map((each) => (each === null ? null : words.internText(each)));
          const shown = [...codes].map((code) => interner.words.text(code));
          expect(shown).toEqual(valuesOf(column));
          if (!batches.some((batch) => batch.texts.includes(null))) expect([...codes]).toEqual(expected);
          kernels?.reset();
        }
        releaseKernels(kernels);
      },
    ),
    { numRuns: 60 },
  );
});

test('the tables of a memory that was given back are not used any more', () => {
  const interner = new Interner();
  for (let round = 0; round < 3; round++) {
    const kernels = acquireKernels();
    const texts = Array.from({ length: 2000 }, (_, row) => `word number ${(row * (round + 1)) % 700}`);
    const codes = withKernels(kernels, () => {
      const column = textColumn(texts);
      return interner.indexes(kernels === null ? column : insideMemory(kernels, column));
    });
    expect([...codes].map((code) => interner.words.text(code + 1))).toEqual(texts);
    releaseKernels(kernels);
    // The next query has the same memory, and tables of its own there.
    const next = acquireKernels();
    next?.bytes.fill(1, next.allocateTable(1 << 20) ?? 0);
    releaseKernels(next);
  }
});
