import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runWeir, scratch } from './run-weir.ts';

const cwd = scratch();
const weir = (...args: readonly string[]) => runWeir(args, { cwd });

const FLOW =
  '2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
writeFileSync(
  join(cwd, 'rule.yaml'),
  `name: Flows
scope: _sourceCategory=AWS/VPC*
parse: |
  parse "* * * * * * * *" as version, accountID, interfaceID, src_ip, dest_ip, src_port, dest_port, rest nodrop
examples:
  - message: ${FLOW}
    fields: { src_ip: 172.31.16.139, dest_port: "22" }
`,
);
writeFileSync(join(cwd, 'wrong.yaml'), readFileSync(join(cwd, 'rule.yaml'), 'utf8').replace('"22"', '"23"'));
writeFileSync(join(cwd, 'bad.yaml'), 'name: Bad\nscope: "*"\nparse: count by x\n');
writeFileSync(join(cwd, 'broken.yaml'), 'category: x\nfields: {a: b\n');
writeFileSync(join(cwd, 'flows.log'), `${FLOW}\n`);
writeFileSync(join(cwd, 'hosts.csv'), 'host,port\na,1\nb,x\n');

describe.concurrent('a store and what it keeps', () => {
  test('rules: test, add, list, disable, enable, remove', async () => {
    const at = ['--store', 'rules'];
    const [good, wrong, bad] = await Promise.all([
      weir('rules', 'test', 'rule.yaml'),
      weir('rules', 'test', 'wrong.yaml'),
      weir('rules', 'add', 'bad.yaml', ...at),
    ]);
    expect(good).toMatchObject({ code: 0, out: '1 passed, 0 failed\n' });
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('dest_port: expected `23`, found `22`');
    expect(bad.code).toBe(2);
    expect(bad.err).toContain('bad.yaml (parse)');
    expect(await weir('rules', 'add', 'rule.yaml', ...at)).toMatchObject({ code: 0 });
    expect((await weir('rules', 'disable', 'flows', ...at)).err).toContain('disabled Flows');
    expect((await weir('rules', 'list', ...at)).out).toContain('Flows (disabled)');
    // The option may stand at the group, too.
    expect((await weir('rules', ...at, 'enable', 'Flows')).code).toBe(0);
    const [rule] = JSON.parse((await weir('rules', 'list', '-o', 'json', ...at)).out) as [object];
    expect(rule).toMatchObject({ name: 'Flows', enabled: true, scope: '_sourceCategory=AWS/VPC*' });
    await weir('ingest', 'flows.log', '--category', 'AWS/VPC/x', ...at);
    expect((await weir('query', 'dest_port=22 | count by SRC_IP', ...at)).out).toBe(
      '{"src_ip":"172.31.16.139","_count":1}\n',
    );
    expect(await weir('rules', 'remove', 'Flows', ...at)).toMatchObject({ code: 0 });
    expect(await weir('rules', 'remove', 'Flows', ...at)).toMatchObject({ code: 2 });
  });

  test('lookups: add with a key and types, list, use, remove', async () => {
    const at = ['--store', 'lookups'];
    const added = await weir(
      'lookups',
      'add',
      'path://team/hosts',
      'hosts.csv',
      '--key',
      'host',
      '--type',
      'port=long',
      '--ttl',
      '7d',
      ...at,
    );
    expect(added).toMatchObject({ code: 0 });
    expect(added.err).toMatch(/^added path:\/\/team\/hosts: 1 row, 1 rejected/);
    expect((await weir('lookups', 'list', ...at)).out).toMatch(/path:\/\/team\/hosts +in the store/);
    expect((await weir('query', 'cat path://team/hosts', ...at)).out).toBe('{"host":"a","port":1}\n');
    expect(await weir('lookups', 'remove', 'path://team/hosts', ...at)).toMatchObject({ code: 0 });
    expect(await weir('lookups', 'remove', 'path://team/hosts', ...at)).toMatchObject({ code: 2 });
  });

  test.each([
    [['lookups', 'add', 'geo://location', 'hosts.csv'], 'needs a column `network`'],
    [['lookups', 'add', 'geo://location', 'hosts.csv', '--key', 'host'], '`--key` means nothing'],
    [['lookups', 'add', 'path://x/y', 'hosts.csv', '--type', 'port=date'], 'the types are'],
    [['lookups', 'add', 'path://x/y', 'hosts.csv', '--type', 'prt=long'], 'there is no column `prt`'],
    [['lookups', 'add', 'path://x/y', 'hosts.csv', '--key', 'nme'], 'names `nme`, which is no column'],
    [['lookups', 'add', 'path://x/y', 'hosts.csv', '--ttl', 'soon'], 'write 30m, 12h, 7d or 4w'],
    [['lookups', 'add', 'path://x/y', 'nowhere.csv'], 'no such file'],
    [['apps', 'install', 'vpc-flow-logs'], "say --category 'AWS/VPC*'"],
    [['apps', 'install', 'vpc-flow-log', '--category', 'x'], '`vpc-flow-logs` might be meant'],
    [['sources', 'add', 'ftp', 'n', '--category', 'c'], 'the kinds are http and s3'],
    [['sources', 'add', 'http', 'n'], 'the source needs a category'],
    [['sources', 'test', 'broken.yaml'], /`broken.yaml` is no valid YAML: .*line \d/],
    [['rules', 'ad', 'x'], '`add` might be meant'],
    [['rules', 'remove', 'x', '--store', 'nowhere'], 'there is no store in `nowhere`'],
    [['store', 'delete', '* | count', '--store', 'nowhere'], 'without stages'],
  ])('weir %j is a wrong request', async (args, message) => {
    const { code, err } = await weir(...args, ...(args.includes('--store') ? [] : ['--store', 'wrong']));
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  test('sources: an address that is shown once', async () => {
    const at = ['--store', 'sources'];
    const { out } = await weir(
      'sources',
      'add',
      'http',
      'web',
      '--category',
      'web/access',
      '-o',
      'json',
      ...at,
    );
    expect(JSON.parse(out)).toEqual({
      name: 'web',
      path: expect.stringMatching(/^\/receiver\/v1\/http\/[\w-]{32,}$/),
    });
    const listed = await weir('sources', 'list', '-o', 'json', ...at);
    expect(JSON.parse(listed.out)).toMatchObject([{ name: 'web', kind: 'http', category: 'web/access' }]);
    expect(listed.out).not.toContain((JSON.parse(out) as { path: string }).path);
    expect(await weir('sources', 'remove', 'web', ...at)).toMatchObject({ code: 0 });
    expect((await weir('sources', 'list', ...at)).out).toContain('no sources');
  });

  test('care: info, snapshot, delete, verify, compact', async () => {
    const at = ['--store', 'care'];
    await weir('ingest', 'flows.log', '--category', 'a', ...at);
    await weir('ingest', 'flows.log', '--category', 'b', ...at);
    const info = JSON.parse((await weir('store', 'info', '-o', 'json', ...at)).out) as object;
    expect(info).toMatchObject({
      messages: 2,
      timeRange: { from: 1_418_530_010_000 },
      categories: [
        { category: 'a', messages: 1 },
        { category: 'b', messages: 1 },
      ],
    });
    expect(await weir('store', 'snapshot', 'copy', ...at)).toMatchObject({ code: 0 });
    expect((await weir('store', 'delete', '_sourceCategory=a', ...at)).err).toMatch(/^1 messages? match/);
    expect((await weir('store', 'delete', '_sourceCategory=a', '--yes', ...at)).err).toMatch(
      /^deleted 1 message/,
    );
    const [left, copied, verified, compacted] = [
      await weir('query', '* | count by _sourceCategory', ...at),
      await weir('query', '* | count', '--store', 'copy'),
      await weir('store', 'verify', ...at),
      await weir('store', 'compact', ...at),
    ];
    expect(left.out).toBe('{"_sourceCategory":"b","_count":1}\n');
    expect(copied.out).toBe('{"_count":2}\n');
    expect(verified.out).toContain('everything is as it was written');
    expect(compacted.code).toBe(0);
  });

  test('a damaged segment ends queries until it is set aside', async () => {
    const at = ['--store', 'damaged'];
    for (const category of ['a', 'b']) await weir('ingest', 'flows.log', '--category', category, ...at);
    const segments = join(cwd, 'damaged', 'segments');
    const [first = ''] = readdirSync(segments);
    const bytes = readFileSync(join(segments, first));
    writeFileSync(
      join(segments, first),
      bytes.map((byte) => byte ^ 1),
    );
    const failing = await weir('query', '* | count by _sourceCategory', ...at);
    expect(failing.code).toBe(1);
    expect(failing.err).toContain(`segment \`${first}\` is damaged`);
    expect(failing.err).toContain('--set-aside');
    const found = await weir('store', 'verify', ...at);
    expect(found.code).toBe(1);
    expect(found.out).toContain(`damaged ${first}: the checksum of the file is wrong (1 message)`);
    const moved = await weir('store', 'verify', '--set-aside', ...at);
    expect(moved.code).toBe(0);
    expect(moved.err).toContain(join('damaged', 'set-aside'));
    expect(readdirSync(join(cwd, 'damaged', 'set-aside'))).toEqual([first]);
    expect((await weir('query', '* | count by _sourceCategory', ...at)).out).toBe(
      '{"_sourceCategory":"b","_count":1}\n',
    );
    expect((await weir('store', 'verify', ...at)).out).toContain('everything is as it was written');
    expect((await weir('store', 'info', ...at)).out).toContain(`set-aside ${first}`);
  });

  test('nothing that only looks makes a store', async () => {
    for (const args of [
      ['rules', 'list'],
      ['store', 'info'],
      ['query', '*'],
      ['sources', 'list'],
    ])
      expect(await weir(...args, '--store', 'unmade')).toMatchObject({ code: 2 });
    expect((await weir('lookups', 'list', '--store', 'unmade')).code).toBe(0);
    expect(existsSync(join(cwd, 'unmade'))).toBe(false);
  });
});
