import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TextColumn } from '../../../src/engine/columns/column.ts';
import { linesOfGrid, noteLines, splitRows } from '../../../src/engine/kernels/split-grid.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { insideMemory } from './inside-memory.ts';

/** Lines as a file has them: the rows lie between line ends. */
function lines(texts: readonly string[], lineEnd: string): TextColumn {
  const data = new TextEncoder().encode(texts.map((line) => line + lineEnd).join(''));
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  let at = 0;
  texts.forEach((line, row) => {
    starts[row] = at;
    ends[row] = at + line.length;
    at += line.length + lineEnd.length;
  });
  return { kind: 'text', length: texts.length, data, starts, ends, validity: null };
}

const kernels = acquireKernels();

test.skipIf(kernels === null)('rows are split like texts, twice alike, whatever lies between them', () => {
  if (kernels === null) return;
  const line = fc.array(fc.constantFrom('a', 'bb', ' ', ' ', '-', 'a-long-field-of-more-than-16'), {
    minLength: 1,
    maxLength: 9,
  });
  fc.assert(
    fc.property(
      fc.array(
        line.map((parts) => parts.join('')),
        { minLength: 1, maxLength: 40 },
      ),
      fc.constantFrom('\n', '\r\n', '   ', ''),
      fc.integer({ min: 2, max: 5 }),
      fc.boolean(),
      (texts, lineEnd, pieces, alike) => {
        const rows = alike ? texts.map(() => texts[0] ?? '') : texts;
        const column = insideMemory(kernels, lines(rows, lineEnd));
        const wanted = Array.from({ length: pieces }, (_, piece) => piece !== 1);
        for (let time = 0; time < 2; time++) {
          const split = withKernels(kernels, () => splitRows(column, 32, pieces, wanted));
          if (split === null) throw new Error('the rows were not split');
          const expected = rows.map((row) => {
            const parts = row.split(' ');
            if (parts.length < pieces) return null;
            return [...parts.slice(0, pieces - 1), parts.slice(pieces - 1).join(' ')];
          });
          const found = rows.map((_, row) =>
            split.matched[row] === 0
              ? null
              : wanted.map((read, piece) =>
                  read
                    ? Buffer.from(
                        kernels.bytes.subarray(split.starts[piece]![row], split.ends[piece]![row]),
                      ).toString()
                    : null,
                ),
          );
          expect(found).toEqual(
            expected.map((parts) => parts?.map((part, at) => (wanted[at] ? part : null)) ?? null),
          );
          if (split.all === true) expect(expected).not.toContain(null);
          const odd = split.odd() ?? new Uint8Array(rows.length);
          expect([...odd]).toEqual(
            rows.map((row) => (row.split(' ').length !== pieces || row.split(' ').includes('') ? 1 : 0)),
          );
        }
        kernels.reset();
      },
    ),
    { numRuns: 1500 },
  );
  releaseKernels(kernels);
});

test.skipIf(kernels === null)(
  'lines that are split like those before them are found and split at once',
  () => {
    if (kernels === null) return;
    const line = fc.array(fc.constantFrom('a', 'bb', '-', 'a-long-field-of-more-than-16'), {
      minLength: 3,
      maxLength: 3,
    });
    const odd = fc.constantFrom('', 'a', 'a b c d');
    const block = fc.record({
      texts: fc.array(
        line.map((parts) => parts.join(' ')),
        { minLength: 1, maxLength: 60 },
      ),
      odd: fc.option(odd, { freq: 2 }),
      lineEnd: fc.constantFrom('\n', '\r\n'),
    });
    const wanted = [true, true, true];
    let atOnce = 0;
    fc.assert(
      fc.property(fc.array(block, { minLength: 2, maxLength: 4 }), (blocks) => {
        for (const { texts, odd, lineEnd } of blocks) {
          kernels.reset();
          const rows = odd === null ? texts : [...texts, odd];
          const { data, starts, ends, length } = insideMemory(kernels, lines(rows, lineEnd));
          const to = ends[length - 1]! + lineEnd.length;
          const found = linesOfGrid(kernels, starts[0]!, to);
          if (found === null) {
            noteLines(kernels, starts);
          } else {
            atOnce++;
            expect(odd).toBeNull();
            expect(Array.from(found.starts)).toEqual(Array.from(starts));
            expect(Array.from(found.ends)).toEqual(Array.from(ends));
          }
          const column = { kind: 'text', length, data, starts, ends, ...found, validity: null } as const;
          const split = withKernels(kernels, () => splitRows(column, 32, 3, wanted));
          const pieces = rows.map((_, row) =>
            wanted.map((_, piece) =>
              Buffer.from(
                kernels.bytes.subarray(split?.starts[piece]?.[row], split?.ends[piece]?.[row]),
              ).toString(),
            ),
          );
          if (odd === null) expect(pieces).toEqual(rows.map((row) => row.split(' ')));
        }
      }),
    );
    expect(atOnce).toBeGreaterThan(10);
  },
);

test.skipIf(kernels === null)(
  'delimiters and newlines are found wherever they lie, however many there are',
  () => {
    const memory = acquireKernels();
    if (memory === null) return;
    try {
      fc.assert(
        fc.property(
          fc.nat({ max: 9000 }),
          fc.nat({ max: 63 }),
          fc.constantFrom(
            '\n',
            ' ',
            'a ',
            'ab \n',
            'a b c d e f g h i j k l m\n',
            'some longer text in a line\n',
          ),
          (length, offset, pattern) => {
            memory.reset();
            const text = pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length);
            const from = memory.allocate(length + offset)! + offset;
            const out = memory.allocate((length + 16) * 4)!;
            // What lies behind does not count.
            memory.bytes.fill(10, from, from + length + 64);
            memory.bytes.set(Buffer.from(text), from);
            const count = memory.exports.findDelimiters(from, from + length, 32, out);
            const expected = [...text].flatMap((letter, at) =>
              letter === ' ' || letter === '\n' ? [at] : [],
            );
            expect(
              Array.from(memory.uints.subarray(out >> 2, (out >> 2) + count), (at) => at - from),
            ).toEqual(expected);
            expect(memory.exports.newlines.value).toBe(text.split('\n').length - 1);
          },
        ),
      );
    } finally {
      releaseKernels(memory);
    }
  },
);
