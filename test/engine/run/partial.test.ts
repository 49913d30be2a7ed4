import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowOf, selectRows } from '../../../src/engine/columns/batch.ts';
import { type Column, valuesOf } from '../../../src/engine/columns/column.ts';
import { packColumn, transferList, unpackColumn } from '../../../src/engine/columns/packed.ts';
import { Words } from '../../../src/engine/columns/words.ts';
import type { RunContext } from '../../../src/engine/define.ts';
import { splitPlan } from '../../../src/engine/plan/split.ts';
import { registry } from '../../../src/engine/registry.ts';
import { type PartialAggregate, RunningAggregate } from '../../../src/engine/run/aggregate-stage.ts';
import { messageBatch } from '../../../src/engine/run/memory-source.ts';
import { type Batch, prepareQuery } from '../../../src/index.ts';
import { inLayout, LAYOUTS } from '../../layouts.ts';

const context: RunContext = {
  time: { from: 0, to: 1 },
  timeZone: 'UTC',
  now: () => 0,
  rowWarning: () => {},
  warn: () => {},
  signal: new AbortController().signal,
};

function start(text: string): RunningAggregate {
  const { plan } = prepareQuery(text);
  const stage = plan?.stages.at(-1)?.stage;
  if (stage?.kind !== 'aggregate') throw new Error(`no aggregate in ${text}`);
  return new RunningAggregate(stage, registry, context);
}

function rowsOf(aggregate: RunningAggregate): string[] {
  const rows: string[] = [];
  aggregate.finish({
    push(batch: Batch) {
      for (let row = 0; row < batch.length; row++) rows.push(JSON.stringify(rowOf(batch, row)));
    },
  });
  return rows.sort();
}

/** What another thread would get. */
function posted(partial: PartialAggregate): PartialAggregate {
  const packed = {
    ...partial,
    keys: partial.keys.map(packColumn),
    states: partial.states.map((state) => state.map(packColumn)),
  };
  const transfer = transferList([...packed.keys, ...packed.states.flat()]);
  const received = structuredClone(packed, { transfer });
  return {
    ...received,
    keys: received.keys.map(unpackColumn),
    states: received.states.map((state) => state.map(unpackColumn)),
  };
}

const cell = fc.constantFrom('a', 'b', '', '1', '2', '30', 'x', null);
const rows = fc.array(fc.record({ k: cell, l: cell, v: cell }), { minLength: 1, maxLength: 40 });
const queries = [
  '* | count',
  '* | count by k',
  '* | count, count(v) as n, sum(v), avg(v), min(v), max(v), stddev(v) by k, l',
  '* | count_distinct(v), pct(v, 50, 90), values(v) by l',
];

test.each(queries)('parts of the messages, merged, give what all of them give: %s', (query) => {
  fc.assert(
    fc.property(
      rows,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...LAYOUTS),
      (cells, workers, layout) => {
        const table = messageBatch(
          cells.map((fields, at) => ({ raw: String(at), time: at, fields: new Map(Object.entries(fields)) })),
        );
        const whole = start(query);
        whole.push(inLayout(table, layout));
        const merged = start(query);
        for (let worker = 0; worker < workers; worker++) {
          const part = start(query);
          const mine = Uint32Array.from(cells.keys()).filter((row) => row % workers === worker);
          part.push(inLayout(selectRows(table, mine), layout));
          merged.merge(posted(part.partial()));
        }
        expect(rowsOf(merged)).toEqual(rowsOf(whole));
      },
    ),
    { numRuns: 200 },
  );
});

test('of a packed dictionary only the words that occur are posted', () => {
  const words = Words.of(['a', 'b', '', 'd']);
  for (const codes of [[1, 2, 3, 4], [4, 0, 3, 2, 1, 1], [4, 2, 2, 0], [0, 0], []]) {
    const column: Column = {
      kind: 'dictionary',
      length: codes.length,
      codes: Uint32Array.from(codes),
      words,
    };
    const packed = packColumn(column);
    if (packed.kind !== 'dictionary') throw new Error('not a dictionary any more');
    expect(packed.wordEnds.length - 1).toBe(new Set(codes.filter((code) => code !== 0)).size);
    expect(valuesOf(unpackColumn(packed))).toEqual(valuesOf(column));
  }
});

test('a plan is cut at its first aggregate', () => {
  const { plan } = prepareQuery('* | where a = 1 | num(b) | count by b | sort _count | limit 3');
  if (plan === null) throw new Error('no plan');
  const { onWorkers, merged, here } = splitPlan(plan, registry);
  expect(onWorkers.map(({ stage }) => stage.kind)).toEqual(['operator', 'expression']);
  expect(merged?.stage.kind).toBe('aggregate');
  expect(here).toHaveLength(2);
});

test('a plan whose result depends on the order of messages is not cut', () => {
  for (const text of ['* | where a = 1', '* | limit 5 | count', '* | first(a) by b']) {
    const { plan } = prepareQuery(text);
    expect(plan === null ? null : splitPlan(plan, registry), text).toMatchObject({
      onWorkers: [],
      merged: null,
    });
  }
});
