import { nameList } from '../../grammar/name-list.ts';
import { field, flag, list, setting, text } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, selectRows, withColumn, withColumns } from '../columns/batch.ts';
import { type Column, columnOf, flatten, textAt } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { defineOperator, perBatch, QueryFailure } from '../define.ts';
import type { LookupTable } from '../source.ts';
import { columnPosition, passWarnings } from './open-table.ts';

const COLUMNS = [
  'actors',
  'confidence',
  'fields',
  'id',
  'imported',
  'indicator',
  'kill_chain',
  'source',
  'threat_type',
  'type',
  'updated',
  'valid_from',
  'valid_until',
] as const;

const PREFIX = '_threatlookup.';
const MATCHES = `${PREFIX}num_matches`;
const NAMES = COLUMNS.map((column) => PREFIX + column);

/** An indicator that matched: its cells in the order of COLUMNS. */
type Hit = readonly Value[];

/** `threatlookup [singleIndicator] [source="name"] field, …`. */
export const threatlookup = defineOperator({
  name: 'threatlookup',
  summary: 'Adds the threat indicators that match fields, one row per indicator.',
  description: [
    `Adds ${nameList(NAMES)}.`,
    'A row that matches several indicators comes once for each; a row without a match stays, with nulls. With `singleIndicator`',
    'only the most recent of the most confident ones is kept, and `_threatlookup.num_matches` counts them all.',
    '`source="name"` looks only at indicators of that source. All threat tables (`sumo://threat/…`) are searched. Times are epoch seconds.',
  ].join(' '),
  syntax: {
    single: flag('singleIndicator'),
    source: setting('source', text()),
    fields: list(field()),
  },
  reads: ({ fields }) => fields.map(({ name }) => name),
  writes: ({ single }) => [...NAMES, ...(single ? [MATCHES] : [])],
  order: 'keeps',
  copiesRows: ({ single }) => !single,
  split: 'coordinator',
  looksUpEachRow: true,
  changesRowCount: true,
  live: true,
  async prepare(_, { lookups }) {
    const names = (await lookups.names()).filter((name) => name.startsWith('sumo://threat/'));
    const tables = await Promise.all(names.map(async (name) => await lookups.open(name)));
    const found = tables.filter((table) => table !== null);
    if (found.length > 0) return found;
    throw new QueryFailure(
      'data',
      'there is no threat table',
      'add a feed with `weir lookups add sumo://threat/cs FILE`',
    );
  },
  start({ single, source, fields }, context) {
    const tables = context.prepared as readonly LookupTable[];
    for (const table of tables) passWarnings(table, ['indicator'], context);
    const known = new Map<string, readonly Hit[]>();
    const hitsOf = (key: string): readonly Hit[] => {
      let hits = known.get(key);
      if (hits === undefined) {
        hits = findHits(tables, key, source?.value ?? null);
        known.set(key, hits);
      }
      return hits;
    };
    return perBatch((batch) => {
      const keys = fields.map(({ name }) => flatten(columnNamed(batch, name)));
      const perRow = Array.from({ length: batch.length }, (_, row) => hitsOfRow(keys, row, hitsOf));
      return single ? withBestHits(batch, perRow) : withAllHits(batch, perRow);
    });
  },
  examples: [
    {
      query:
        '* | parse "ip=*" as ip | threatlookup singleIndicator ip | count by ip, _threatlookup.confidence',
      input: 'ip=10.0.0.1',
      expect: 'ip,_threatlookup.confidence,_count\n10.0.0.1,,1',
    },
  ],
});

function findHits(tables: readonly LookupTable[], key: string, source: string | null): readonly Hit[] {
  return tables.flatMap((table) => {
    const positions = COLUMNS.map((column) => columnPosition(table, column));
    const hits = table.findAll(['indicator'], [key]).map((row) => positions.map((at) => row[at] ?? null));
    return source === null ? hits : hits.filter((hit) => isFrom(hit, table, source.toLowerCase()));
  });
}

/** A source is named as the feed calls itself, or as the last part of the table's name. */
function isFrom(hit: Hit, table: LookupTable, source: string): boolean {
  const own = hit[COLUMNS.indexOf('source')];
  return (
    (typeof own === 'string' && own.toLowerCase() === source) ||
    table.name.toLowerCase().endsWith(`/${source}`)
  );
}

function hitsOfRow(
  keys: readonly Column[],
  row: number,
  hitsOf: (key: string) => readonly Hit[],
): readonly Hit[] {
  const hits = keys.flatMap((key) => {
    const text = textAt(key, row);
    return text === null ? [] : hitsOf(text);
  });
  return keys.length > 1 ? [...new Set(hits)] : hits;
}

function withBestHits(batch: Batch, perRow: readonly (readonly Hit[])[]): Batch {
  const counts = perRow.map((hits) => (hits.length === 0 ? null : hits.length));
  const wider = withHits(batch, perRow.map(bestOf));
  return withColumn(wider, MATCHES, columnOf(counts, 'long'));
}

/** The hit with the highest confidence; of equal ones the one updated last. */
function bestOf(hits: readonly Hit[]): Hit | null {
  const rank = (hit: Hit, column: (typeof COLUMNS)[number]) => Number(hit[COLUMNS.indexOf(column)] ?? -1);
  let best: Hit | null = null;
  for (const hit of hits) {
    if (best === null) best = hit;
    else {
      const byConfidence = rank(hit, 'confidence') - rank(best, 'confidence');
      if (byConfidence > 0 || (byConfidence === 0 && rank(hit, 'updated') > rank(best, 'updated')))
        best = hit;
    }
  }
  return best;
}

function withAllHits(batch: Batch, perRow: readonly (readonly Hit[])[]): Batch {
  const rows: number[] = [];
  const hits: (Hit | null)[] = [];
  perRow.forEach((found, row) => {
    for (const hit of found.length === 0 ? [null] : found) {
      rows.push(row);
      hits.push(hit);
    }
  });
  const same = rows.length === batch.length;
  return withHits(same ? batch : selectRows(batch, Uint32Array.from(rows)), hits);
}

function withHits(batch: Batch, hits: readonly (Hit | null)[]): Batch {
  return withColumns(
    batch,
    NAMES,
    COLUMNS.map((_, at) => columnOf(hits.map((hit) => hit?.[at] ?? null))),
  );
}
