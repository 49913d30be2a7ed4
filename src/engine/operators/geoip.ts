import { error } from '../../grammar/diagnostics.ts';
import { nameList } from '../../grammar/name-list.ts';
import { field, list, name, optional, sequence, symbol } from '../../grammar/syntax.ts';
import { columnNamed, withColumns } from '../columns/batch.ts';
import { defineOperator, perBatch, type StageContext } from '../define.ts';
import type { LookupTable } from '../source.ts';
import { cellsAt, columnPosition, openTable, passWarnings } from './open-table.ts';
import { TableJoin } from './table-join.ts';

const TABLE = 'geo://location';
const ALWAYS = ['latitude', 'longitude', 'country_code', 'country_name', 'city', 'state'] as const;
const OPTIONAL = [
  'region',
  'continent',
  'postal_code',
  'connection_type',
  'country_cf',
  'state_cf',
  'city_cf',
] as const;

/** `geoip field [options]`. */
export const geoip = defineOperator({
  name: 'geoip',
  summary: 'Adds the location of an IP address.',
  description: [
    `Always adds ${nameList(ALWAYS)}; on request, or when a later stage reads them,`,
    `${nameList(OPTIONAL)}. An address without a known location, and text that is no address,`,
    'give nulls; the row stays. The data is that of `lookup … from geo://location`.',
  ].join(' '),
  syntax: {
    field: field(),
    options: optional(
      sequence({ comma: optional(symbol(',')), names: list(name(), { separator: 'optional-comma' }) }),
    ),
  },
  reads: ({ field }) => [field.name],
  writes: () => [...ALWAYS, ...OPTIONAL],
  order: 'keeps',
  split: 'coordinator',
  looksUpEachRow: true,
  live: true,
  check: ({ options }) =>
    (options?.names ?? [])
      .filter(({ text }) => !isColumn(text))
      .map(({ text, span }) =>
        error('bad-value', span, `\`geoip\` has no option \`${text}\``, {
          help: `options are ${nameList(OPTIONAL)}`,
        }),
      ),
  prepare: async (_, context) => await openTable(context.lookups, TABLE),
  start({ field, options }, context) {
    const table = context.prepared as LookupTable;
    passWarnings(table, ['ip'], context);
    const listed = (options?.names ?? []).map(({ text }) => text.toLowerCase());
    const names = columnsFor(listed, context);
    const positions = names.map((column) => columnPosition(table, column));
    const join = new TableJoin(names.length, (key) => cellsAt(table.find(['ip'], key), positions));
    return perBatch((batch) =>
      withColumns(batch, names, join.columns([columnNamed(batch, field.name)], batch.length)),
    );
  },
  examples: [
    {
      query: '* | parse "ip=*" as ip | geoip ip | count by ip, country_code | sort by ip asc',
      input: 'ip=10.0.0.1\nip=not an address',
      expect: 'ip,country_code,_count\n10.0.0.1,,1\nnot an address,,1',
    },
  ],
});

function isColumn(text: string): boolean {
  return [...ALWAYS, ...OPTIONAL].some((column) => column === text.toLowerCase());
}

/** A name that no query can have: when even that is needed, the result shows whatever there is. */
const NOBODY_READS = '\u0000';

function columnsFor(listed: readonly string[], context: StageContext): readonly string[] {
  const showsAll = context.needed(NOBODY_READS);
  const more = OPTIONAL.filter((column) => listed.includes(column) || (!showsAll && context.needed(column)));
  return [...ALWAYS, ...more];
}
