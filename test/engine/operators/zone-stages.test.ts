import { expect, test } from 'vitest';
import { rowOf } from '../../../src/engine/columns/batch.ts';
import type { Value } from '../../../src/engine/columns/value.ts';
import { planQuery } from '../../../src/engine/plan/plan-query.ts';
import { registry } from '../../../src/engine/registry.ts';
import { execute } from '../../../src/engine/run/execute.ts';
import { memorySource } from '../../../src/engine/run/memory-source.ts';
import { parseQuery } from '../../../src/language.ts';

const at = (text: string) => Date.parse(text);

async function rowsOf(text: string, times: readonly string[], from: string, to: string): Promise<Value[][]> {
  const parsed = parseQuery(text);
  if (parsed.query === null) throw new Error(parsed.diagnostics.map(({ message }) => message).join());
  const { plan } = planQuery(parsed.query, registry);
  const source = memorySource(times.map((time) => ({ raw: 'm', time: at(time) })));
  const run = await execute(plan, source, {
    time: { from: at(from), to: at(to) },
    timeZone: 'America/New_York',
  });
  const rows: Value[][] = [];
  for await (const batch of run.batches()) {
    for (let row = 0; row < batch.length; row++) rows.push(rowOf(batch, row));
  }
  return rows;
}

test('day slices start at midnight of the time zone of the query', async () => {
  const rows = await rowsOf(
    '* | timeslice 1d | count by _timeslice, __timeslice_end | sort by _timeslice asc',
    ['2024-03-10T04:59:00Z', '2024-03-10T05:00:00Z', '2024-03-11T03:59:00Z'],
    '2024-03-09T05:00:00Z',
    '2024-03-12T04:00:00Z',
  );
  expect(rows).toEqual([
    [at('2024-03-09T05:00:00Z'), at('2024-03-10T05:00:00Z'), 1],
    [at('2024-03-10T05:00:00Z'), at('2024-03-11T04:00:00Z'), 2],
  ]);
});

test('compare lines up days across a clock change', async () => {
  const rows = await rowsOf(
    '* | timeslice 1d | count by _timeslice | compare timeshift 1d | sort by _timeslice asc',
    ['2024-03-10T12:00:00Z', '2024-03-11T12:00:00Z'],
    '2024-03-11T04:00:00Z',
    '2024-03-12T04:00:00Z',
  );
  expect(rows).toEqual([[at('2024-03-11T04:00:00Z'), 1, 1]]);
});

test('fillmissing makes days of the time zone', async () => {
  const rows = await rowsOf(
    '* | timeslice 1d | count by _timeslice | fillmissing timeslice | sort by _timeslice asc',
    ['2024-03-11T12:00:00Z'],
    '2024-03-09T05:00:00Z',
    '2024-03-12T04:00:00Z',
  );
  expect(rows.map(([slice, count]) => [new Date(Number(slice)).toISOString(), count])).toEqual([
    ['2024-03-09T05:00:00.000Z', 0],
    ['2024-03-10T05:00:00.000Z', 0],
    ['2024-03-11T04:00:00.000Z', 1],
  ]);
});
