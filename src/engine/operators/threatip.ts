import { field } from '../../grammar/syntax.ts';
import { columnNamed, withColumns } from '../columns/batch.ts';
import { defineOperator, perBatch } from '../define.ts';
import { ipVersion } from '../kernels/ip-version.ts';
import type { LookupTable } from '../source.ts';
import { cellsAt, columnPosition, openTable, passWarnings } from './open-table.ts';
import { TableJoin } from './table-join.ts';

const TABLE = 'sumo://threat/cs';
const COLUMNS = ['actor', 'malicious_confidence', 'raw_threat', 'type'] as const;

/** `threatip field`. */
export const threatip = defineOperator({
  name: 'threatip',
  summary: 'Adds what the threat feed knows of an IP address.',
  description: [
    'Adds `actor`, `malicious_confidence` (`high`, `medium`, `low` or `unverified`), `raw_threat` (JSON text) and `type`.',
    'An address that the feed does not know gives nulls; the row stays. Keep the hits with `where !isNull(malicious_confidence)`.',
    'The data is that of `lookup … from sumo://threat/cs`; add a feed with `weir lookups add sumo://threat/cs FILE`.',
  ].join(' '),
  syntax: { field: field() },
  reads: ({ field }) => [field.name],
  writes: () => COLUMNS,
  order: 'keeps',
  split: 'coordinator',
  looksUpEachRow: true,
  live: true,
  prepare: async (_, context) => await openTable(context.lookups, TABLE),
  start({ field }, context) {
    const table = context.prepared as LookupTable;
    passWarnings(table, ['threat'], context);
    const positions = COLUMNS.map((column) => columnPosition(table, column));
    const join = new TableJoin(COLUMNS.length, ([ip]) => {
      const row = typeof ip === 'string' && ipVersion(ip) > 0 ? table.find(['threat'], [ip]) : null;
      return cellsAt(row, positions);
    });
    return perBatch((batch) =>
      withColumns(batch, COLUMNS, join.columns([columnNamed(batch, field.name)], batch.length)),
    );
  },
  examples: [
    {
      query: '* | parse "ip=*" as ip | threatip ip | count by ip, malicious_confidence',
      input: 'ip=10.0.0.1',
      expect: 'ip,malicious_confidence,_count\n10.0.0.1,,1',
    },
  ],
});
