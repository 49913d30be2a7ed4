import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-check-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function weir(...args: string[]): Promise<Answer> {
  const { WEIR_STORE: _, ...env } = process.env;
  const node = join(root, 'node_modules/.bin/node');
  return new Promise((resolve) => {
    execFile(
      node,
      [join(root, 'src/cli/main.ts'), ...args],
      { cwd: folder, env },
      (failure, stdout, stderr) => {
        const code = failure === null ? 0 : Number(failure.code);
        resolve({ code, stdout, stderr });
      },
    );
  });
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

const DASHBOARD = `panels:
  - key: a
    query: |
      *
      | sort by _size
      | where _size > 5
  - key: b
    query: "* | cuont"
`;

test('errors end with exit code 2, hints and warnings do not', async () => {
  expect(await weir('check', '* | cuont')).toMatchObject({ code: 2 });
  const hinted = await weir('check', '* | count by a | limit 3');
  expect(hinted).toMatchObject({ code: 0 });
  expect(hinted.stdout).toContain('hint[limit-without-order]');
  expect(await weir('check', '* | count')).toEqual({ code: 0, stdout: 'no problems\n', stderr: '' });
});

test('a table that is not there is a warning; bundled ones and those of the store are there', async () => {
  const query = (table: string) => `* | lookup b from ${table} on a=a | count by b`;
  const missing = await weir('check', query('path://"/team"'), '-o', 'jsonl');
  expect(missing.code).toBe(0);
  expect(JSON.parse(missing.stdout)).toMatchObject({ code: 'unknown-table', severity: 'warning', start: 18 });
  write('team.csv', 'a,b\n1,2\n');
  await weir('lookups', 'add', 'path://"/team"', 'team.csv');
  for (const table of ['path://"/team"', 'path://"/TEAM"', 'geo://default', 'https://x.org/port-numbers.csv'])
    expect(await weir('check', query(table)), table).toMatchObject({ stdout: 'no problems\n' });
  const nested = await weir(
    'check',
    `* [subquery: x | where a in ("b") | ${query('none').slice(4)} | compose b]`,
  );
  expect(nested.stdout).toContain('unknown-table');
});

test('queries do not get advice when they run', async () => {
  write('some.log', 'a\nb\n');
  const run = await weir('query', '* | count by a | limit 3', '--input', 'some.log');
  expect(run).toMatchObject({ code: 0, stderr: '' });
});

test('the queries of a dashboard are checked in their places, and fixed', async () => {
  write('d.yaml', DASHBOARD);
  const checked = await weir('check', '-f', 'd.yaml');
  expect(checked.code).toBe(2);
  expect(checked.stdout).toContain('--> d.yaml:6:9');
  expect(checked.stdout).toContain('--> d.yaml:8:17');
  const fixed = await weir('check', '-f', 'd.yaml', '--fix');
  expect(fixed.stdout).toBe(
    DASHBOARD.replace('| sort by _size\n      | where _size > 5', '| where _size > 5\n      | sort by _size'),
  );
});

test('a batch is answered line by line', async () => {
  write('batch.jsonl', '{"id":1,"query":"* | count"}\n\nnonsense\n{"id":"b","query":"* | cuont"}\n');
  const { code, stdout } = await weir('check', '--batch', 'batch.jsonl');
  expect(code).toBe(0);
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers.map(({ id }) => id)).toEqual([1, null, 'b']);
  expect(answers.map(({ diagnostics }) => diagnostics.map((each: { code: string }) => each.code))).toEqual([
    [],
    ['syntax'],
    ['unknown-operator'],
  ]);
});
