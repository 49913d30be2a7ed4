import { expect, test } from 'vitest';
import { dashboardJson } from '../../src/dashboards/dashboard-json.ts';
import { readDashboard } from '../../src/dashboards/read-dashboard.ts';
import { DashboardRequestError, runDashboard } from '../../src/dashboards/run-dashboard.ts';
import { newBatch, Schema } from '../../src/engine/columns/batch.ts';
import { columnOf } from '../../src/engine/columns/column.ts';
import type { TimeRange } from '../../src/engine/source.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const dashboard = readDashboard(
  `title: T
timeRange: -2h
variables: [{ name: Port, default: '443', label: P }]
panels:
  - { key: a, title: A, chart: bar, query: good, layout: { x: 0, y: 0, width: 6, height: 6 } }
  - { key: b, title: B, chart: line, query: bad, layout: { x: 6, y: 0, width: 6, height: 6 } }
  - { key: c, title: C, chart: text, text: words }
  - { key: d, title: D, chart: table, query: good, timeRange: -2d to -1d }
`,
  'd.yaml',
);

interface Asked {
  readonly query: string;
  readonly range: TimeRange;
  readonly parameters: ReadonlyMap<string, string>;
}

async function runWith(request: object) {
  const asked: Asked[] = [];
  const result = await runDashboard(dashboard, {
    time: { now: NOW, timeZone: 'UTC' },
    run: async (query, range, parameters) => {
      asked.push({ query, range, parameters });
      if (query === 'bad') throw Object.assign(new Error('it broke'), { hint: 'mend it' });
      const columns = [columnOf(['x', 'y']), columnOf([1, Number.POSITIVE_INFINITY])];
      return { batch: newBatch(new Schema(['__proto__', '443']), columns, 2), warnings: ['careful'] };
    },
    ...request,
  });
  return { result, asked };
}

test('a failing panel never stops the others', async () => {
  const { result } = await runWith({});
  expect(result.panels.map(({ state }) => state)).toEqual(['done', 'failed', 'text', 'done']);
  expect(result.panels[1]).toMatchObject({ failure: { message: 'it broke', hint: 'mend it' } });
});

test('ranges: the dashboard, the panel, the user', async () => {
  const { asked } = await runWith({});
  expect(asked.map(({ range }) => [NOW - range.from, NOW - range.to])).toEqual([
    [2 * HOUR, 0],
    [2 * HOUR, 0],
    [48 * HOUR, 24 * HOUR],
  ]);
  const own = await runWith({ from: '-1h' });
  expect(own.asked.map(({ range }) => NOW - range.from)).toEqual([HOUR, HOUR, HOUR]);
  await expect(runWith({ from: 'soon' })).rejects.toBeInstanceOf(DashboardRequestError);
});

test('parameters: defaults, the user, any letter case, others passed on', async () => {
  const values = async (given: ReadonlyMap<string, string>) =>
    Object.fromEntries((await runWith({ parameters: given })).asked[0]?.parameters ?? []);
  expect(await values(new Map())).toEqual({ Port: '443' });
  expect(
    await values(
      new Map([
        ['port', '80'],
        ['source', 'x*'],
      ]),
    ),
  ).toEqual({ Port: '80', source: 'x*' });
});

test('some panels by key', async () => {
  const { result } = await runWith({ panels: ['d', 'a'] });
  expect(result.panels.map(({ key }) => key)).toEqual(['a', 'd']);
  await expect(runWith({ panels: ['z'] })).rejects.toThrow('there is no panel `z`');
});

test('the JSON form: rows as objects, odd names and numbers kept', async () => {
  const { result } = await runWith({ panels: ['a', 'b', 'c'] });
  const text = [...dashboardJson(result)].join('');
  expect(text).toContain('"rows":[{"__proto__":"x","443":1},{"__proto__":"y","443":"Infinity"}]');
  const json = JSON.parse(text);
  expect(json).toMatchObject({ title: 'T', to: NOW, parameters: { Port: '443' } });
  expect(json.panels[0].warnings).toEqual(['careful']);
  expect(json.panels[1]).toMatchObject({ key: 'b', error: 'it broke', hint: 'mend it' });
  expect(json.panels[2]).toMatchObject({ key: 'c', text: 'words' });
});
