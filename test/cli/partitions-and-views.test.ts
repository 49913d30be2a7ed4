import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runWeir, scratch } from './run-weir.ts';

const cwd = scratch();
const weir = (...args: readonly string[]) => runWeir(args, { cwd });

const LINES = Array.from(
  { length: 6 },
  (_, at) => `2024-01-01T00:0${at}:00Z ms=${at} ${at % 2 === 0 ? 'error' : 'ok'}`,
);
writeFileSync(join(cwd, 'app.log'), `${LINES.join('\n')}\n`);
writeFileSync(join(cwd, 'json.log'), '{"user":"amy","at":"2024-01-01T00:00:00Z"}\n');
writeFileSync(
  join(cwd, 'slow.yaml'),
  'name: slow\narguments: [{name: n, type: Number}]\ndefinition: parse "ms=* " as ms | where ms > {{n}}\n',
);

async function countOf(query: string, ...more: readonly string[]): Promise<number> {
  const { out, err } = await weir('query', `${query} | count`, ...more);
  if (out === '') throw new Error(err);
  return (JSON.parse(out) as { _count: number })._count;
}

describe('partitions, views and macros of a store', () => {
  test('a partition takes what arrives after it was added', async () => {
    expect((await weir('ingest', 'app.log', '--category', 'old')).code).toBe(0);
    const { code, err } = await weir('partitions', 'add', 'errors', '--scope', 'error');
    expect({ code, err }).toEqual({
      code: 0,
      err: 'added errors; it takes messages that arrive from now on\n',
    });
    await weir('ingest', 'app.log', '--category', 'new');
    expect(await countOf('_index=errors')).toBe(3);
    expect(await countOf('_index=_default')).toBe(9);
    expect(await countOf('*')).toBe(12);
    const { out } = await weir('partitions', 'list', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject([{ name: 'errors', scope: 'error', active: true }]);
  });

  test('a routing expression with mistakes is shown, a bad name said', async () => {
    const stage = await weir('partitions', 'add', 'x', '--scope', 'a | count');
    expect(stage.code).toBe(2);
    expect(stage.err).toContain(
      'error[not-allowed]: a routing expression is a search expression without stages',
    );
    expect(await weir('partitions', 'add', '_x', '--scope', 'a')).toMatchObject({ code: 2 });
    expect(await weir('partitions', 'add', 'x')).toMatchObject({ code: 2 });
  });

  test('a removed partition keeps what it has', async () => {
    expect((await weir('partitions', 'remove', 'errors')).code).toBe(0);
    await weir('ingest', 'app.log', '--category', 'new');
    expect(await countOf('_index=errors')).toBe(3);
    expect((await weir('partitions', 'remove', 'errors')).code).toBe(2);
    expect((await weir('partitions', 'list')).out).toContain('errors (takes no more messages)');
  });

  test('a view is filled, listed and removed with its rows', async () => {
    const query = '_sourceCategory=new | timeslice 1m | count as c by _timeslice';
    expect((await weir('views', 'add', 'minutes', '--query', query, '--from', '2024-01-01')).code).toBe(0);
    expect((await weir('views', 'list')).out).toContain('has    nothing yet');
    const { code, out } = await weir('views', 'refresh', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ name: 'minutes', rows: 6, problem: null }]);
    expect((await weir('query', '_view=minutes | sum(c) as c | fields c')).out).toBe('{"c":12}\n');
    expect((await weir('views', 'list')).out).toContain(
      '2024-01-01T00:00:00.000Z to 2024-01-01T00:06:00.000Z',
    );
    expect(await countOf('*')).toBe(18);
    expect((await weir('views', 'remove', 'minutes')).err).toBe('removed minutes and its 6 rows\n');
    expect(await countOf('_index=*')).toBe(18);
    expect((await weir('views', 'refresh', 'minutes')).code).toBe(2);
  });

  test('macros are used where queries run, are checked and explained', async () => {
    expect((await weir('macros', 'add', 'slow.yaml')).code).toBe(0);
    expect(await countOf('* | `slow(3)`')).toBe(6);
    expect((await weir('check', '* | `slow(x)`')).out).toContain('`n` must be a number, found `x`');
    expect((await weir('check', '* | `fast(1)`')).code).toBe(2);
    expect((await weir('check', '* | `slow(1)` | count')).code).toBe(0);
    expect((await weir('explain', '* | `slow(1)` | count')).code).toBe(0);
    expect((await weir('query', '* | `fast` | count')).err).toContain('macro `fast` is not known');
    expect((await weir('macros', 'list')).out).toContain('`slow(n)`');
    expect((await weir('macros', 'remove', 'slow')).code).toBe(0);
    expect((await weir('query', '* | `slow(1)` | count')).code).toBe(2);
  });

  test('auto parse mode', async () => {
    const input = ['--input', 'json.log'];
    expect(await countOf('user=amy', ...input)).toBe(0);
    expect(await countOf('user=amy', '--auto-parse', ...input)).toBe(1);
  });
});
