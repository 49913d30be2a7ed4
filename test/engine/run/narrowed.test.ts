import { expect, test } from 'vitest';
import { execute } from '../../../src/engine/run/execute.ts';
import type { LookupTable } from '../../../src/engine/source.ts';
import { collectRows, memorySource, prepareQuery } from '../../../src/index.ts';
import { classicTable } from '../../../src/lookups/classic-table.ts';
import { type Indicator, threatTable } from '../../../src/lookups/threat-table.ts';

const indicator = (threat: string): Indicator => ({
  threat,
  type: 'ip_address',
  actor: null,
  threatlevel: 'high',
  raw: '{}',
  id: null,
  confidence: null,
  killChain: null,
  source: null,
  threatType: null,
  updated: null,
  validFrom: null,
  validUntil: null,
  imported: null,
});
const threats = threatTable('threats', ['a.example', '10.0.0.1'].map(indicator));
const networks = threatTable('threats', ['a.example', '10.0.0.0/8'].map(indicator));
const addresses = threatTable('threats', ['10.0.0.2', '10.0.0.1'].map(indicator));
const csv = classicTable('csv', {
  columns: ['threat', 'type'],
  rows: [
    ['5', 'ip_address'],
    ['Upper', 'ip_address'],
    ['true', 'ip_address'],
  ],
});

const KEYS = ['a.example', 'A.Example', '10.0.0.1', '10.0.0.2', '5', 'upper', 'Upper', 'true', ''];
const messages = KEYS.flatMap((key, at) =>
  Array.from({ length: at + 1 }, () => ({ raw: `k=${key}`, time: at, fields: new Map([['n', `${at}`]]) })),
);

async function run(query: string, table: LookupTable) {
  const { plan, diagnostics } = prepareQuery(query);
  if (plan === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const lookups = { open: async () => table, save: async () => {}, names: async () => [] };
  const running = await execute(plan, memorySource(messages), { lookups });
  const { names, rows } = await collectRows(running);
  const { stages } = running.statistics();
  return { names, rows, grouped: stages.find(({ name }) => name === 'count')?.rowsIn };
}

const query = (between: string, parse = '', condition = 'type != "x" and type = "ip_address"') =>
  `* | parse "k=*" as k ${parse} | count by n, k ${between} | lookup type from shared/t on threat=k | where ${condition}`;

test.each([
  ['texts, letter case aside', threats, '', 6],
  ['texts without letters', addresses, '', 7],
  ['texts and their letter case', csv, '', 26],
  ['numbers', csv, '| num(k) as k', undefined],
  ['booleans', csv, '| k = "5" as k', undefined],
  ['networks, of which none is told apart before', networks, '', messages.length],
])('groups only rows that a table knows: %s', async (_, table, parse, grouped) => {
  const narrow = await run(query('', parse), table);
  const whole = await run(query('| limit 1000', parse), table);
  expect(narrow.rows).toEqual(whole.rows);
  expect(narrow.rows.length).toBeGreaterThan(0);
  expect(whole.grouped).toBe(messages.length);
  if (grouped !== undefined) expect(narrow.grouped).toBe(grouped);
});

test.each(['isNull(type)', 'type != "x" or n = "1"', 'n = "1"'])(
  'groups all rows where some that a table does not know may pass: %s',
  async (condition) => {
    const narrow = await run(query('', '', condition), threats);
    const whole = await run(query('| limit 1000', '', condition), threats);
    expect(narrow.rows).toEqual(whole.rows);
    expect(narrow.grouped).toBe(messages.length);
  },
);
