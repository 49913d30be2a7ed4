import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BooleanColumn, textColumn } from '../../../src/engine/columns/column.ts';
import { columnTest } from '../../../src/engine/kernels/column-test.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { insideMemory } from './inside-memory.ts';

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'ab',
    'REJECT',
    'REJECTED',
    'sixteen bytes ab',
    'sixteen bytes abc',
    'sixteen bytes abd',
  ),
  fc.string({ maxLength: 40 }),
);

test('texts that are equal to one are found by the kernels as by their bytes', () => {
  const kernels = acquireKernels();
  if (kernels === null) throw new Error('the kernels are not built');
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), text, (texts, other) => {
      for (const wanted of [other, texts[0] ?? '']) {
        kernels.reset();
        const equals = new TextEncoder().encode(wanted);
        const never = () => {
          throw new Error('the bytes were looked at one by one');
        };
        const column = insideMemory(kernels, textColumn(texts));
        const found = withKernels(kernels, () =>
          columnTest({ bytes: never, text: never, equals }, false)(column),
        );
        const values = Array.from((found as BooleanColumn).values.subarray(0, texts.length));
        expect(values).toEqual(texts.map((each) => (each === wanted ? 1 : 0)));
      }
    }),
  );
  releaseKernels(kernels);
});
