import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { importDashboards } from '../../src/dashboards/import-dashboard.ts';
import { readDashboard } from '../../src/dashboards/read-dashboard.ts';

const EXPORTED = {
  type: 'DashboardV2SyncDefinition',
  name: 'Web & Co',
  title: 'Web & Co',
  description: 'About the web',
  theme: 'Dark',
  refreshInterval: 60,
  timeRange: {
    type: 'BeginBoundedTimeRange',
    from: { type: 'RelativeTimeRangeBoundary', relativeTime: '-1w' },
    to: null,
  },
  layout: {
    layoutType: 'Grid',
    layoutStructures: [{ key: 'p1', structure: '{"height":6,"width":12,"x":12,"y":0,"minHeight":3}' }],
  },
  panels: [
    {
      panelType: 'SumoSearchPanel',
      key: 'p1',
      title: 'Codes',
      visualSettings: '{"general":{"mode":"distribution","type":"svp"},"svp":{"unit":"x"}}',
      queries: [
        { queryKey: 'A', queryType: 'Logs', queryString: '_sourceCategory={{cat}} host={{host}} | count' },
        { queryKey: 'B', queryType: 'Logs', queryString: '* | count' },
      ],
    },
    { panelType: 'TextPanel', key: 'p2', title: 'Words', text: '# Hi' },
    {
      panelType: 'SumoSearchPanel',
      key: 'p3',
      title: 'CPU',
      queries: [{ queryType: 'Metrics', queryString: 'metric=cpu' }],
    },
  ],
  variables: [
    {
      name: 'cat',
      displayName: 'Category',
      defaultValue: 'web*',
      sourceDefinition: { variableSourceType: 'CsvVariableSourceDefinition', values: 'web*, db*' },
    },
    { name: 'host', defaultValue: '*', valueType: 'String' },
  ],
};

test('an exported dashboard becomes a file that reads', () => {
  const [imported] = importDashboards(EXPORTED);
  expect(imported?.name).toBe('web-co');
  const dashboard = readDashboard(imported?.yaml ?? '', 'web-co.yaml');
  expect(dashboard).toMatchObject({
    title: 'Web & Co',
    description: 'About the web',
    timeRange: '-1w',
    variables: [
      { name: 'cat', label: 'Category', default: 'web*', values: ['web*', 'db*'] },
      { name: 'host', default: '*' },
    ],
    panels: [
      {
        key: 'p1',
        chart: 'value',
        layout: { x: 12, y: 0, width: 12, height: 6 },
        query: '_sourceCategory={{cat}} host="{{host}}" | count',
      },
      { key: 'p2', chart: 'text', text: '# Hi' },
      { key: 'p3', chart: 'text' },
    ],
  });
  expect(imported?.notes).toEqual([
    'panel `Codes` has 2 queries; the first is shown',
    'panel `CPU` does not search logs; its text was kept',
  ]);
});

test('what has no meaning here is kept', () => {
  const kept = parse(importDashboards(EXPORTED)[0]?.yaml ?? '');
  expect(kept.imported).toEqual({ theme: 'Dark', refreshInterval: 60 });
  expect(kept.panels[0].imported).toMatchObject({
    panelType: 'SumoSearchPanel',
    visualSettings: { svp: { unit: 'x' } },
  });
  expect(kept.panels[0].imported.queries).toHaveLength(2);
});

test('folders nest, the API form needs no type, other JSON is refused', () => {
  const { type: _, ...api } = EXPORTED;
  const folder = (name: string, children: unknown[]) => ({ type: 'FolderSyncDefinition', name, children });
  const found = importDashboards(
    folder('My Folder', [
      EXPORTED,
      folder('Inner', [api]),
      { type: 'SavedSearchWithScheduleSyncDefinition' },
    ]),
  );
  expect(found.map(({ name }) => name)).toEqual(['my-folder/web-co', 'my-folder/inner/web-co']);
  expect(() => importDashboards({ type: 'Other' })).toThrow('holds no dashboard');
  expect(() => importDashboards([1])).toThrow('holds no dashboard');
});
