import { expect, test } from 'vitest';
import type { Value } from '../../../src/engine/columns/value.ts';
import { planQuery } from '../../../src/engine/plan/plan-query.ts';
import { registry } from '../../../src/engine/registry.ts';
import { execute } from '../../../src/engine/run/execute.ts';
import { type MemoryMessage, memorySource } from '../../../src/engine/run/memory-source.ts';
import { parseQuery } from '../../../src/language.ts';

interface Outcome {
  readonly rows: number;
  readonly columns: number;
  readonly warnings: readonly string[];
}

/** One message per number, a second apart, with the field `i`. */
function numbered(count: number, more: (at: number) => Record<string, Value> = () => ({})): MemoryMessage[] {
  return Array.from({ length: count }, (_, at) => ({
    raw: 'm',
    time: at * 1000,
    fields: new Map<string, Value>([['i', String(at)], ...Object.entries(more(at))]),
  }));
}

async function outcomeOf(text: string, messages: readonly MemoryMessage[]): Promise<Outcome> {
  const parsed = parseQuery(text);
  if (parsed.query === null) throw new Error(parsed.diagnostics.map(({ message }) => message).join());
  const { plan } = planQuery(parsed.query, registry);
  const run = await execute(plan, memorySource(messages));
  let rows = 0;
  let columns = 0;
  for await (const batch of run.batches()) {
    rows += batch.length;
    columns = batch.columns.length;
  }
  return { rows, columns, warnings: run.warnings() };
}

test('transpose shows at most 300 columns', async () => {
  const { columns, warnings } = await outcomeOf(
    '* | "k" as k | count by k, i | transpose row k column i',
    numbered(305),
  );
  expect([columns, warnings]).toEqual([301, ['`transpose` shows 300 of 305 columns']]);
});

test('count_frequent returns at most 10,000 groups', async () => {
  expect((await outcomeOf('* | count_frequent i', numbered(10_050))).rows).toBe(10_000);
});

test('join takes at most 25,000 rows per table', async () => {
  const query = '* | join (fields i) as a, (where i = "1") as b on a.i = b.i';
  await expect(outcomeOf(query, numbered(25_001))).rejects.toThrow(
    '`join` takes at most 25,000 rows per table, but `a` has 25,001',
  );
});

test('transaction follows the first 10,000 transactions', async () => {
  const query = '* | transaction on i with states m in _raw';
  const { rows, warnings } = await outcomeOf(query, numbered(10_010));
  expect([rows, warnings]).toEqual([
    10_000,
    ['`transaction` follows 10,000 transactions, the others are left out'],
  ]);
});

test('transaction by flow forgets what it has not seen for longest', async () => {
  const messages = [...numbered(10_001), { raw: 'm', time: 2e7, fields: new Map([['i', '0']]) }];
  const { rows, warnings } = await outcomeOf(
    '* | transaction on i with states m in _raw results by flow',
    messages,
  );
  expect([rows, warnings]).toEqual([
    0,
    ['Group or memory limit exceeded, some transactions may have ended prematurely.'],
  ]);
});

test('filter looks at 100,000 rows', async () => {
  const { rows, warnings } = await outcomeOf('* | count by i | filter i in (limit 10000)', numbered(100_001));
  expect([rows, warnings]).toEqual([10_000, ['`filter` looks at 100,000 rows, the others are left out']]);
});

test('predict fills in at most 20,000 missing slices', async () => {
  const messages: MemoryMessage[] = [
    { raw: 'm', time: 0 },
    { raw: 'm', time: 21_000_000 },
  ];
  await expect(
    outcomeOf('* | timeslice 1s | count by _timeslice | predict _count by 1s', messages),
  ).rejects.toThrow('`predict` would have to fill in 20,999 missing slices of 1s');
});

test('an autoregressive model over thousands of points takes no minutes', { timeout: 60_000 }, async () => {
  const query = '* | timeslice 1s | sum(v) as v by _timeslice | predict v by 1s model=ar';
  const { rows } = await outcomeOf(
    query,
    numbered(6000, (at) => ({ v: String(at % 60) })),
  );
  expect(rows).toBe(6003);
});
