import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAIN, runWeir, scratch, startWeir } from './run-weir.ts';

const cwd = scratch();
const weir = (...args: readonly string[]) => runWeir(args, { cwd });
const LINES = [
  'level=warn host=a took=5 2024-06-01T10:00:00Z',
  'level=info host=b took=7 2024-06-01T11:00:00Z',
  'level=warn host=b took=9 2024-06-02T10:00:00Z',
];

beforeAll(async () => {
  writeFileSync(join(cwd, 'app.log'), `${LINES.join('\n')}\n`);
  writeFileSync(join(cwd, 'warn.sumo'), '// only warnings\nwarn "{{word}}"\n| count\n');
  writeFileSync(join(cwd, 'odd.log'), 'x\u001b[31mred\n');
  const { code, err } = await weir('ingest', 'app.log', '--category', 'demo/app');
  expect(err).toContain('stored     3');
  expect(code).toBe(0);
});

describe.concurrent('weir query', () => {
  test('over the store: jsonl in a pipe, fields in order', async () => {
    const { code, out, err } = await weir(
      'query',
      'warn | parse "host=* " as host | count by host | sort host',
    );
    expect({ code, out, err }).toEqual({
      code: 0,
      out: '{"host":"b","_count":1}\n{"host":"a","_count":1}\n',
      err: '',
    });
  });

  test('every format', async () => {
    const query = '* | parse "host=* " as host | count by host | sort by host asc';
    const [json, csv, table, chart] = await Promise.all(
      ['json', 'csv', 'table', 'chart'].map(async (format) => (await weir('query', query, '-o', format)).out),
    );
    expect(JSON.parse(json ?? '')).toEqual([
      { host: 'a', _count: 1 },
      { host: 'b', _count: 2 },
    ]);
    expect(csv).toBe('host,_count\na,1\nb,2\n');
    expect(table).toBe('host  _count\n────  ──────\na          1\nb          2\n');
    expect(chart).toMatch(/^b +█+ 2\na +█.* 1\n$/);
  });

  test('messages carry their metadata; times are epoch ms', async () => {
    const { out } = await weir('query', 'info', '--limit', '1');
    expect(JSON.parse(out)).toMatchObject({
      _raw: LINES[1],
      _messageTime: Date.UTC(2024, 5, 1, 11),
      _sourceCategory: 'demo/app',
      _size: LINES[1]?.length,
    });
    expect(out).toMatch(/^\{"_raw":/);
  });

  test('a range, half open, in a zone', async () => {
    const count = async (...range: readonly string[]) => (await weir('query', '* | count', ...range)).out;
    expect(await count('--from', '2024-06-01T10:00:00Z', '--to', '2024-06-02T10:00:00Z')).toBe(
      '{"_count":2}\n',
    );
    expect(await count('--from', '06/01/2024 13:00:00', '--to', 'now', '--tz', 'Europe/Berlin')).toBe(
      '{"_count":2}\n',
    );
  });

  test('a file with a parameter, with and without a value', async () => {
    const [all, one] = await Promise.all([
      weir('query', '-f', 'warn.sumo'),
      weir('query', '-f', 'warn.sumo', '--param', 'word=host=b took'),
    ]);
    expect([all.out, one.out]).toEqual(['{"_count":2}\n', '{"_count":1}\n']);
  });

  test('files instead of the store; a missing one costs the exit code, not the result', async () => {
    const [some, none] = await Promise.all([
      weir('query', '* | count', '--input', 'app.log', 'nowhere.log'),
      weir('query', '* | count', '--input', 'nowhere.log'),
    ]);
    expect(some).toMatchObject({ code: 1, out: '{"_count":3}\n' });
    expect(some.err).toBe('error: `nowhere.log`: no such file or folder; the result is without it\n');
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toContain('there is nothing to read');
  });

  test('control characters stay as they are in a pipe', async () => {
    const { out } = await weir('query', '* | fields _raw', '--input', 'odd.log', '-o', 'table');
    expect(out).toContain('x\u001b[31mred');
  });

  test('standard input: in place of a store, not of one that is named', async () => {
    const [piped, named] = await Promise.all([
      runWeir(['query', '* | count'], { cwd, input: 'one\ntwo\n' }),
      runWeir(['query', '* | count', '--store', '.weir'], { cwd, input: 'one\ntwo\n' }),
    ]);
    expect([piped.out, named.out]).toEqual(['{"_count":2}\n', '{"_count":3}\n']);
  });

  test('an input that stays silent does not keep the store from being searched', async () => {
    const child = spawn('sh', ['-c', 'sleep 30 | "$@"', 'sh', process.execPath, MAIN, 'query', '* | count'], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const [found] = (await once(child.stdout, 'data')) as [Buffer];
    const [note] = (await once(child.stderr, 'data')) as [Buffer];
    // `sleep` goes on: it is ended with the whole group.
    process.kill(-(child.pid ?? 0));
    expect(String(found)).toBe('{"_count":3}\n');
    expect(String(note)).toMatch(/^note: nothing comes from standard input/);
  });

  test('a profile, for people and for programs', async () => {
    const [told, json] = await Promise.all([
      weir('query', '* | count', '--profile'),
      weir('query', '* | count', '--profile-json'),
    ]);
    expect(told.err).toMatch(/total .* ms\n├─ scan .* 3 rows/);
    expect(JSON.parse(json.err)).toMatchObject({ scan: { rows: 3 }, stages: [{ name: 'count' }] });
  });

  test('--auto-parse takes JSON apart', async () => {
    const { out } = await runWeir(['query', '* | count by a.b', '--auto-parse'], {
      cwd,
      input: '{"a":{"b":3}}\n',
    });
    expect(JSON.parse(out)).toMatchObject({ _count: 1 });
    expect(out).toContain('"a.b"');
  });

  test.each([
    [['query', '* | cuont'], 'error[unknown-operator]'],
    [['query'], 'no query was given'],
    [['query', '*', '-o', 'xml'], 'the choices are table, jsonl, json, csv, arrow, chart'],
    [['query', '*', '--frm', '-1h'], '`--from` might be meant'],
    [['query', 'a', 'b'], 'too many arguments'],
    [['query', '*', '--from', 'soonish'], '`soonish` is no time'],
    [['query', '*', '--limit', '0'], 'whole number'],
    [['query', '*', '--param', 'x'], 'name=value'],
    [['query', '-f', 'nowhere.sumo'], 'no such file'],
    [['query', '*', '--store', 'nowhere'], 'there is no store in `nowhere`'],
    [['qery', '*'], '`weir query` might be meant'],
    [['--nope'], 'there is no option `--nope`'],
    [[], 'Usage: weir'],
  ])('weir %j is a wrong request', async (args, message) => {
    const { code, out, err } = await weir(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test('save writes to the store, which is made when it is missing', async () => {
    const away = join(cwd, 'saved', 'store');
    const saved = await runWeir(
      ['query', '* | parse "* *" as k, v | count by k | save shared/counts', '--input', '-', '--store', away],
      { cwd, input: 'a 1\nb 2\n' },
    );
    expect({ code: saved.code, err: saved.err }).toEqual({ code: 0, err: '' });
    const more = await weir('query', 'cat shared/counts | save shared/copy', '--store', away);
    expect({ code: more.code, err: more.err }).toEqual({ code: 0, err: '' });
    const { out } = await weir('query', 'cat shared/copy | sort by k asc | fields - _count', '--store', away);
    expect(out).toBe('{"k":"a"}\n{"k":"b"}\n');
  });

  test('a reader that goes away ends the query in peace', async () => {
    writeFileSync(join(cwd, 'many.log'), 'a line of some length to fill pipes\n'.repeat(50_000));
    const child = startWeir(['query', '*', '--input', 'many.log'], { cwd });
    child.stdout?.destroy();
    const [code] = await once(child, 'close');
    expect([0, null]).toContain(code);
  });
});

test.runIf(existsSync('/dev/full'))('a full disk is told, without a stack trace', async () => {
  const full = spawn('sh', ['-c', '"$@" > /dev/full', 'sh', process.execPath, MAIN, 'query', '*'], { cwd });
  expect(await text(full.stderr)).toBe('error: the result cannot be written: no space left on the disk\n');
  const silent = spawn(
    'sh',
    ['-c', '"$@" 2> /dev/full', 'sh', process.execPath, MAIN, 'query', '* | cuont'],
    { cwd },
  );
  expect(await once(silent, 'close')).toEqual([2, null]);
});

test('an interrupted query ends with 130 at once, also while it waits for input', async () => {
  const child = startWeir(['query', '* | count', '--input', '-'], { cwd, input: '' });
  const told = child.stderr === null ? '' : text(child.stderr);
  // More than a pipe holds: once it is written, the query is reading it.
  await new Promise((resolve) => child.stdin?.write('one\n'.repeat(1 << 18), resolve));
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect({ code, err: await told }).toEqual({ code: 130, err: 'error: the query was cancelled\n' });
});
