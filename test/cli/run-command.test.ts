import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runWeir, scratch } from './run-weir.ts';

const cwd = scratch();
const weir = (...args: readonly string[]) => runWeir(args, { cwd });

const FLOWS = ['443 10 ACCEPT', '22 20 REJECT', '443 30 ACCEPT'].map(
  (line) => `2024-06-01T00:00:00Z ${line}\n`,
);

interface Panel {
  readonly key: string;
  readonly rows?: readonly object[];
  readonly error?: string;
}
interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
}

beforeAll(async () => {
  writeFileSync(join(cwd, 'flows.log'), FLOWS.join(''));
  mkdirSync(join(cwd, 'boards'));
  mkdirSync(join(cwd, 'empty'));
  const board = (title: string, ...panels: readonly string[]) =>
    `title: ${title}\ntimeRange: 2024-06-01 to 2024-06-02\nvariables:\n  - { name: action, default: "*", label: Action }\npanels:\n${panels.join('')}`;
  const panel = (key: string, query: string) =>
    `  - { key: ${key}, title: ${key}, chart: table, query: '${query}' }\n`;
  writeFileSync(
    join(cwd, 'boards', 'one.yaml'),
    board(
      'One',
      panel('broken', '* | cuont'),
      panel('total', '{{action}} | count'),
      panel(
        'ports',
        '* | parse "Z * * *" as port, n, action | count by action, port | transpose row action column port',
      ),
    ),
  );
  writeFileSync(
    join(cwd, 'boards', 'two.yaml'),
    board('Two', panel('total', '* | count'), panel('own', '* | count')),
  );
  await weir('ingest', 'flows.log', '--category', 'AWS/VPC/x');
});

const dashboards = (out: string) => JSON.parse(out) as readonly Dashboard[];

describe.concurrent('weir run', () => {
  test('one failing panel never stops the others, and costs the exit code', async () => {
    const { code, out, err } = await weir('run', 'boards/one.yaml', '-o', 'json');
    const { panels } = JSON.parse(out) as Dashboard;
    expect(code).toBe(1);
    expect(err).toBe('error: a panel failed: `broken`\n');
    expect(panels.map(({ key, error }) => [key, error === undefined])).toEqual([
      ['broken', false],
      ['total', true],
      ['ports', true],
    ]);
    // As text: an object would put the ports first.
    expect(out).toContain(
      '"rows":[{"action":"ACCEPT","22":null,"443":2},{"action":"REJECT","22":1,"443":null}]',
    );
  });

  test('a folder in order, with a value for a variable', async () => {
    const { out } = await weir('run', 'boards', '-o', 'json', '--param', 'ACTION=REJECT');
    const [one, two] = dashboards(out);
    expect([one?.title, two?.title]).toEqual(['One', 'Two']);
    expect(one?.panels[1]?.rows).toEqual([{ _count: 1 }]);
  });

  test('panels by key: of every dashboard that has them', async () => {
    const [both, own] = await Promise.all([
      weir('run', 'boards', '--panel', 'total', '-o', 'json'),
      weir('run', 'boards', '--panel', 'own', '-o', 'json', '--profile'),
    ]);
    expect(dashboards(both.out).map(({ panels }) => panels.map(({ key }) => key))).toEqual([
      ['total'],
      ['total'],
    ]);
    expect((JSON.parse(own.out) as Dashboard).title).toBe('Two');
    expect(own.err).toMatch(/^Two\n +[\d.]+ ms {2}own {2}1 rows?\n$/);
  });

  test('in words, and as a page', async () => {
    const [table, html] = await Promise.all([
      weir('run', 'boards/two.yaml'),
      weir('run', 'boards', '--panel', 'total', '-o', 'html'),
    ]);
    expect(table.code).toBe(0);
    expect(table.out).toMatch(/^Two\n[\s\S]*total\n─+\n_count\n─+\n +3\n/);
    expect(html.out).toMatch(/^<!doctype html>/i);
    expect(html.out).toContain('One');
    expect(html.out).toContain('Two');
  });

  test.each([
    [['run', 'boards', '--panel', 'totl'], '`total` might be meant'],
    [['run', 'empty'], 'there is no dashboard in `empty`'],
    [['run', 'vpc-flow-logs/overvew'], '`vpc-flow-logs/overview` might be meant'],
    [['run', 'boards', '--from', 'soonish'], '`soonish` is no time'],
    [['run', 'boards', '--tz', 'Mars'], '`Mars` is no time zone'],
    [['run', 'boards', '-o', 'xml'], 'the choices are table, json, html'],
    [['run', 'boards', '--store', 'nowhere'], 'there is no store'],
  ])('weir %j is a wrong request', async (args, message) => {
    const { code, out, err } = await weir(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

test('an app: installed for a filter, shown in its own order', async () => {
  const at = ['--store', 'apps'];
  const filter = '_sourceCategory=AWS/VPC/x';
  const installed = await weir('apps', 'install', 'vpc-flow-logs', '--filter', filter, ...at);
  expect(installed.code).toBe(0);
  expect(installed.err).toContain(`for ${filter}`);
  const { code, out } = await weir(
    'run',
    'vpc-flow-logs',
    '--panel',
    'total-accepted',
    '--panel',
    'no-such-panel',
    '-o',
    'json',
    ...at,
  );
  expect({ code, out }).toEqual({ code: 2, out: '' });
  const names = installed.err.match(/(?<=dashboard {2})\S+/g) ?? [];
  expect(names[0]).toBe('vpc-flow-logs/overview');
  const all = await weir('run', 'vpc-flow-logs', '-o', 'json', ...at);
  expect(all.code).toBe(0);
  expect(dashboards(all.out)).toHaveLength(names.length);
  expect(dashboards(all.out)[0]?.title).toMatch(/Overview$/);
});

test('exported dashboards: into the store or into files, never over one that is there', async () => {
  const exported = {
    type: 'FolderSyncDefinition',
    name: 'My Team',
    children: ['A', 'A'].map((name) => ({
      type: 'DashboardV2SyncDefinition',
      name,
      panels: [
        {
          panelType: 'SumoSearchPanel',
          key: 'p',
          title: 'P',
          queries: [{ queryType: 'Logs', queryString: '* | count' }],
        },
      ],
    })),
  };
  writeFileSync(join(cwd, 'export.json'), JSON.stringify(exported));
  writeFileSync(join(cwd, 'other.json'), '{"a":\n1}');
  const stored = await weir('apps', 'import', 'export.json');
  expect(stored).toMatchObject({ code: 0, err: 'dashboard  my-team/a\ndashboard  my-team/a-2\n' });
  expect((await weir('run', 'my-team/a-2', '--from', '2024-06-01')).code).toBe(0);
  const files = await weir('apps', 'import', 'export.json', '--to', 'out');
  expect(files.code).toBe(0);
  expect(readFileSync(join(cwd, 'out/my-team/a.yaml'), 'utf8')).toContain('title: A');
  expect(await weir('apps', 'import', 'export.json', '--to', 'out')).toMatchObject({ code: 1 });
  expect(await weir('apps', 'import', 'other.json')).toMatchObject({ code: 2 });
  expect(existsSync(join(cwd, 'out/my-team/a-2.yaml'))).toBe(true);
});
