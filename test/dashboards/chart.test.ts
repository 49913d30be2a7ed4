import { expect, test } from 'vitest';
import { chartModel } from '../../src/dashboards/chart/model.ts';
import { axisSteps, compactNumber, fullNumber } from '../../src/dashboards/chart/numbers.ts';
import { project, WORLD } from '../../src/dashboards/chart/projection.ts';
import { timeText, timeTicks } from '../../src/dashboards/chart/times.ts';
import type { ResultTable } from '../../src/dashboards/result-table.ts';
import type { Value, ValueType } from '../../src/engine/columns/value.ts';

const table = (
  columns: readonly [string, ValueType][],
  rows: readonly (readonly Value[])[],
): ResultTable => ({
  columns: columns.map(([name, type]) => ({ name, type })),
  rows,
});
const ask = (
  chart: 'line' | 'area' | 'column' | 'bar' | 'pie' | 'value' | 'map' | 'table',
  limit: number | null = null,
) => ({
  chart,
  unit: null,
  limit,
});
const T0 = 1_700_000_000_000 - (1_700_000_000_000 % 300_000);
const at = (slot: number) => T0 + slot * 300_000;

test('numbers in few characters', () => {
  const texts = [0, 0.5, 7.25, 12.34, 999, 1000, 1234, 999_999, 1_250_000, 3.4e9, -5200].map((value) =>
    compactNumber(value, null),
  );
  expect(texts).toEqual([
    '0',
    '0.5',
    '7.25',
    '12.3',
    '999',
    '1 k',
    '1.2 k',
    '1 M',
    '1.3 M',
    '3.4 G',
    '-5.2 k',
  ]);
  expect([0, 512, 1_823_053_600, 9.99e20].map((value) => compactNumber(value, 'bytes'))).toEqual([
    '0 B',
    '512 B',
    '1.8 GB',
    '999 EB',
  ]);
  expect([0.25, 5, 90, 5400, 200_000].map((value) => compactNumber(value, 'seconds'))).toEqual([
    '250 ms',
    '5 s',
    '1.5 min',
    '1.5 h',
    '2.3 d',
  ]);
  expect(compactNumber(12.34, 'percent')).toBe('12.3 %');
  expect(fullNumber(1_234_567.5, null)).toBe('1,234,567.5');
  expect(fullNumber(1_234_567, 'bytes')).toBe('1,234,567 B (1.2 MB)');
  expect(compactNumber(Number.POSITIVE_INFINITY, 'bytes')).toBe('Infinity');
});

test('axis steps are round and hold the values', () => {
  expect(axisSteps(0, 97, 4)).toEqual([0, 25, 50, 75, 100]);
  expect(axisSteps(0, 100, 4)).toEqual([0, 25, 50, 75, 100]);
  expect(axisSteps(0, 0, 4)).toEqual([0, 1]);
  expect(axisSteps(-30, 80, 4)).toEqual([-50, 0, 50, 100]);
});

test('time ticks fall on round times of the zone', () => {
  const from = Date.parse('2026-09-23T15:00:00Z');
  const utc = timeTicks(from, from + 86_400_000, 6, 'UTC');
  expect(utc.map(({ label }) => label)).toEqual(['16:00', '20:00', '24 Sept', '04:00', '08:00', '12:00']);
  const india = timeTicks(from, from + 6 * 3_600_000, 6, 'Asia/Kolkata');
  expect(india.map(({ label }) => label)).toEqual(['21:00', '22:00', '23:00', '24 Sept', '01:00', '02:00']);
  expect(timeText(from, 'America/New_York')).toBe('23 Sept 2026 11:00');
  expect(timeText(from + 5000, 'UTC')).toBe('23 Sept 2026 15:00:05');
  expect(timeText(from, 'GMT+2')).toBe('23 Sept 2026 17:00');
});

test('a timeline has even steps: missing slices are gaps of lines and nothing in columns', () => {
  const rows = [
    [at(3), 7],
    [at(0), 5],
    [at(1), 6],
  ];
  const columns: [string, ValueType][] = [
    ['_timeslice', 'long'],
    ['_count', 'long'],
  ];
  expect(chartModel(table(columns, rows), ask('line'))).toEqual({
    kind: 'timeline',
    chart: 'line',
    times: [at(0), at(1), at(2), at(3)],
    step: 300_000,
    series: [{ name: '_count', values: [5, 6, null, 7] }],
    unit: null,
  });
  expect(chartModel(table(columns, rows), ask('column'))).toMatchObject({
    series: [{ values: [5, 6, 0, 7] }],
  });
});

