import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchSource, messageBatch } from '../../src/engine/run/memory-source.ts';
import { QueryFailure } from '../../src/index.ts';
import { memoryDocuments } from '../../src/lookups/document-store.ts';
import { createLookups } from '../../src/lookups/lookups.ts';
import { END } from '../spec-run.ts';
import type { Message } from './generate-data.ts';
import { engineRows, expectedTable, printedRows } from './outcome.ts';
import { type SavedTable, saveToFile, saveToTable, Unfit } from './saved-tables.ts';

const LIBRARY = 'path://"/t"';
const FILE = 'shared/f';
const EMPTY: SavedTable = {
  columns: [
    { name: 'k', type: 'string' },
    { name: 'n', type: 'long' },
    { name: 'i', type: 'int' },
    { name: 'd', type: 'double' },
  ],
  keys: ['k'],
  rows: [],
};

const messages = fc.array(
  fc.record({
    k: fc.constantFrom('x', 'X', 'é', 'É', 'a,b', '"q"', '1', null),
    v: fc.constantFrom(1, 2, -3, 3_000_000_000, 2.5),
  }),
  { maxLength: 6, size: 'max' },
);
const toMessages = (records: readonly { readonly k: string | null; readonly v: number }[]): Message[] =>
  records.map(({ k, v }, at) => ({
    raw: `m${at}`,
    time: END - 1000 - at,
    fields: new Map<string, string | number>([...(k === null ? [] : [['k', k] as const]), ['v', v]]),
  }));

const saved = fc.constantFrom(
  '* | where !isNull(k) | count as n, max(v) as i, avg(v) as d by k',
  '* | where !isNull(k) | where v > 0 | count as n, sum(v) as i, min(v) as d, max(v) as more by k',
  '* | count as n, min(v) as i, avg(v) as d by k',
  '* | where !isNull(k) | count as n by k',
);
const step = fc.record({ messages, saved, append: fc.boolean(), to: fc.constantFrom(LIBRARY, FILE) });

test('tables that queries save, and later queries read, agree with plain ones', {
  timeout: 120_000,
}, async () => {
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 4, size: 'max' }),
    messages,
    async (steps, last) => {
      const lookups = createLookups(memoryDocuments(), () => END);
      const types = new Map([['n', 'long'] as const, ['i', 'int'] as const, ['d', 'double'] as const]);
      await lookups.add(LIBRARY, 't.csv', new TextEncoder().encode('k,n,i,d\n'), { keys: ['k'], types });
      const options = { lookups };
      let library = EMPTY;
      let file: SavedTable | null = null;
      for (const { messages: records, saved: query, append, to } of steps) {
        const all = toMessages(records);
        const text = `${query} | save ${append ? 'append ' : ''}${to}`;
        const result = expectedTable(query, all);
        const wanted = (() => {
          try {
            if (to === LIBRARY) library = saveToTable(library, result, append);
            else file = saveToFile(file, result, append);
            return 'saved';
          } catch (failure) {
            if (failure instanceof Unfit) return 'refused';
            throw failure;
          }
        })();
        const found = await engineRows(text, batchSource([messageBatch(all)]), 7, options).then(
          () => 'saved',
          (failure) => {
            if (failure instanceof QueryFailure && failure.reason === 'data') return 'refused';
            throw failure;
          },
        );
        expect(found, text).toBe(wanted);
      }
      const none = batchSource([]);
      expect((await engineRows(`cat ${LIBRARY}`, none, 7, options)).toSorted()).toEqual(
        printedRows(library.rows).toSorted(),
      );
      if (file !== null) {
        const { rows } = file as SavedTable;
        expect((await engineRows(`cat ${FILE}`, none, 7, options)).toSorted()).toEqual(
          printedRows(rows).toSorted(),
        );
      }
      const tables = new Map([
        ['path:///t', library],
        ['path://"/t"', library],
        ...(file === null ? [] : [[FILE, file] as const]),
      ]);
      const all = toMessages(last);
      const reads = [
        `* | lookup n, d as dd from ${LIBRARY} on k=k`,
        ...(file === null ? [] : [`* | lookup n from ${FILE} on k`]),
      ];
      for (const text of reads) {
        const found = await engineRows(text, batchSource([messageBatch(all)]), 7, options);
        expect(found, text).toEqual(printedRows(expectedTable(text, all, {}, tables).rows));
      }
    },
  );
  await fc.assert(property, { seed: 20240105, numRuns: Number(process.env.ORACLE_RUNS ?? 150) });
});
