import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayMatch } from '../../src/engine/scope/facts.ts';
import { SegmentCollector } from '../../src/store/segment-collector.ts';
import { encodeSegment } from '../../src/store/segment-encoder.ts';
import { SegmentReader } from '../../src/store/segment-reader.ts';
import { blockHasTerm } from '../../src/store/segment-terms.ts';
import { MemoryDisk } from './memory-disk.ts';
import { flowLines, keyword, messages } from './messages.ts';

async function segmentOf(lines: readonly string[]): Promise<SegmentReader> {
  const collector = new SegmentCollector(lines.length);
  collector.add(messages(lines));
  const steps = encodeSegment(collector, 0);
  let step = steps.next();
  while (!step.done) step = steps.next();
  collector.release();
  const disk = new MemoryDisk();
  const file = await disk.open('/segment', 'create');
  await file.writeAt(0, Buffer.concat(step.value.chunks));
  return SegmentReader.open('segment', file);
}

const has = (segment: SegmentReader, term: string, block = 0): boolean =>
  blockHasTerm(segment, block, term, { bytesRead: 0 });

/** The words of a message, by the plain definition. */
function wordsOf(line: string): string[] {
  return line.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

test('every word of a message is found, hardly any other', async () => {
  const lines = [
    ...flowLines(20_000, 50),
    ...Array.from({ length: 200 }, (_, row) => `Error Nr${row}: disk_${row * 7} ÄRGER`),
  ];
  const segment = await segmentOf(lines);
  for (const word of new Set(lines.flatMap(wordsOf))) expect(has(segment, word), word).toBe(true);
  let wrong = 0;
  for (let other = 0; other < 2000; other++) if (has(segment, `other${other}`)) wrong++;
  expect(wrong).toBeLessThan(40);
});

test('a filter says which blocks of plain text to skip', async () => {
  const text = (row: number): string =>
    `${'word '.repeat(row % 9)}${row === 100_000 ? 'needle' : 'hay'} ${'a b '.repeat(row % 7)}`;
  const segment = await segmentOf(Array.from({ length: 140_000 }, (_, row) => text(row)));
  expect([0, 1, 2].map((block) => has(segment, 'needle', block))).toEqual([false, true, false]);
});

test('law: a filter never denies a word that a message has', async () => {
  const line = fc.oneof(
    fc
      .array(fc.oneof(fc.nat().map(String), fc.string({ unit: 'grapheme', maxLength: 8 })), { maxLength: 5 })
      .map((parts) => parts.join(' ')),
    fc.record({ a: fc.string({ unit: 'grapheme' }), b: fc.integer() }).map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 60 }), async (lines) => {
      const segment = await segmentOf(lines);
      for (const text of lines) {
        for (const word of wordsOf(text)) {
          expect(
            mayMatch(keyword(word, true), (term) => has(segment, term)),
            word,
          ).toBe(true);
        }
      }
    }),
    { numRuns: 200 },
  );
});
