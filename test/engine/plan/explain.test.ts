import { expect, test } from 'vitest';
import { explainPlan, explainText } from '../../../src/engine/plan/explain.ts';
import { registry } from '../../../src/engine/registry.ts';
import { prepareQuery } from '../../../src/index.ts';

function explained(text: string, parameters = new Map<string, string>()) {
  const { plan } = prepareQuery(text, { parameters });
  if (plan === null) throw new Error('the query has errors');
  return { data: explainPlan(plan, text, registry), tree: explainText(plan, text, registry) };
}

test('what each stage makes and leaves out, and where it runs', () => {
  const { data } = explained('a REJECT | parse "* * *" as x, y, z | where y > 1 | count by x | sort _count');
  expect(data.scan).toEqual({
    filter: 'a REJECT',
    words: ['a', 'reject'],
    fields: ['_raw'],
    order: 'any',
    limit: null,
  });
  expect(data.stages.map(({ makes, leftOut, runs }) => ({ makes, leftOut, runs }))).toEqual([
    { makes: ['x', 'y'], leftOut: ['z'], runs: 'workers' },
    { makes: [], leftOut: [], runs: 'workers' },
    { makes: ['x', '_count'], leftOut: [], runs: 'workers, merged here' },
    { makes: [], leftOut: [], runs: 'here' },
  ]);
  expect(data.result).toEqual({ rows: 'aggregate', columns: ['x', '_count'] });
});

test('subqueries and nested pipelines are part of it', () => {
  const { data, tree } = explained(
    'x [subquery: y | count by u | compose u] | count by b | join (parse field=b "*-*" as c, d) as t1, (fields b) as t2 on t1.c = t2.b',
  );
  expect(data.subqueries[0]?.stages[0]?.stage).toBe('count by u');
  expect(data.stages[1]?.pipelines.map((stages) => stages.map(({ stage }) => stage))).toEqual([
    ['parse field=b "*-*" as c, d'],
    ['fields b'],
  ]);
  expect(tree).toContain('subquery, runs first\n├─ scan\n│  ├─ search: y');
});

test('parameters stand as they were written, and fields as the query spells them', () => {
  const { data } = explained(
    '_sourceCategory={{where}} | where appName = "{{app}}" | timeslice 1m | count by _timeslice, {{by}}',
    new Map([
      ['where', 'a/b'],
      ['app', 'a long value'],
      ['by', 'Host'],
    ]),
  );
  expect(data.scan.filter).toBe('_sourceCategory={{where}}');
  expect(data.scan.fields).toEqual(['Host', '_messageTime', '_sourceCategory', 'appName']);
  expect(data.stages.map(({ stage }) => stage)).toEqual([
    'where appName = "{{app}}"',
    'timeslice 1m',
    'count by _timeslice, {{by}}',
  ]);
  expect(data.stages[1]).toMatchObject({ makes: ['_timeslice'], leftOut: [] });
});

test('long stages are cut in the tree, not in the data', () => {
  const names = Array.from({ length: 60 }, (_, at) => `field_${at}`).join(', ');
  const { data, tree } = explained(`* | fields ${names}`);
  expect(data.stages[0]?.stage).toBe(`fields ${names}`);
  expect(Math.max(...tree.split('\n').map((line) => line.length))).toBeLessThan(170);
});
