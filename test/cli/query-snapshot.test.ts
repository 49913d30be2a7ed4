import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeQueryBlob } from '../../scripts/query-snapshot.ts';
import { MAIN, runWeir, scratch } from './run-weir.ts';

const cwd = scratch();
const blob = join(cwd, 'query.blob');
const log = join(cwd, 'some.log');

beforeAll(async () => {
  expect(await makeQueryBlob(cwd, blob)).toBe(true);
  writeFileSync(
    log,
    ['ann took 12', 'bob took 7', 'ann took 30']
      .map((text) => `2024-01-01T10:00:00Z user=${text} ms\n`)
      .join(''),
  );
}, 120_000);

/** Runs a query from the heap; the time zone and a failure's exit code are those of the run. */
async function fromHeap(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const words = ['--snapshot-blob', blob, MAIN, 'query', ...args];
  const run = promisify(execFile)(process.execPath, words, { cwd, env: { ...process.env, ...env } });
  run.child.stdin?.end();
  return await run.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code: Number(code), out: String(stdout), err: String(stderr) }),
  );
}

describe('`weir query` from its ready-made heap answers as it does from its files', () => {
  const queries: readonly (readonly string[])[] = [
    ['* | parse "user=* took * ms" as user, ms | sum(ms) by user', '--input', log, '-o', 'json'],
    ['* | parse "took * ms" as ms | where ms > 10 | count | formatDate(0) as day', '--input', log],
    ['* | cuont', '--input', log],
    ['* | count', '--input', join(cwd, 'none.log')],
    ['* | count', '--store', join(cwd, 'none')],
    ['* | formatDate(0, "yyyy-MM-dd HH") as day | count by day, _raw', '--input', log, '-o', 'csv'],
    ['* | count by _raw', '--input', log, '-o', 'arrow'],
  ];
  test.each(queries.map((words) => [words[0], words] as const))('%s', async (_, words) => {
    const env = { TZ: 'Asia/Tokyo' };
    const [heap, files] = await Promise.all([
      fromHeap(words, env),
      runWeir(['query', ...words], { cwd, env }),
    ]);
    expect(heap).toEqual(files);
  });
});
