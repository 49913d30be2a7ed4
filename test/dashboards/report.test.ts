import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { renderReport } from '../../src/dashboards/html/report.ts';
import type { DashboardResult, PanelResult } from '../../src/dashboards/run-dashboard.ts';
import type { Value, ValueType } from '../../src/engine/columns/value.ts';
import { batchOfRows } from './batch-of-rows.ts';

const EVIL = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\'`\u0000\u202e${x}';
const T0 = 1_700_000_100_000;

function panel(
  chart: Exclude<PanelResult['chart'], 'text'>,
  columns: readonly [string, ValueType][],
  rows: readonly (readonly Value[])[],
): PanelResult {
  return {
    key: chart,
    title: EVIL,
    description: EVIL,
    layout: { x: 0, y: 0, width: 12, height: 8 },
    state: 'done',
    chart,
    unit: null,
    limit: null,
    range: { from: T0, to: T0 + 600_000 },
    batch: batchOfRows(
      columns.map(([name]) => name),
      rows,
    ),
    warnings: [EVIL],
    milliseconds: 1,
  };
}

const timeline: [string, ValueType][] = [
  ['_timeslice', 'long'],
  [EVIL, 'string'],
  ['n', 'long'],
];
const timelineRows: Value[][] = [
  [T0, EVIL, 1],
  [T0, 'b', 3],
  [T0 + 300_000, EVIL, 2],
];
const groups: [string, ValueType][] = [
  [EVIL, 'string'],
  ['n', 'long'],
];
const places: [string, ValueType][] = [
  ['latitude', 'double'],
  ['longitude', 'double'],
  ['_count', 'long'],
  ['city', 'string'],
];

const result: DashboardResult = {
  title: EVIL,
  description: EVIL,
  range: { from: T0, to: T0 + 600_000 },
  timeZone: 'UTC',
  parameters: [{ name: 'p', label: EVIL, value: EVIL }],
  panels: [
    panel('line', timeline, timelineRows),
    panel('area', timeline, timelineRows),
    panel('column', timeline, timelineRows),
    panel('bar', groups, [[EVIL, 2]]),
    panel('pie', groups, [
      [EVIL, 2],
      ['b', 1],
    ]),
    panel('value', [[EVIL, 'string']], [[EVIL]]),
    panel('value', [['n', 'long']], [[12_345]]),
    panel('map', places, [[52.5, 13.4, 5, EVIL]]),
    panel('table', groups, [[EVIL, 1234.5]]),
    panel('bar', groups, []),
    {
      key: 'f',
      title: 'F',
      description: null,
      layout: { x: 0, y: 0, width: 24, height: 4 },
      state: 'failed',
      chart: 'bar',
      failure: { message: EVIL, hint: EVIL },
    },
    {
      key: 't',
      title: 'T',
      description: null,
      layout: { x: 0, y: 0, width: 24, height: 4 },
      state: 'text',
      chart: 'text',
      text: EVIL,
    },
  ],
};

const page = renderReport([result], {
  made: T0,
  attributions: ['Data by DB-IP (https://db-ip.com), CC BY 4.0'],
});

test('nothing in the data becomes markup', () => {
  expect(page).not.toContain('<script>alert');
  expect(page).not.toContain('<img');
  const tags = page.slice(0, page.lastIndexOf('<script>')).match(/<[a-z](?:[^>"]|"[^"]*")*>/g) ?? [];
  expect(tags.length).toBeGreaterThan(100);
  for (const tag of tags) expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/\son\w+=/);
  expect(page).not.toContain('\u0000');
  expect(page).not.toContain('\u202e');
  const scripts = [...page.matchAll(/<script\b([^>]*)>/g)].map(([, attributes]) => attributes);
  expect(scripts).toEqual([
    ' type="application/json"',
    ' type="application/json"',
    ' type="application/json"',
    '',
  ]);
});

test('data for the script reads as JSON and holds the values as they are', () => {
  const [, json = ''] = /<script type="application\/json">(.*?)<\/script>/s.exec(page) ?? [];
  const data = JSON.parse(json);
  expect(data.series.map(({ name }: { name: string }) => name)).toEqual([EVIL, 'b']);
  expect(data.series[0].values).toEqual(['1', '2']);
});

test('the only script is the one that the policy names, and nothing is fetched', () => {
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const script = page.slice(page.lastIndexOf('<script>') + '<script>'.length, page.lastIndexOf('</script>'));
  const hash = createHash('sha256').update(script).digest('base64');
  expect(policy.replaceAll('&#39;', "'")).toBe(
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
  );
  expect(page).not.toMatch(/<(link|iframe|img|object|embed)\b/);
  expect(page).not.toMatch(/@import|url\(/);
  expect([...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, url]) => url)).toEqual([
    'https://db-ip.com',
  ]);
});

test('the script is valid and touches no markup', () => {
  const script = page.slice(page.lastIndexOf('<script>') + '<script>'.length, page.lastIndexOf('</script>'));
  expect(() => new Function(script)).not.toThrow();
  expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
});

test('charts say in words what they show, and their numbers are there as a table', () => {
  expect(page).toContain('role="img" aria-label="line chart of ');
  expect(page).toContain('world map with 1 places');
  expect(page.match(/data-switch>Table</g)).toHaveLength(8);
  expect(page).toContain('1,234.5');
  expect(page).toContain('Nothing in this time range');
  expect(page).toContain('World outline made with Natural Earth');
  expect(page).toContain('<a href="https://db-ip.com"');
});
