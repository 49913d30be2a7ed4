import { expect, test } from 'vitest';
import { dashboardText } from '../../../src/cli/chart/dashboard-text.ts';
import { type ChartLook, drawnWidth } from '../../../src/cli/chart/look.ts';
import { renderChart } from '../../../src/cli/chart/render-chart.ts';
import type { ChartRequest } from '../../../src/dashboards/chart/model.ts';
import type { ResultTable } from '../../../src/dashboards/result-table.ts';
import type { PanelResult } from '../../../src/dashboards/run-dashboard.ts';
import type { Value, ValueType } from '../../../src/engine/columns/value.ts';
import { batchOfRows } from '../../dashboards/batch-of-rows.ts';

const look: ChartLook = { width: 40, color: false, unicode: true, timeZone: 'UTC' };
const ascii: ChartLook = { ...look, unicode: false };
const T0 = Date.parse('2026-09-24T00:00:00Z');

const table = (
  columns: readonly [string, ValueType][],
  rows: readonly (readonly Value[])[],
): ResultTable => ({
  columns: columns.map(([name, type]) => ({ name, type })),
  rows,
});
const ask = (chart: ChartRequest['chart']): ChartRequest => ({ chart, unit: null, limit: null });
const text = (lines: readonly string[]) => `\n${lines.join('\n')}\n`;
const counts = table(
  [
    ['port', 'string'],
    ['_count', 'long'],
  ],
  [
    ['443', 2000],
    ['22', 1000],
    ['8080', 1],
  ],
);
const slices = table(
  [
    ['_timeslice', 'long'],
    ['ACCEPT', 'long'],
    ['REJECT', 'long'],
  ],
  Array.from({ length: 24 }, (_, hour) => [T0 + hour * 3_600_000, hour + 1, hour === 12 ? 24 : 0]),
);

test('bars', () => {
  expect(text(renderChart(counts, ask('bar'), look))).toBe(`
 443  ██████████████████████████████ 2 k
  22  ███████████████ 1 k
8080  ▏ 1
`);
  expect(text(renderChart(counts, ask('bar'), ascii))).toBe(`
 443  ############################## 2 k
  22  ############### 1 k
8080  # 1
`);
});

test('a pie is bars with shares', () => {
  expect(text(renderChart(counts, ask('pie'), look))).toBe(`
 443  ██████████████████████ 2 k  66.6 %
  22  ███████████ 1 k  33.3 %
8080  ▏ 1  0.0 %
`);
});

test('stacked columns', () => {
  expect(text(renderChart(slices, ask('column'), look))).toBe(
    `
40 │                  ▃▃
   │                  ▓▓
   │                  ▓▓
   │                  ▓▓             ▂▂▄
20 │                  ▓▓      ▁▃▃▄▆▆████
   │                  ▓▓▂▃▃▅▇▇██████████
   │            ▁▁▂▄▄▆██████████████████
   │      ▁▁▃▅▅▇████████████████████████
 0 │▂▂▄▆▆███████████████████████████████
    24 Sept         12:00        25 Sept
    █ ACCEPT  ▓ REJECT
`.replaceAll('00:00', '00:00'),
  );
});

test('a value with its course', () => {
  const lines = renderChart(
    table(
      [
        ['_timeslice', 'long'],
        ['n', 'long'],
      ],
      [
        [T0, 1],
        [T0 + 60_000, 4],
        [T0 + 120_000, 8],
      ],
    ),
    ask('value'),
    look,
  );
  expect(lines).toEqual(['13', '▂▅█']);
  expect(renderChart(counts, ask('table'), look).slice(0, 3)).toEqual([
    'port  _count',
    '────  ──────',
    '443     2000',
  ]);
});

test('no line is wider than it may be, whatever the chart, the width and the data', () => {
  const wide = table(
    [
      ['a', 'string'],
      ['_count', 'long'],
    ],
    [
      ['日本語'.repeat(30), 5],
      ['\u001b[31mred\u0007\u202e', 9],
    ],
  );
  const map = table(
    [
      ['latitude', 'double'],
      ['longitude', 'double'],
      ['_count', 'long'],
      ['city', 'string'],
    ],
    [
      [52.5, 13.4, 7, 'Berlin'],
      [-33.9, 151.2, 1, '日'.repeat(80)],
    ],
  );
  for (const width of [40, 77, 120]) {
    for (const unicode of [true, false]) {
      const each = { ...look, width, unicode, color: true };
      const lines = [
        ...renderChart(wide, ask('bar'), each),
        ...renderChart(wide, ask('pie'), each),
        ...renderChart(slices, ask('line'), each),
        ...renderChart(slices, ask('area'), each),
        ...renderChart(slices, ask('value'), each),
        ...renderChart(map, ask('map'), each),
      ];
      for (const line of lines) {
        expect(drawnWidth(line), line).toBeLessThanOrEqual(width);
        expect(line.replace(/\u001b\[\d+m/g, '')).not.toMatch(/[\u0000-\u001f\u202e]/);
      }
    }
  }
});

test('a map has land, the places and their names', () => {
  const map = table(
    [
      ['latitude', 'double'],
      ['longitude', 'double'],
      ['_count', 'long'],
      ['city', 'string'],
    ],
    [
      [52.5, 13.4, 7000, 'Berlin'],
      [-33.9, 151.2, 1, 'Sydney'],
    ],
  );
  const lines = renderChart(map, ask('map'), { ...look, width: 80 });
  const row = lines.findIndex((line) => line.includes('●'));
  expect(row).toBeGreaterThan(0);
  expect(row).toBeLessThan(lines.findIndex((line) => line.includes('•')));
  expect(lines.join('').split('·').length).toBeGreaterThan(200);
  expect(lines.slice(-2)).toEqual(['     7 k  Berlin', '       1  Sydney']);
  expect(renderChart(map, ask('map'), { ...ascii, width: 80 }).join('\n')).toMatch(/^[\u0020-\u007e\n]*$/);
});

test('a dashboard: narrow panels beside each other, failures in their place', () => {
  const base = { description: null, layout: { x: 0, y: 0, width: 6, height: 5 } };
  const value = (key: string, x: number): PanelResult => ({
    ...base,
    key,
    title: `Total ${key}`,
    layout: { x, y: 0, width: 6, height: 5 },
    state: 'done',
    chart: 'value',
    unit: null,
    limit: null,
    range: { from: T0, to: T0 + 60_000 },
    batch: batchOfRows(['n'], [[x]]),
    warnings: [],
    milliseconds: 1,
  });
  const failed: PanelResult = {
    ...base,
    key: 'c',
    title: 'Broken',
    layout: { x: 0, y: 5, width: 24, height: 5 },
    state: 'failed',
    chart: 'bar',
    failure: { message: 'no `x`', hint: 'use y' },
  };
  const result = {
    title: 'D',
    description: 'About',
    range: { from: T0, to: T0 + 60_000 },
    timeZone: 'UTC',
    parameters: [{ name: 'p', label: 'Port', value: '22' }],
    panels: [value('a', 0), value('b', 6), failed],
  };
  expect(`\n${dashboardText(result, 'UTC', { ...look, width: 96 })}`).toBe(`
D
About
24 Sept 2026 00:00 to 24 Sept 2026 00:01 UTC   Port: 22

Total a                 Total b
─────────────────────   ─────────────────────
0                       6

Broken
${'─'.repeat(96)}
no \`x\`
use y

`);
});
