import { expect, test } from 'vitest';
import { textColumn, valuesOf } from '../../../src/engine/columns/column.ts';
import { numberFromText } from '../../../src/engine/columns/value.ts';
import { numbersOf } from '../../../src/engine/kernels/numbers.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { insideMemory } from './inside-memory.ts';

test('every text of one or two letters is the number that it stands for alone, in memory and outside', () => {
  const letters = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code)).concat('é', '٣');
  const pairs = ['-1', '1-', '.5', '5.', ' 7', '7 ', '--', '+3', '1e', 'e1', '', '1e3'];
  const texts = [...letters, ...pairs];
  const expected = texts.map((text) => numberFromText(text));
  const kernels = acquireKernels();
  try {
    for (const memory of [kernels, null]) {
      let bad = 0;
      const column = textColumn(texts);
      const numbers = withKernels(memory, () =>
        numbersOf(memory === null ? column : insideMemory(memory, column), (rows) => {
          bad += rows;
        }),
      );
      expect(valuesOf(numbers)).toEqual(expected);
      expect(bad).toBe(expected.filter((number) => number === null).length);
    }
  } finally {
    releaseKernels(kernels);
  }
});
