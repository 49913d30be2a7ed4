import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BooleanColumn, type DictionaryColumn, textColumn } from '../../../src/engine/columns/column.ts';
import { Words } from '../../../src/engine/columns/words.ts';
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

test.each([8, 700])('a dictionary that grows %i words at a time is asked about each word once', (more) => {
  const kernels = acquireKernels();
  if (kernels === null) throw new Error('the kernels are not built');
  const wanted = 'the wanted word';
  const words = new Words();
  const asked: string[] = [];
  const bytes = (data: Uint8Array, start: number, end: number) => {
    asked.push(new TextDecoder().decode(data.subarray(start, end)));
    return asked.at(-1) === wanted;
  };
  const equals = new TextEncoder().encode(wanted);
  const onColumn = columnTest({ bytes, text: (each) => each === wanted, equals }, false);
  for (let batch = 0; batch < 4; batch++) {
    kernels.reset();
    const texts = Array.from({ length: more }, (_, row) => `the wanted word ${batch * more + row}`);
    if (batch > 0) texts.push(wanted);
    const codes = kernels.uint32(texts.length);
    texts.forEach((each, row) => {
      codes[row] = words.internText(each);
    });
    const column: DictionaryColumn = { kind: 'dictionary', length: texts.length, codes, words };
    const found = withKernels(kernels, () => onColumn(column)) as BooleanColumn;
    expect(Array.from(found.values.subarray(0, texts.length))).toEqual(
      texts.map((each) => (each === wanted ? 1 : 0)),
    );
  }
  expect(asked).toEqual([...new Set(asked)]);
  releaseKernels(kernels);
});

test('of a large dictionary that grows, all words but one differ from it, and none is looked at', () => {
  const kernels = acquireKernels();
  if (kernels === null) throw new Error('the kernels are not built');
  const unwanted = 'the unwanted word';
  const words = new Words();
  const never = () => {
    throw new Error('the bytes were looked at one by one');
  };
  const differs = new TextEncoder().encode(unwanted);
  const onColumn = columnTest({ bytes: never, text: never, differs }, false);
  for (let batch = 0; batch < 4; batch++) {
    kernels.reset();
    const texts = Array.from({ length: 700 }, (_, row) => `the unwanted word ${batch * 700 + row}`);
    if (batch > 0) texts.splice(batch, 0, unwanted);
    const codes = kernels.uint32(texts.length + 1);
    texts.forEach((each, row) => {
      codes[row] = words.internText(each);
    });
    codes[texts.length] = 0;
    const column: DictionaryColumn = { kind: 'dictionary', length: texts.length + 1, codes, words };
    const found = withKernels(kernels, () => onColumn(column)) as BooleanColumn;
    expect(Array.from(found.values.subarray(0, column.length))).toEqual([
      ...texts.map((each) => (each === unwanted ? 0 : 1)),
      0,
    ]);
  }
  releaseKernels(kernels);
});
