import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { keepBatch } from '../../src/engine/columns/batch.ts';
import { valuesOf } from '../../src/engine/columns/column.ts';
import { acquireKernels, releaseKernels } from '../../src/engine/kernels/wasm/memory.ts';
import { FileReading } from '../../src/ingest/ingest.ts';
import { Tally } from '../../src/ingest/receipt.ts';
import { settingsOf } from './collected.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-gzip-'));
const path = join(folder, 'text.log.gz');
afterAll(() => {
  rmSync(folder, { recursive: true });
  releaseKernels(kernels);
});
const kernels = acquireKernels();

/** What reading a file gives: messages, counts, and why it ended early. */
async function read(bytes: Uint8Array, fast: boolean) {
  writeFileSync(path, bytes);
  const tally = new Tally();
  const messages: unknown[] = [];
  let failure: string | null = null;
  try {
    const reading = new FileReading({ path, size: bytes.length }, settingsOf({}), tally);
    for await (const batch of reading.batches(undefined, fast ? kernels : null)) {
      messages.push(...valuesOf(keepBatch(batch).columns[0]!));
      kernels?.reset();
    }
  } catch (thrown) {
    failure = thrown instanceof Error ? thrown.constructor.name : String(thrown);
  }
  return { messages, failure, read: tally.read, skipped: [...tally.skipped], flagged: [...tally.flagged] };
}

async function compare(bytes: Uint8Array): Promise<void> {
  const fast = await read(bytes, true);
  const slow = await read(bytes, false);
  expect(fast.failure).toBe(slow.failure);
  if (slow.failure !== null) return;
  expect(fast).toEqual(slow);
}

const line = fc.oneof(
  fc.string({ maxLength: 30, unit: 'binary' }).map((text) => text.replaceAll('\n', ' ')),
  fc.constantFrom('', 'x', '2 123 eni-1 10.0.0.1 10.0.0.2 1 2 6 3 4 1700000000 1700000060 ACCEPT OK'),
  fc.integer({ min: 1, max: 3000 }).map((count) => 'abcdefg '.repeat(count)),
);
const text = fc
  .tuple(fc.array(line, { maxLength: 60 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, closed]) => `${lines.join(end)}${closed ? end : ''}`);

describe.skipIf(kernels === null)('gzip files of text', () => {
  test('give what the ordinary way of reading gives', async () => {
    const level = fc.integer({ min: 0, max: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, level), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, 0, 3),
        async (members, zeroes) => {
          const packed = members.map(([content, at]) => gzipSync(content, { level: at as 6 }));
          await compare(Buffer.concat([...packed, Buffer.alloc(zeroes)]));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('of many pieces, with lines across them and some too long', async () => {
    let state = 1;
    const below = (limit: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % limit;
    };
    const lines = Array.from(
      { length: 40_000 },
      (_, row) => `${row} ${below(1e9)} é ${'word '.repeat(below(20))}`,
    );
    lines.splice(
      9000,
      0,
      'é'.repeat(700_000),
      'after',
      'x'.repeat(1 << 20),
      'y'.repeat((1 << 20) + 1),
      'end',
    );
    await compare(gzipSync(lines.join('\n')));
    await compare(gzipSync(lines.slice(9000, 9004).join('\n')));
    await compare(gzipSync('z'.repeat(3_000_000)));
    await compare(gzipSync(Buffer.concat([Buffer.from('a\n'), Buffer.from([0xff, 0x0a])])));
    await compare(gzipSync('\ufeffwith a mark\nnext\n'));
  });

  test('that are damaged fail as they do in the ordinary way', async () => {
    const good = gzipSync('some text of a few words, text of words\n'.repeat(50_000));
    await compare(good.subarray(0, good.length - 1));
    await compare(good.subarray(0, good.length >> 1));
    await compare(Buffer.concat([good, Buffer.from('more')]));
    for (let at = 10; at < good.length; at += Math.ceil(good.length / 40)) {
      const bad = Buffer.from(good);
      bad[at]! ^= 0x10;
      await compare(bad);
    }
  });

  test('are unpacked whatever way they were packed', async () => {
    const random = fc
      .sample(fc.uint8Array({ minLength: 2000, maxLength: 4000 }), 3)
      .map((bytes) => Buffer.from(bytes));
    const contents = [...random, Buffer.from('a'.repeat(70_000)), Buffer.from('abcabcd'.repeat(9000))];
    for (const content of contents) {
      for (const strategy of [0, 2, 3, 4]) {
        for (const level of [0, 1, 6, 9]) {
          const raw = deflateRawSync(content, { level, strategy, memLevel: 1 });
          const whole = Buffer.concat([gzipSync('').subarray(0, 10), raw, gzipSync(content).subarray(-8)]);
          await compare(whole);
        }
      }
    }
  });
});
