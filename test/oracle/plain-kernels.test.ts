import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { batchSource, messageBatch } from '../../src/engine/run/memory-source.ts';
import { messages } from './generate-data.ts';
import { queries } from './generate-query.ts';
import { engineRows, expectedRows } from './outcome.ts';

// Read once, when the first query of this file asks for its kernels.
vi.stubEnv('WEIR_KERNELS', 'plain');

const runs = Number(process.env.ORACLE_RUNS ?? 0);
const seed = Number(process.env.ORACLE_SEED ?? 20240102);

test('the twins of the kernels agree with the interpreter', { timeout: 120_000 + runs * 1000 }, async () => {
  const property = fc.asyncProperty(messages, queries, async (all, { text, ordered }) => {
    const found = await engineRows(text, batchSource([messageBatch(all)]), 7);
    const wanted = expectedRows(text, all);
    expect(ordered ? found : found.toSorted(), text).toEqual(ordered ? wanted : wanted.toSorted());
  });
  await fc.assert(property, { seed, numRuns: runs || 300 });
});
