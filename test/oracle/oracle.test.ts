import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchSource, messageBatch } from '../../src/engine/run/memory-source.ts';
import { collectRows, runQuery } from '../../src/index.ts';
import { messages } from './generate-data.ts';
import { conditions, type GeneratedQuery, queries, rowQueries } from './generate-query.ts';
import { engineRows, expectedRows, options, storedSource } from './outcome.ts';
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

/** How what two halves of the time say of a group is put together; the later half comes first. */
const together = new Map<string, (later: number, earlier: number) => number>([
  ['rows', (later, earlier) => later + earlier],
  ['sum', (later, earlier) => later + earlier],
  ['least', Math.min],
  ['most', Math.max],
  ['newest', (later) => later],
  ['oldest', (_, earlier) => earlier],
]);

test('two halves of the time together say what the whole says', { timeout }, async () => {
  const property = fc.asyncProperty(
    messages,
    rowQueries,
    fc.double({ min: 0, max: 1, noNaN: true }),
    async (all, { text }, at) => {
      // A range that stages ask for is not that of a half.
      fc.pre(!/timeslice( \d+ buckets)? *(\||$)/.test(text));
      const { from, to } = options.time!;
      const middle = Math.round(from + at * (to - from));
      const query = `${text} | count as rows, sum(n) as sum, min(n) as least, max(n) as most, first(b) as newest, last(b) as oldest by Mixed, flag`;
      const groups = async (time: { from: number; to: number }) => {
        const { run } = await runQuery(query, batchSource([messageBatch(all)]), { ...options, time });
        const { names, rows } = await collectRows(run!);
        return rows.map((row) => new Map(names.map((name, position) => [name, row[position] ?? null])));
      };
      const whole = await groups({ from, to });
      const halves = [...(await groups({ from: middle, to })), ...(await groups({ from, to: middle }))];
      const keyOf = (row: ReadonlyMap<string, unknown>) =>
        [row.get('Mixed'), row.get('flag')].map((value) => `${typeof value} ${value}`).join();
      const found = new Map(whole.map((row) => [keyOf(row), row]));
      expect(new Set(halves.map(keyOf)), text).toEqual(new Set(found.keys()));
      for (const [key, row] of found) {
        for (const [name, join] of together) {
          const parts = halves
            .filter((half) => keyOf(half) === key)
            .map((half) => half.get(name))
            .filter((value) => value !== null);
          const wanted = parts.length === 0 ? null : parts.reduce((a, b) => join(a as number, b as number));
          const value = row.get(name);
          if (typeof wanted === 'number' && Number.isFinite(wanted))
            expect(value, `${text} ${name}`).toBeCloseTo(wanted, 6);
          else expect(value, `${text} ${name}`).toEqual(wanted);
        }
      }
    },
  );
  await fc.assert(property, settings(300));
});
