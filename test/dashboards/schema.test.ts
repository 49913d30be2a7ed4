import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readApp } from '../../src/dashboards/app.ts';
import { CHART_KINDS, UNITS } from '../../src/dashboards/dashboard.ts';
import { readDashboard } from '../../src/dashboards/read-dashboard.ts';
import { packageRoot } from '../../src/lookups/bundled-file.ts';

const queries = join(packageRoot(), 'queries');
const schemaOf = (name: string) => JSON.parse(readFileSync(join(queries, name), 'utf8'));

/** The keys that a reader says it knows when it meets another one. */
function knownKeys(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    const [, keys = ''] =
      /`other` is not a key here \(expected one of (.*?)\)/.exec((error as Error).message) ?? [];
    return keys.split(', ').toSorted();
  }
  return [];
}

const keysOf = (schema: { properties: object }) => Object.keys(schema.properties).toSorted();

test('the schema of dashboards and their reader know the same keys', () => {
  const schema = schemaOf('dashboard.schema.json');
  const panel = (rest: string) => `title: T\npanels:\n  - { key: a, title: A, other: 1, ${rest} }\n`;
  expect(keysOf(schema)).toEqual(knownKeys(() => readDashboard('title: T\nother: 1\npanels: []\n', 'd')));
  const chart = knownKeys(() => readDashboard(panel('chart: line, query: x'), 'd'));
  const text = knownKeys(() => readDashboard(panel('chart: text, text: x'), 'd'));
  expect(keysOf(schema.$defs.panel)).toEqual([...new Set([...chart, ...text])].toSorted());
  const variable = knownKeys(() =>
    readDashboard('title: T\npanels: []\nvariables: [{ name: a, other: 1 }]\n', 'd'),
  );
  expect(keysOf(schema.properties.variables.items)).toEqual(variable);
  expect(schema.$defs.panel.properties.chart.enum).toEqual([...CHART_KINDS]);
  expect(schema.$defs.panel.properties.unit.enum).toEqual([...UNITS]);
});

test('the schema of apps and their reader know the same keys', () => {
  const schema = schemaOf('app.schema.json');
  expect(keysOf(schema)).toEqual(knownKeys(() => readApp('name: a\ntitle: A\nother: 1\n', 'a')));
  const lookup = knownKeys(() =>
    readApp('name: a\ntitle: A\nlookups: [{ name: x, file: y, other: 1 }]\n', 'a'),
  );
  expect(keysOf(schema.properties.lookups.items)).toEqual(lookup);
});

test('every file names its schema in the first line', () => {
  for (const file of ['overview', 'accepts-and-rejects', 'traffic-direction', 'security-groups']) {
    const [first] = readFileSync(join(queries, 'vpc-flow-logs', `${file}.yaml`), 'utf8').split('\n');
    expect(first).toBe('# yaml-language-server: $schema=../dashboard.schema.json');
  }
});
