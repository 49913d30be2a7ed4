import type { Name } from '../../grammar/ast.ts';
import { alias, choice, list, name, optional, path, sequence, symbol, word } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, withColumn } from '../columns/batch.ts';
import type { Value } from '../columns/value.ts';
import { defineOperator, perBatch, QueryFailure, type StageContext } from '../define.ts';
import type { LookupTable } from '../source.ts';
import { columnPosition, missingColumn, openTable } from './open-table.ts';
import { TableJoin } from './table-join.ts';

/** `lookup columns from table on field=column`. */
export const lookup = defineOperator({
  name: 'lookup',
  summary: 'Adds columns of a lookup table to the rows whose key it holds.',
  description: [
    'Tables are `path://"…"`, `geo://location`, `asn://default`, `sumo://threat/cs`, a CSV file by the https address it was added',
    'under, or a saved file such as `shared/folder/file`. `on field=column` names a field of the rows and a column of the table, in',
    'either order; `on field` alone means a column of the same name. Several pairs are joined by commas or `and`. `*` takes all columns.',
    '',
    'Rows without a match stay and get nulls. A column that exists is overwritten.',
    'A `path://` table is matched by all its key columns, in any letter case, and a text never matches a number: cast first.',
    'CSV and saved files match on any columns, letter case included, and of several rows with one key the last is used.',
    'Addresses without a location give nulls.',
  ].join('\n'),
  syntax: {
    columns: choice({
      all: symbol('*'),
      some: list(sequence({ column: name(), as: alias() })),
    }),
    from: word('from'),
    table: path(),
    on: word('on'),
    pairs: list(
      sequence({
        left: name(),
        other: optional(sequence({ equals: symbol('='), right: name() })),
      }),
      { separator: 'and' },
    ),
  },
  reads: ({ pairs }) => pairs.flatMap(sidesOf),
  writes: ({ columns }) => columns.some?.map(({ column, as }) => as?.name.text ?? column.text) ?? 'all',
  order: 'keeps',
  split: 'coordinator',
  live: true,
  async prepare({ table, pairs }, context) {
    const opened = await openTable(context.lookups, table.value);
    checkKeys(
      opened,
      pairs.map((pair) => tableSide(opened, pair)),
    );
    return opened;
  },
  start: ({ columns, pairs }, context) => {
    const table = context.prepared as LookupTable;
    const wanted = columns.some ?? otherColumns(table, pairs);
    return startLookup(table, wanted, pairs, context);
  },
  examples: [
    {
      query:
        '* | parse "proto=*" as Protocol | lookup Keyword from https://example.com/protocol-numbers.csv on Decimal=Protocol | count by Protocol, Keyword | sort by Protocol asc',
      input: 'proto=6\nproto=17\nproto=999',
      expect: 'Protocol,Keyword,_count\n17,UDP,1\n6,TCP,1\n999,,1',
    },
  ],
});

interface Pair {
  readonly left: Name;
  readonly other: { readonly right: Name } | null;
}

interface WantedColumn {
  readonly column: { readonly text: string };
  readonly as: { readonly name: { readonly text: string } } | null;
}

function sidesOf({ left, other }: Pair): readonly string[] {
  return other === null ? [left.text] : [left.text, other.right.text];
}

/**
 * Which side of `a=b` is the table's column. Both orders are in use; where both names are columns, the
 * one in the primary key, else the right one, as documented (`on event=column`).
 */
function isLeftOfTable(table: LookupTable, { left, other }: Pair): boolean {
  if (other === null) return true;
  const leftIs = columnPosition(table, left.text) >= 0;
  const rightIs = columnPosition(table, other.right.text) >= 0;
  if (leftIs !== rightIs) return leftIs;
  const isKey = (name: string) => table.keys.some((key) => key.toLowerCase() === name.toLowerCase());
  return isKey(left.text) && !isKey(other.right.text);
}

function tableSide(table: LookupTable, pair: Pair): string {
  return pair.other === null || isLeftOfTable(table, pair) ? pair.left.text : pair.other.right.text;
}

function fieldSide(table: LookupTable, pair: Pair): string {
  return pair.other !== null && isLeftOfTable(table, pair) ? pair.other.right.text : pair.left.text;
}

function checkKeys(table: LookupTable, columns: readonly string[]): void {
  const missing = columns.find((column) => columnPosition(table, column) < 0);
  if (missing !== undefined) throw missingColumn(table, missing);
  if (table.keys.length === 0) return;
  const given = new Set(columns.map((column) => column.toLowerCase()));
  if (given.size === table.keys.length && table.keys.every((key) => given.has(key.toLowerCase()))) return;
  throw new QueryFailure(
    'data',
    `\`lookup\` must match \`${table.name}\` on its primary key ${table.keys.map((key) => `\`${key}\``).join(', ')}, found ${columns.map((column) => `\`${column}\``).join(', ')}`,
    'name every key column after `on`, and only those',
  );
}

/** What `*` stands for: every column but the keys, whose values the rows have already. */
function otherColumns(table: LookupTable, pairs: readonly Pair[]): readonly WantedColumn[] {
  const keys = new Set(pairs.map((pair) => tableSide(table, pair).toLowerCase()));
  return table.columns
    .filter((column) => !keys.has(column.toLowerCase()))
    .map((column) => ({ column: { text: column }, as: null }));
}

function startLookup(
  table: LookupTable,
  wanted: readonly WantedColumn[],
  pairs: readonly Pair[],
  context: StageContext,
) {
  const keyColumns = pairs.map((pair) => tableSide(table, pair));
  const fields = pairs.map((pair) => fieldSide(table, pair));
  const names = wanted.map(({ column, as }) => as?.name.text ?? column.text);
  const positions = wanted.map(({ column }) => positionOf(table, column.text, context));
  for (const warning of table.warnings?.(keyColumns) ?? []) context.warn(warning);
  const join = new TableJoin(names.length, (key) => cellsOf(table.find(keyColumns, key), positions));
  return perBatch((batch) => {
    const keys = fields.map((field) => columnNamed(batch, field));
    const columns = join.columns(join.matches(keys, batch.length));
    return columns.reduce<Batch>(
      (wider, column, index) => withColumn(wider, names[index] as string, column),
      batch,
    );
  });
}

/** Data about addresses knows more or less by its origin, so a column that is not there is null; a table is exact. */
function positionOf(table: LookupTable, column: string, context: StageContext): number {
  const position = columnPosition(table, column);
  if (position >= 0) return position;
  if (table.match !== 'ip') throw missingColumn(table, column);
  context.warn(`\`${table.name}\` has no column \`${column}\`: it is null`);
  return -1;
}

function cellsOf(row: readonly Value[] | null, positions: readonly number[]): readonly Value[] | null {
  return row === null ? null : positions.map((position) => row[position] ?? null);
}
