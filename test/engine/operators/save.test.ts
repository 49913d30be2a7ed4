import { describe, expect, it } from 'vitest';
import { execute } from '../../../src/engine/run/execute.ts';
import { memorySource } from '../../../src/engine/run/memory-source.ts';
import { collectRows, prepareQuery } from '../../../src/index.ts';
import { memoryDocuments } from '../../../src/lookups/document-store.ts';
import { createLookups, type Lookups } from '../../../src/lookups/lookups.ts';

const SOURCE = memorySource([
  {
    raw: 'a',
    time: 1000,
    fields: new Map([
      ['user', 'bob'],
      ['n', '5'],
    ]),
  },
  {
    raw: 'b',
    time: 2000,
    fields: new Map([
      ['user', 'cy'],
      ['n', '7'],
    ]),
  },
]);

async function tables(): Promise<Lookups> {
  const lookups = createLookups(memoryDocuments(), () => 0);
  await lookups.add('path://t', 't.csv', new TextEncoder().encode('user,n\nann,1\nbob,2\n'));
  return lookups;
}

async function run(text: string, lookups: Lookups) {
  const { plan, diagnostics } = prepareQuery(text);
  if (plan === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return await collectRows(await execute(plan, SOURCE, { lookups }));
}

async function rowsOf(name: string, lookups: Lookups) {
  return [...((await lookups.open(name))?.rows() ?? [])].toSorted();
}

describe('save', () => {
  it('replaces all rows', async () => {
    const lookups = await tables();
    await run('* | count by user, n | save path://"t"', lookups);
    expect(await rowsOf('path://t', lookups)).toEqual([
      ['bob', '5'],
      ['cy', '7'],
    ]);
  });

  it('merges by key with append', async () => {
    const lookups = await tables();
    await run('* | count by user, n | save append path://"t"', lookups);
    expect(await rowsOf('path://t', lookups)).toEqual([
      ['ann', '1'],
      ['bob', '5'],
      ['cy', '7'],
    ]);
  });

  it('empties the table when there are no rows', async () => {
    const lookups = await tables();
    await run('* | where user = "nobody" | count by user, n | save path://"t"', lookups);
    expect(await rowsOf('path://t', lookups)).toEqual([]);
  });

  it('leaves the table alone when there is nothing to append', async () => {
    const lookups = await tables();
    await run('* | where user = "nobody" | count by user, n | save append path://"t"', lookups);
    expect(await rowsOf('path://t', lookups)).toHaveLength(2);
  });

  it('makes a saved file and appends to it', async () => {
    const lookups = await tables();
    await run('* | count by user | fields user | save shared/users', lookups);
    await run('* | count by user | fields user | save append shared/users', lookups);
    expect(await rowsOf('shared/users', lookups)).toEqual([['bob'], ['bob'], ['cy'], ['cy']]);
  });

  it('copies a table', async () => {
    const lookups = await tables();
    await run('cat path://"t" | save shared/copy', lookups);
    expect(await rowsOf('shared/copy', lookups)).toEqual([
      ['ann', '1'],
      ['bob', '2'],
    ]);
  });
});
