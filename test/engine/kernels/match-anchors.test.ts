import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textColumn, valuesOf } from '../../../src/engine/columns/column.ts';
import { spanColumns } from '../../../src/engine/kernels/match-anchors.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { compileAnchors } from '../../../src/engine/operators/anchor-pattern.ts';
import { insideMemory } from './inside-memory.ts';

/** The definition: the first place of each literal after the last, in any letter case. */
function expected(anchors: readonly string[], text: string): readonly string[] | null {
  const folded = text.toLowerCase();
  const [first = '', ...others] = anchors.map((anchor) => anchor.toLowerCase());
  let at = folded.indexOf(first);
  if (at < 0) return null;
  at = first === '' ? 0 : at + first.length;
  const captures: string[] = [];
  for (const [index, literal] of others.entries()) {
    const last = index === others.length - 1 && literal === '';
    const found = last ? text.length : folded.indexOf(literal, at);
    if (found < 0) return null;
    captures.push(text.slice(at, found));
    at = found + literal.length;
  }
  return captures;
}

const letters = ['a', 'B', 'b', ' ', '=', ';', 'é', 'É', '→', '\n'];
const text = fc.array(fc.constantFrom(...letters), { maxLength: 14 }).map((parts) => parts.join(''));
const literal = fc
  .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 2 })
  .map((parts) => parts.join(''));
const edge = fc.oneof(fc.constant(''), literal);
const anchors = fc
  .tuple(edge, fc.array(literal, { maxLength: 3 }), edge)
  .map(([first, middle, last]) => [first, ...middle, last]);

test('finds what a plain search finds, row by row', () => {
  fc.assert(
    fc.property(anchors, fc.array(fc.option(text), { maxLength: 10 }), (pattern, rows) => {
      const subject = textColumn(rows);
      const captures = pattern.length - 1;
      const all = Array.from({ length: captures }, (_, capture) => capture);
      const spans = compileAnchors(pattern)(
        subject,
        all.map(() => true),
      );
      const columns = spanColumns(subject, spans, all).map(valuesOf);
      rows.forEach((row, at) => {
        const wanted = row === null ? null : expected(pattern, row);
        expect(spans.matched[at]).toBe(wanted === null ? 0 : 1);
        expect(columns.map((column) => column[at])).toEqual(wanted ?? all.map(() => null));
      });
    }),
    { numRuns: 1000 },
  );
});

test('captures that nobody reads are left out', () => {
  const subject = textColumn(['1 2 3', 'x']);
  const spans = compileAnchors(['', ' ', ' ', ''])(subject, [false, true, false]);
  expect(spans.starts.map((each) => each === null)).toEqual([true, false, true]);
  expect(spanColumns(subject, spans, [1]).map(valuesOf)).toEqual([['2', null]]);
  expect(spanColumns(subject, spans, [1])[0]?.data).toBe(subject.data);
});

test('the SIMD kernels split rows as the plain scan does', () => {
  const memory = acquireKernels();
  if (memory === null) throw new Error('the kernels are not built');
  const words = fc
    .array(fc.constantFrom('', 'a', 'bc', 'é'), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join(' '));
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 4 }),
      fc.array(fc.option(words, { freq: 20 }), { maxLength: 20 }),
      (captures, rows) => {
        const pattern = ['', ...Array.from({ length: captures - 1 }, () => ' '), ''];
        const subject = textColumn(rows);
        const all = Array.from({ length: captures }, (_, capture) => capture);
        memory.reset();
        const columns = withKernels(memory, () => {
          const inside = insideMemory(memory, subject);
          const spans = compileAnchors(pattern)(
            inside,
            all.map(() => true),
          );
          return spanColumns(inside, spans, all).map(valuesOf);
        });
        rows.forEach((row, at) => {
          const wanted = row === null ? null : expected(pattern, row);
          expect(columns.map((column) => column[at])).toEqual(wanted ?? all.map(() => null));
        });
      },
    ),
    { numRuns: 500 },
  );
  releaseKernels(memory);
});
