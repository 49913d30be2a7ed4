import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchSource, messageBatch } from '../../src/engine/run/memory-source.ts';
import type { RunOptions } from '../../src/engine/run/options.ts';
import { END } from '../spec-run.ts';
import { type Message, messages } from './generate-data.ts';
import { eventQueries, events } from './generate-events.ts';
import { groupingQueries, lookalikes } from './generate-lookalikes.ts';
import { nestedQueries } from './generate-nested.ts';
import { series } from './generate-series.ts';
import { timed } from './generate-times.ts';
import { engineRows, expectedRows } from './outcome.ts';

const runs = Number(process.env.ORACLE_RUNS ?? 0);
const seed = Number(process.env.ORACLE_SEED ?? 20240103);
const settings = (usual: number) => ({ seed, numRuns: runs || usual });
const timeout = 120_000 + runs * 1000;

/** Both agree on the rows, whatever their order. */
async function agree(query: string, messages: readonly Message[], options: RunOptions = {}): Promise<void> {
  const found = await engineRows(query, batchSource([messageBatch(messages)]), 7, options);
  expect(found.toSorted(), query).toEqual(expectedRows(query, messages, options).toSorted());
}

test('the engine agrees with the interpreter on what belongs together', { timeout }, async () => {
  const property = fc.asyncProperty(
    events,
    eventQueries,
    async (messages, { text }) => await agree(text, messages, { time: { from: END - 60_000, to: END } }),
  );
  await fc.assert(property, settings(1500));
});

test('the engine agrees with the interpreter on time zones', { timeout }, async () => {
  const property = fc.asyncProperty(
    timed,
    async ({ messages, zone, from, to, query }) =>
      await agree(query, messages, { time: { from, to }, timeZone: zone }),
  );
  await fc.assert(property, settings(1500));
});

test('the engine agrees with the interpreter on predictions', { timeout }, async () => {
  // A model of few points may run away, and noise with it.
  const roughly = (rows: readonly string[]) =>
    rows
      .map((row) =>
        row.replace(/#(-?[\d.e+-]+)/g, (_, number) => `#${Number(Number(number).toPrecision(5))}`),
      )
      .toSorted();
  const property = fc.asyncProperty(series, async ({ messages, query }) => {
    const found = await engineRows(query, batchSource([messageBatch(messages)]), 7);
    expect(roughly(found), query).toEqual(roughly(expectedRows(query, messages)));
  });
  await fc.assert(property, settings(400));
});

test('the engine agrees with the interpreter on what looks alike', { timeout }, async () => {
  const property = fc.asyncProperty(
    lookalikes,
    groupingQueries,
    async (messages, query) => await agree(query, messages, { time: { from: END - 3_600_000, to: END } }),
  );
  await fc.assert(property, settings(800));
});

test('the engine agrees with the interpreter on subqueries', { timeout }, async () => {
  const property = fc.asyncProperty(messages, nestedQueries, async (all, { text }) => await agree(text, all));
  await fc.assert(property, settings(500));
});
