import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runWeir, scratch } from '../run-weir.ts';

const cwd = scratch();
const typed = (lines: readonly string[], ...args: readonly string[]) =>
  runWeir(['repl', ...args], { cwd, input: `${lines.join('\n')}\n` });

beforeAll(async () => {
  writeFileSync(join(cwd, 'app.log'), 'one 2024-06-01T00:00:00Z\ntwo 2024-06-02T00:00:00Z\n');
  writeFileSync(join(cwd, 'q.sumo'), '// the second\ntwo\n| count\n');
  await runWeir(['ingest', 'app.log', '--category', 'c'], { cwd });
});

test('a script of queries and commands: ranges, several lines, files, the way out', async () => {
  const { code, out, err } = await typed([
    ':format jsonl',
    ':range 2024-06-02',
    '* | count',
    ':range all',
    '* // all of it',
    '| count as n',
    '* |',
    'count as m',
    ':run q.sumo',
    ':quit',
    '* | count as never',
  ]);
  expect({ code, out, err }).toEqual({
    code: 0,
    out: '{"_count":1}\n{"n":2}\n{"m":2}\n{"_count":1}\n',
    err: '',
  });
});

test('mistakes point at their place and do not end it; the exit code tells', async () => {
  const { code, out } = await typed(['* | cuont', ':format csv', '* | count']);
  expect(out).toMatch(/1 \| \* \| cuont\n {2}\| {5}\^{5}\n/);
  expect(out).toMatch(/_count\n2\n$/);
  expect(code).toBe(2);
});

test('at most as many rows as the limit', async () => {
  const { out } = await typed([':limit 1', ':format csv', '* | fields _raw | count by _raw']);
  expect(out.trimEnd().split('\n')).toHaveLength(2);
});

test('without a store there are still help and plans', async () => {
  const { code, out } = await typed(
    [':help timeslice', ':explain * | sum(x)', '* | count'],
    '--store',
    'nowhere',
  );
  expect(out).toContain('timeslice (operator)');
  expect(out).toContain('makes _sum');
  expect(out).toContain('there is no store in `nowhere`');
  expect(code).toBe(2);
});

test('over files', async () => {
  expect((await typed([':format jsonl', '* | count'], '--input', 'app.log')).out).toBe('{"_count":2}\n');
});
