import { describe, expect, test } from 'vitest';
import {
  addPartition,
  removePartition,
  type StoredPartition,
  storedPartitions,
} from '../../src/ingest/stored-partitions.ts';
import { memoryDocuments } from '../../src/lookups/document-store.ts';
import { compileRules } from '../../src/rules/compile-rules.ts';
import { readRouting } from '../../src/rules/partition.ts';
import { withPartitions } from '../../src/rules/route.ts';
import { collect, settingsOf } from './collected.ts';

function partition(name: string, scope: string, removed: number | null = null): StoredPartition {
  return { name, scope, added: 0, removed };
}

async function indexes(
  partitions: readonly StoredPartition[],
  lines: readonly string[],
  config: unknown = {},
) {
  const { rows } = await collect(lines.join('\n'), settingsOf(config), withPartitions(null, partitions));
  return rows.map((row) => row.get('_index') ?? null);
}

describe('routing', () => {
  test('each message names the partitions that take it', async () => {
    const partitions = [partition('errors', 'error'), partition('web', 'GET or POST')];
    expect(await indexes(partitions, ['an error', 'GET /', 'POST error', 'nothing'])).toEqual([
      'errors',
      'web',
      'errors web',
      null,
    ]);
  });

  test('metadata and fields of the source can be asked for', async () => {
    const source = { category: 'prod/web', fields: { team: 'a' } };
    const partitions = [
      partition('prod', '_sourceCategory=prod/*'),
      partition('a', 'team=a'),
      partition('b', 'team=b'),
    ];
    expect(await indexes(partitions, ['x'], source)).toEqual(['prod a']);
  });

  test('what extraction rules made can be asked for', async () => {
    const rules = compileRules([
      {
        name: 'level',
        description: null,
        appliedAt: 'ingest',
        scope: '*',
        parse: 'parse "level=* " as level',
        enabled: true,
        examples: [],
      },
    ]);
    const { rows } = await collect(
      'level=bad x\nlevel=good x',
      settingsOf(),
      withPartitions(rules, [partition('bad', 'level=bad')]),
    );
    expect(rows.map((row) => [row.get('level'), row.get('_index') ?? null])).toEqual([
      ['bad', 'bad'],
      ['good', null],
    ]);
  });

  test('a partition that was removed takes nothing; without any there is nothing to do', async () => {
    const gone = partition('gone', '*', 5);
    expect(withPartitions(null, [gone])).toBeNull();
    expect(await indexes([gone, partition('all', '*')], ['a'])).toEqual(['all']);
  });
});

describe('the partitions of a store', () => {
  const add = (
    documents: ReturnType<typeof memoryDocuments>,
    name: string,
    scope = 'a',
    taken: string[] = [],
  ) => addPartition(documents, { name, scope }, taken, 1);

  test('are kept, oldest first, and stay by name when removed', async () => {
    const documents = memoryDocuments();
    await addPartition(documents, { name: 'second', scope: 'b' }, [], 2);
    await addPartition(documents, { name: 'first', scope: 'a' }, [], 1);
    expect(await removePartition(documents, 'SECOND', 3)).toBe(true);
    expect(await removePartition(documents, 'second', 4)).toBe(false);
    expect(await storedPartitions(documents)).toEqual([
      { name: 'first', scope: 'a', added: 1, removed: null },
      { name: 'second', scope: 'b', added: 2, removed: 3 },
    ]);
    expect((await add(documents, 'Second')).problems[0]).toMatch(/not used again/);
  });

  test('names follow the rules, and are used once', async () => {
    const documents = memoryDocuments();
    for (const name of ['_a', 'sumologic_a', 'Sumologic_x', 'a-b', 'a b', '', 'ä']) {
      expect((await add(documents, name)).problems, name).toHaveLength(1);
    }
    expect((await add(documents, 'Prod_1')).added).toBe(true);
    expect((await add(documents, 'prod_1')).problems[0]).toMatch(/already/);
    expect((await add(documents, 'hourly', 'a', ['Hourly'])).problems[0]).toMatch(/view/);
  });

  test('there are at most 50 that take messages', async () => {
    const documents = memoryDocuments();
    for (let at = 0; at < 50; at++) expect((await add(documents, `p${at}`)).added).toBe(true);
    expect((await add(documents, 'more')).problems[0]).toMatch(/50/);
    await removePartition(documents, 'p7', 2);
    expect((await add(documents, 'more')).added).toBe(true);
  });

  test.each([
    ['a | count', /without stages/],
    ['_index=a', /`_index` cannot/],
    ['!(_VIEW=a)', /`_VIEW` cannot/],
    ['_dataTier=All a', /`_dataTier` cannot/],
    ['[subquery: a | compose b]', /subquery/],
    ['"a', /.*/],
    [`a${' a'.repeat(1100)}`, /2048/],
  ])('the routing expression %s is refused', (scope, message) => {
    const { scope: read, diagnostics } = readRouting(scope);
    expect(read).toBeNull();
    expect(diagnostics.some((diagnostic) => message.test(diagnostic.message))).toBe(true);
  });

  test('a document that cannot be read is told', async () => {
    const documents = memoryDocuments();
    await documents.put('partition', 'odd', '{');
    const problems: string[] = [];
    expect(await storedPartitions(documents, (problem) => problems.push(problem))).toEqual([]);
    expect(problems).toHaveLength(1);
  });
});
