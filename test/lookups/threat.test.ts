import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/lookups/bundled-file.ts';
import { memoryDocuments } from '../../src/lookups/document-store.ts';
import { createLookups } from '../../src/lookups/lookups.ts';
import { readThreatFeed } from '../../src/lookups/threat-feed.ts';
import { threatTable } from '../../src/lookups/threat-table.ts';

const cell = (table: { columns: readonly string[] }, row: readonly unknown[] | null, name: string) =>
  row?.[table.columns.indexOf(name)];

test('the demo feed reads, says that it is a demo, and is matched by address', () => {
  const text = readFileSync(join(packageRoot(), 'queries/vpc-flow-logs/lookups/threat-demo.csv'), 'utf8');
  const indicators = readThreatFeed(text, 'threat-demo.csv', 0);
  expect(indicators.length).toBeGreaterThan(10);
  for (const { raw, actor, type } of indicators) {
    expect(JSON.parse(raw)).toMatchObject({
      demo: true,
      labels: expect.arrayContaining([{ name: 'Demo/NotAThreat' }]),
    });
    expect(actor).toMatch(/^DEMO/);
    expect(type).toBe('ip_address');
  }
  const table = threatTable('sumo://threat/cs', indicators);
  const row = table.find(['threat'], ['84.205.80.9']);
  expect(cell(table, row, 'threatlevel')).toBe('high');
  expect(cell(table, row, 'updated')).toBe(1759276800);
  expect(table.find(['threat'], ['84.205.80.10'])).toBeNull();
});

test('a plain list is a feed: type, raw and level are filled in', () => {
  const indicators = readThreatFeed(
    'ip,confidence,last_updated\n198.51.100.7,90,2026-01-02T00:00:00Z\nEVIL.example,40,\nhttp://x.example/a,,\n',
    'list.csv',
    5000,
  );
  expect(
    indicators.map(({ type, threatlevel, updated, imported }) => [type, threatlevel, updated, imported]),
  ).toEqual([
    ['ip_address', 'high', 1767312000, 5],
    ['domain', 'medium', null, 5],
    ['url', 'unverified', null, 5],
  ]);
  const table = threatTable('sumo://threat/cs', indicators);
  expect(cell(table, table.find(['threat'], ['evil.EXAMPLE']), 'threat')).toBe('EVIL.example');
  expect(JSON.parse(indicators[0]!.raw)).toMatchObject({
    malicious_confidence: 'high',
    malware_families: [],
  });
});

const BUNDLE = {
  type: 'bundle',
  id: 'bundle--1',
  objects: [
    { type: 'identity', id: 'identity--1', name: 'Example Research' },
    { type: 'malware', id: 'malware--1', name: 'Sample' },
    { type: 'intrusion-set', id: 'intrusion-set--1', name: 'Example Group' },
    {
      type: 'indicator',
      id: 'indicator--1',
      created_by_ref: 'identity--1',
      pattern_type: 'stix',
      pattern: "[ipv4-addr:value = '198.51.100.1' OR ipv4-addr:value IN ('198.51.100.2', '198.51.100.3')]",
      created: '2026-01-01T00:00:00Z',
      modified: '2026-02-01T00:00:00Z',
      valid_from: '2026-01-01T00:00:00Z',
      confidence: 85,
      indicator_types: ['malicious-activity'],
      kill_chain_phases: [{ kill_chain_name: 'x', phase_name: 'reconnaissance' }],
    },
    {
      type: 'indicator',
      id: 'indicator--2',
      pattern: "[ipv4-addr:value ISSUBSET '203.0.113.0/24']",
      confidence: 20,
    },
    {
      type: 'indicator',
      id: 'indicator--3',
      pattern: "[domain-name:value = 'a.example' AND url:value = 'b']",
    },
    { type: 'indicator', id: 'indicator--4', pattern: "[ipv4-addr:value = '198.51.100.9']", revoked: true },
    { type: 'indicator', id: 'indicator--5', pattern: "[file:hashes.'SHA-256' = 'AB']" },
    { type: 'indicator', id: 'indicator--6', pattern: 'alert tcp', pattern_type: 'snort' },
    {
      type: 'relationship',
      id: 'r--1',
      relationship_type: 'indicates',
      source_ref: 'indicator--1',
      target_ref: 'malware--1',
    },
    {
      type: 'relationship',
      id: 'r--2',
      relationship_type: 'indicates',
      source_ref: 'indicator--1',
      target_ref: 'intrusion-set--1',
    },
  ],
};

test('a STIX bundle gives one indicator per value, with what it is related to', () => {
  const indicators = readThreatFeed(JSON.stringify(BUNDLE), 'feed.json', 0);
  expect(indicators.map(({ threat, type, threatlevel }) => [threat, type, threatlevel])).toEqual([
    ['198.51.100.1', 'ip_address', 'high'],
    ['198.51.100.2', 'ip_address', 'high'],
    ['198.51.100.3', 'ip_address', 'high'],
    ['203.0.113.0/24', 'ip_address', 'low'],
    ['AB', 'hash_sha256', 'unverified'],
  ]);
  expect(indicators[0]).toMatchObject({
    actor: 'Example Group',
    source: 'Example Research',
    updated: 1769904000,
  });
  expect(JSON.parse(indicators[0]!.raw)).toMatchObject({
    malware_families: ['Sample'],
    labels: [{ name: 'malicious-activity' }, { name: 'KillChain/reconnaissance' }],
    last_updated: 1769904000,
  });
});

test('an indicator that is a network matches the addresses in it', () => {
  const table = threatTable('sumo://threat/cs', readThreatFeed(JSON.stringify(BUNDLE), 'feed.json', 0));
  expect(cell(table, table.find(['threat'], ['203.0.113.77']), 'id')).toBe('indicator--2');
  expect(table.find(['threat'], ['203.0.114.77'])).toBeNull();
});

test('several indicators for one address: all of them, the newest last', () => {
  const table = threatTable(
    'sumo://threat/cs',
    readThreatFeed('threat,source,updated\n192.0.2.1,b,200\n192.0.2.1,a,100\n', 'f.csv', 0),
  );
  expect(table.findAll(['threat'], ['192.0.2.1']).map((row) => cell(table, row, 'source'))).toEqual([
    'a',
    'b',
  ]);
  expect(cell(table, table.find(['threat'], ['192.0.2.1']), 'source')).toBe('b');
});

test('without a feed every address is a miss, and a warning says so', async () => {
  const table = await createLookups(memoryDocuments()).open('sumo://threat/cs');
  expect(table?.find(['threat'], ['192.0.2.1'])).toBeNull();
  expect(table?.warnings?.(['threat'])[0]).toContain('has no feed');
});

test('what is neither CSV with a key column nor STIX is refused', () => {
  expect(() => readThreatFeed('{"a":1}', 'x.json', 0)).toThrow('is JSON but not a STIX bundle');
  expect(() => readThreatFeed('{', 'x.json', 0)).toThrow('is not valid JSON');
  expect(() => readThreatFeed('a,b\n1,2\n', 'x.csv', 0)).toThrow('has no `threat` column');
});
