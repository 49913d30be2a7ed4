import { expect, test } from 'vitest';
import { readApp } from '../../src/dashboards/app.ts';
import { readDashboard } from '../../src/dashboards/read-dashboard.ts';

const PANEL = `panels:
  - key: a
    title: A
    chart: line
    layout: { x: 0, y: 0, width: 6, height: 6 }
    query: '* | count'
`;

test('a dashboard with defaults', () => {
  const dashboard = readDashboard(
    `title: T\nvariables:\n  - name: port\n  - { name: account, default: 007, label: Acc, values: [1, b] }\n${PANEL}`,
    'd.yaml',
  );
  expect(dashboard).toEqual({
    title: 'T',
    description: null,
    timeRange: '-24h',
    variables: [
      { name: 'port', default: '*', label: 'port', values: [] },
      { name: 'account', default: '007', label: 'Acc', values: ['1', 'b'] },
    ],
    panels: [
      {
        key: 'a',
        title: 'A',
        description: null,
        chart: 'line',
        layout: { x: 0, y: 0, width: 6, height: 6 },
        query: '* | count',
        timeRange: null,
        unit: null,
        limit: null,
      },
    ],
  });
});

test('a panel may hold words', () => {
  const dashboard = readDashboard(
    'title: T\npanels:\n  - { key: a, title: A, chart: text, text: hello }\n',
    'd.yaml',
  );
  expect(dashboard.panels[0]).toMatchObject({
    chart: 'text',
    text: 'hello',
    layout: { x: 0, y: 0, width: 24, height: 8 },
  });
});

test.each([
  ['title: T\n', 'd.yaml:1:1: `panels` is missing (expected a list)'],
  ['- a\n', 'd.yaml:1:1: expected a map of keys and values (the file starts with lines such as `title: …`)'],
  ['', 'd.yaml:1:1: expected a map of keys and values (the file starts with lines such as `title: …`)'],
  [
    `title: T\ncolour: red\n${PANEL}`,
    'd.yaml:2:1: `colour` is not a key here (expected one of title, description, timeRange, variables, panels, imported)',
  ],
  [
    `title: T\n${PANEL.replace('line', 'graph')}`,
    'd.yaml:5:12: `chart` is `graph` (expected one of table, line, area, column, bar, pie, value, map, text)',
  ],
  [
    `title: T\n${PANEL.replace('width: 6', 'width: 25')}`,
    'd.yaml:6:13: the panel does not fit: x 0, width 25, height 6 (the grid has 24 columns; width and height are at least 1)',
  ],
  [`title: T\n${PANEL.replace('x: 0', 'x: left')}`, 'd.yaml:6:18: `x` must be a whole number, 0 or more'],
  [
    `title: T\n${PANEL}${PANEL.replace('panels:\n', '')}`,
    'd.yaml:8:10: `a` occurs twice (every `key` must be unique)',
  ],
  [
    'title: T\nvariables:\n  - name: a b\npanels: []\n',
    'd.yaml:3:11: `a b` cannot name a variable (use letters, digits and `_`)',
  ],
])('a mistake is told with its place: %#', (text, message) => {
  expect(() => readDashboard(text, 'd.yaml')).toThrow(message);
});

test('all mistakes are told at once', () => {
  try {
    readDashboard('description: 1\npanels:\n  - { key: a, chart: line }\n', 'd.yaml');
    expect.unreachable();
  } catch (error) {
    expect((error as Error).message.split('\n')).toEqual([
      'd.yaml:1:1: `title` is missing (expected text)',
      'd.yaml:3:5: `title` is missing (expected text)',
      'd.yaml:3:5: `query` is missing (expected text)',
    ]);
  }
});

test('broken YAML is told with its place', () => {
  expect(() => readDashboard('title: [\n', 'd.yaml')).toThrow(/^d\.yaml:\d+:\d+: /);
});

test('an app lists its parts', () => {
  expect(
    readApp(
      'name: a\ntitle: A\ndashboards: [d.yaml]\nlookups:\n  - { name: shared/x, file: x.csv, demo: true }\n',
      'app.yaml',
    ),
  ).toEqual({
    name: 'a',
    title: 'A',
    description: null,
    source: { name: 'source', label: 'Data source', default: '*' },
    rules: [],
    dashboards: ['d.yaml'],
    lookups: [{ name: 'shared/x', file: 'x.csv', demo: true, description: null }],
  });
  expect(() => readApp('name: My App\ntitle: A\n', 'app.yaml')).toThrow('`My App` cannot name an app');
});
