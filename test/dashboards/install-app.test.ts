import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCatalogue } from '../../src/dashboards/catalogue.ts';
import { prepareInstallation } from '../../src/dashboards/install-app.ts';
import { readDashboard } from '../../src/dashboards/read-dashboard.ts';
import { packageRoot } from '../../src/lookups/bundled-file.ts';
import { parseRuleFile } from '../../src/rules/rule.ts';

const app = readCatalogue(join(packageRoot(), 'queries'))[0]!;

test('for a category: the rule looks there and the dashboards need no parameter', () => {
  const installation = prepareInstallation(app, { kind: 'category', pattern: 'prod/vpc*' });
  expect(installation.app).toBe('vpc-flow-logs');
  const rule = parseRuleFile(installation.rules[0]!.text);
  expect(rule).toMatchObject({
    ok: true,
    rule: { name: 'VPCFlowLogFER', scope: '_sourceCategory=prod/vpc*' },
  });
  expect(installation.dashboards.map(({ name }) => name)).toEqual([
    'vpc-flow-logs/overview',
    'vpc-flow-logs/accepts-and-rejects',
    'vpc-flow-logs/traffic-direction',
    'vpc-flow-logs/security-groups',
  ]);
  const dashboard = readDashboard(installation.dashboards[0]!.text, 'overview');
  expect(dashboard.variables[0]).toMatchObject({ name: 'source', default: 'prod/vpc*' });
  expect(dashboard.panels).toHaveLength(23);
  expect(installation.lookups).toMatchObject([
    { name: 'sumo://threat/cs', fileName: 'threat-demo.csv', demo: true },
  ]);
});

test('a category with blanks is put in quotes', () => {
  const { dashboards, rules } = prepareInstallation(app, { kind: 'category', pattern: 'my logs/*' });
  expect(readDashboard(dashboards[0]!.text, 'o').variables[0]?.default).toBe('"my logs/*"');
  expect(parseRuleFile(rules[0]!.text)).toMatchObject({ rule: { scope: '_sourceCategory="my logs/*"' } });
});

test('for a filter: it takes the place of the category in every query', () => {
  const scope = '_sourceHost=a OR _sourceName="b $& c"';
  const { dashboards, rules } = prepareInstallation(app, { kind: 'filter', scope });
  expect(parseRuleFile(rules[0]!.text)).toMatchObject({ rule: { scope } });
  for (const { name, text } of dashboards) {
    for (const panel of readDashboard(text, name).panels) {
      const query = panel.chart === 'text' ? '' : panel.query;
      expect(query.startsWith(`(${scope})`), panel.key).toBe(true);
      expect(query).not.toContain('{{source}}');
      expect(query).toContain('\n| parse field=flow');
    }
  }
});
