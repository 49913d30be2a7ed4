import { beforeAll, expect, test } from 'vitest';
import { concatBatches } from '../../src/engine/columns/batch.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import { batchSource, collectRows, type RunOptions, runQuery } from '../../src/index.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { MemoryDisk } from './memory-disk.ts';
import { flowLines, flowMessages, messages } from './messages.ts';

/** Rows enough that segments are collected and read by the kernels. */
const ROWS = 9000;

const shaped = flowLines(ROWS, 0, 3);
// Numbers that are missing in some rows, and ones that are written in more than one way.
const partly = flowLines(ROWS, 0, 5).map((line, row) => {
  const tokens = line.split(' ');
  if (row % 50 === 7) tokens[9] = '-';
  if (row % 77 === 3) tokens[8] = ['-', '007', '1.5', '-0'][row % 4]!;
  if (row % 3 === 0) tokens[3] = `10.9.${row % 200}.${Math.floor(row / 40)}`;
  return tokens.join(' ');
});
const mixed = flowLines(400, 7, 9);
// Texts of which few come again, kept as they are.
const requests = [8000, 8500].map((distinct) =>
  Array.from({ length: ROWS }, (_, row) => `request-${(row * 7919) % distinct}`),
);
const batches = [
  flowMessages(shaped),
  flowMessages(partly),
  flowMessages(mixed),
  ...requests.map((ids) =>
    messages(
      ids.map((id, row) => `${id} took ${row % 900} ms`),
      { fields: new Map([['id', ids]]) },
    ),
  ),
  messages(
    Array.from({ length: 300 }, (_, row) => `value ${row}`),
    {
      fields: new Map<string, readonly Value[]>([
        ['bytes', Array.from({ length: 300 }, (_, row) => (row % 5 === 0 ? null : row * 1.25 - 100))],
        ['action', Array.from({ length: 300 }, (_, row) => ['ACCEPT', '', null, 'other'][row % 4]!)],
      ]),
    },
  ),
];

let store: Store;
beforeAll(async () => {
  store = await openStore('/store', { mode: 'write', disk: new MemoryDisk() });
  for (const batch of batches.slice(0, -1)) {
    await store.append([batch]);
    await store.flush();
  }
  await store.append(batches.slice(-1));
});

test.each([
  'count by action',
  'count by id',
  'count_distinct(id)',
  'where id matches "*77*" | count by id',
  'count by src_ip, action',
  'count by dest_port',
  'count by bytes',
  'count(bytes) as a, count(packets) as b by eni',
  'sum(bytes), avg(bytes), min(packets), max(packets), stddev(bytes) by action',
  'sum(bytes) by src_ip',
  'sum(packets), count',
  'count_distinct(dest_ip) as a, count_distinct(bytes) as b by dest_port',
  'where action = "REJECT" | count by dest_port',
  'where src_ip matches "10.0.1*" | count_distinct(dest_ip) by action',
  'where bytes > 20000 and packets != "-" | sum(bytes) by eni',
  'where src_ip = "10.9.3.4" or dest_port = 22 | count, sum(packets) by src_ip',
  'timeslice 15m | count by _timeslice, action',
  'timeslice 1m | sum(bytes) by _timeslice',
  'where !(action = "ACCEPT") | count by action, dest_port',
])('a store answers as its messages do: %s', async (stages) => {
  const answer = async (source: Parameters<typeof runQuery>[1], options: RunOptions = {}) => {
    const { run } = await runQuery(`* | ${stages}`, source, options);
    const { names, rows } = await collectRows(run!);
    return { names, rows: rows.map((row) => JSON.stringify(row)).toSorted(), warnings: run!.warnings() };
  };
  const expected = await answer(batchSource([concatBatches(batches)]));
  expect(expected.rows.length).toBeGreaterThan(0);
  expect(await answer(store.source())).toEqual(expected);
});
