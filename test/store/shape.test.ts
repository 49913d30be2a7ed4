import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, learnShapes, type Sample, type Shape, Slots } from '../../src/store/shape.ts';
import { randomFrom } from './memory-disk.ts';
import { flowLines } from './messages.ts';

function sampleOf(text: string): Sample {
  const data = new TextEncoder().encode(text);
  return { data, start: 0, end: data.length };
}

function learned(lines: readonly string[]): Shape[] {
  return learnShapes(lines.map(sampleOf));
}

/** The text put together from pieces and slots, or null when it has another shape. */
function rebuilt(shape: Shape, text: string): string | null {
  const { data, start, end } = sampleOf(text);
  const slots = new Slots();
  if (!cut(shape, data, start, end, slots)) return null;
  const parts: Uint8Array[] = [];
  shape.pieces.forEach((piece, at) => {
    parts.push(piece);
    if (at + 1 < shape.pieces.length) parts.push(data.subarray(slots.starts[at]!, slots.ends[at]!));
  });
  return Buffer.concat(parts).toString();
}

/** Sentences of all lengths. */
function sentences(count: number): string[] {
  const random = randomFrom(1);
  const words = 'connection to the database was refused after three tries because nobody answered'.split(' ');
  return Array.from({ length: count }, () =>
    Array.from(
      { length: 3 + Math.floor(random() * 14) },
      () => words[Math.floor(random() * words.length)],
    ).join(' '),
  );
}

test('flow logs have one shape, two versions of them two', () => {
  const second = flowLines(40);
  const fifth = second.slice(0, 20).map((line) => `${line} vpc-1 subnet-2 ingress`);
  expect(learned(second).map(({ pieces }) => pieces.length)).toEqual([15]);
  expect(learned([...second, ...fifth]).map(({ pieces }) => pieces.length)).toEqual([15, 18]);
});

test('sentences have no shape, and flow logs among them keep theirs', () => {
  expect(learned(sentences(64))).toEqual([]);
  const mixed = [...sentences(32), ...flowLines(32)];
  expect(learned(mixed).map(({ pieces }) => pieces.length)).toEqual([15]);
});

test('JSON texts are cut at their values, and those at spaces where all have as many', () => {
  const lines = flowLines(20).map((message, row) =>
    JSON.stringify({ message, n: row, deep: { list: [`x${row}`, true] } }),
  );
  const [shape] = learned(lines);
  const pieces = shape!.pieces.map((piece) => Buffer.from(piece).toString());
  expect(pieces.slice(0, 3)).toEqual(['{"message":"', ' ', ' ']);
  expect(pieces.slice(-4)).toEqual(['","n":', ',"deep":{"list":["', '",', ']}}']);
});

test('law: whatever a shape accepts is put together again exactly', () => {
  const token = fc.oneof(
    fc.constantFrom('', '"', '\\', '{', '}', ':', ' ', 'a b', '1', '-1.5e3', 'true'),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  );
  const line = fc.oneof(
    fc.array(token, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join(' ')),
    fc
      .record({ a: token, b: token, c: fc.array(token, { maxLength: 2 }) })
      .map((value) => JSON.stringify(value)),
    fc.array(token, { maxLength: 4 }).map((tokens) => `{${tokens.join('')}}`),
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 2, maxLength: 20 }), line, (lines, other) => {
      for (const shape of learned(lines)) {
        expect(shape.pieces.slice(1, -1).every((piece) => piece.length > 0)).toBe(true);
        for (const text of [...lines, other]) {
          const again = rebuilt(shape, text);
          if (again !== null) expect(again).toBe(text);
        }
      }
    }),
    { numRuns: 500 },
  );
});