test('rows by time and group become series; the small ones become one', () => {
  const rows = ['a', 'b', 'c', 'd'].flatMap((name, position) => [
    [at(0), name, position + 1],
    [at(1), name, 10],
  ]);
  const columns: [string, ValueType][] = [
    ['_timeslice', 'long'],
    ['port', 'string'],
    ['total_bytes', 'long'],
  ];
  expect(chartModel(table(columns, rows), ask('area', 2))).toMatchObject({
    unit: 'bytes',
    series: [
      { name: 'd', values: [4, 10] },
      { name: 'c', values: [3, 10] },
      { name: '2 others', values: [3, 20] },
    ],
  });
  expect(chartModel(table(columns, rows), ask('line', 2))).toMatchObject({
    series: [{ name: 'd' }, { name: 'c' }],
  });
});

test('bars and pies rank and cut', () => {
  const columns: [string, ValueType][] = [
    ['port', 'string'],
    ['_count', 'long'],
  ];
  const rows = [
    ['22', 1],
    ['443', 9],
    [null, 3],
    ['80', 5],
  ];
  expect(chartModel(table(columns, rows), ask('bar', 2))).toMatchObject({
    labels: ['443', '80'],
    series: [{ values: [9, 5] }],
    left: 2,
  });
  expect(chartModel(table(columns, rows), ask('pie', 2))).toMatchObject({
    labels: ['443', '80', '2 others'],
    series: [{ values: [9, 5, 4] }],
    left: 0,
  });
  expect(chartModel(table(columns, rows), ask('bar'))).toMatchObject({
    labels: ['443', '80', '(none)', '22'],
  });
});

test('a value is the only number, or the sum over time with its course', () => {
  expect(chartModel(table([['n', 'long']], [[42]]), ask('value'))).toEqual({
    kind: 'value',
    value: 42,
    label: 'n',
    unit: null,
    trend: [],
  });
  expect(
    chartModel(
      table(
        [
          ['_timeslice', 'long'],
          ['n', 'long'],
        ],
        [
          [at(0), 4],
          [at(1), 6],
        ],
      ),
      ask('value'),
    ),
  ).toEqual({
    kind: 'value',
    value: 10,
    label: 'n, total',
    unit: null,
    trend: [4, 6],
  });
  expect(chartModel(table([['s', 'string']], [['up']]), ask('value'))).toMatchObject({ value: 'up' });
});

test('a map adds up what lies at one place and skips rows without one', () => {
  const columns: [string, ValueType][] = [
    ['Latitude', 'double'],
    ['longitude', 'double'],
    ['_count', 'long'],
    ['city', 'string'],
  ];
  const rows = [
    [52.5, 13.4, 2, 'Berlin'],
    [52.5, 13.4, 3, 'Berlin'],
    [null, null, 9, null],
    [48.9, 2.4, 1, 'Paris'],
  ];
  expect(chartModel(table(columns, rows), ask('map'))).toEqual({
    kind: 'map',
    unit: null,
    places: [
      { latitude: 52.5, longitude: 13.4, value: 5, label: 'Berlin' },
      { latitude: 48.9, longitude: 2.4, value: 1, label: 'Paris' },
    ],
  });
});

test('a result without what the chart needs is shown as a table; without rows as nothing', () => {
  expect(chartModel(table([['a', 'string']], [['x']]), ask('bar')).kind).toBe('table');
  expect(chartModel(table([['a', 'string']], [['x']]), ask('map')).kind).toBe('table');
  expect(
    chartModel(
      table(
        [
          ['_timeslice', 'long'],
          ['s', 'string'],
        ],
        [
          [at(0), 'x'],
          [at(1), 'y'],
        ],
      ),
      ask('line'),
    ).kind,
  ).toBe('table');
  expect(chartModel(table([['a', 'string']], []), ask('line')).kind).toBe('empty');
});

test('the projection keeps the world on the map', () => {
  const [x, y] = project(0, 0);
  expect(x).toBe(WORLD.width / 2);
  expect(y).toBeGreaterThan(WORLD.height / 2);
  expect(project(-180, 0)[0]).toBeCloseTo(0, 1);
  expect(project(180, 0)[0]).toBeCloseTo(WORLD.width, 1);
  expect(project(0, 83)[1]).toBeGreaterThan(0);
  expect(project(-70, -55)[1]).toBeLessThan(WORLD.height);
});
