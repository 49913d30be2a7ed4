import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchSource, messageBatch } from '../../src/engine/run/memory-source.ts';
import { messages } from './generate-data.ts';
import { conditions, type GeneratedQuery, queries, rowQueries } from './generate-query.ts';
import { engineRows, expectedRows, storedSource } from './outcome.ts';
import { sharedSource } from './threads.ts';

/** The same cases every time; `ORACLE_SEED` and `ORACLE_RUNS` make others and more. */
const runs = Number(process.env.ORACLE_RUNS ?? 0);
const seed = Number(process.env.ORACLE_SEED ?? 20240101);
/** A bound on the time keeps the search for the smallest failing case from taking all of it. */
const settings = (usual: number) => ({
  seed,
  numRuns: runs || usual,
  ...(runs === 0 ? { interruptAfterTimeLimit: 60_000 } : {}),
});
const timeout = 120_000 + runs * 1000;

const batchSizes = fc.constantFrom(1, 7, 4096);

/** Rows as they must be compared: in order, where the query has one. */
const inOrder = (rows: readonly string[], { ordered }: GeneratedQuery) => (ordered ? rows : rows.toSorted());

test('the engine agrees with the interpreter', { timeout }, async () => {
  const property = fc.asyncProperty(messages, queries, batchSizes, async (all, query, batchRows) => {
    const found = await engineRows(query.text, batchSource([messageBatch(all)]), batchRows);
    expect(inOrder(found, query), query.text).toEqual(inOrder(expectedRows(query.text, all), query));
  });
  await fc.assert(property, settings(2500));
});

test('the engine agrees with the interpreter over a store', { timeout }, async () => {
  const property = fc.asyncProperty(messages, queries, batchSizes, async (all, query, batchRows) => {
    const { source, close } = await storedSource(all);
    const found = await engineRows(query.text, source, batchRows).finally(close);
    expect(inOrder(found, query), query.text).toEqual(inOrder(expectedRows(query.text, all), query));
  });
  await fc.assert(property, settings(500));
});

test('the engine agrees with the interpreter on several threads', { timeout }, async () => {
  let shared = 0;
  const property = fc.asyncProperty(messages, queries, batchSizes, async (all, query, batchRows) => {
    const { source, workers, asked } = sharedSource(all);
    const found = await engineRows(query.text, source, batchRows, { workers });
    shared += asked();
    expect(inOrder(found, query), query.text).toEqual(inOrder(expectedRows(query.text, all), query));
  });
  await fc.assert(property, settings(500));
  expect(shared).toBeGreaterThan(20);
});

test('the order of arrival does not matter', { timeout }, async () => {
  const property = fc.asyncProperty(messages, queries, async (all, query) => {
    const found = await engineRows(query.text, batchSource([messageBatch(all)]), 7);
    const other = await engineRows(query.text, batchSource([messageBatch(all.toReversed())]), 4096);
    expect(inOrder(other, query), query.text).toEqual(inOrder(found, query));
  });
  await fc.assert(property, settings(400));
});

test('a condition, its negation and neither part the rows among them', { timeout }, async () => {
  const property = fc.asyncProperty(messages, rowQueries, conditions, async (all, { text }, condition) => {
    const source = batchSource([messageBatch(all)]);
    const whole = await engineRows(text, source, 7);
    const parts: string[] = [];
    for (const test of [condition, `!(${condition})`, `isNull(${condition})`]) {
      parts.push(...(await engineRows(`${text} | where ${test}`, source, 7)));
    }
    expect(parts.toSorted(), `${text} where ${condition}`).toEqual(whole.toSorted());
  });
  await fc.assert(property, settings(400));
});

test('messages of two sources give the rows of both', { timeout }, async () => {
  const property = fc.asyncProperty(messages, rowQueries, fc.nat(40), async (all, { text }, cut) => {
    const rows = async (part: typeof all) => await engineRows(text, batchSource([messageBatch(part)]), 7);
    const both = [...(await rows(all.slice(0, cut))), ...(await rows(all.slice(cut)))];
    expect((await rows(all)).toSorted(), text).toEqual(both.toSorted());
  });
  await fc.assert(property, settings(400));
});
