import type { Name } from '../../grammar/ast.ts';
import { nameList } from '../../grammar/name-list.ts';
import { alias, choice, list, name, optional, path, sequence, symbol, word } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, findColumn, withColumns } from '../columns/batch.ts';
import { textOf } from '../columns/value.ts';
import { defineOperator, perBatch, QueryFailure, type StageContext } from '../define.ts';
import type { LookupTable } from '../source.ts';
import { cellsAt, columnPosition, missingColumn, openTable, passWarnings } from './open-table.ts';
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
  looksUpEachRow: true,
  live: true,
  async prepare({ table, pairs }, context) {
    const opened = await openTable(context.lookups, table.value);
    checkKeys(opened, pairs);
    return opened;
  },
  keyTexts({ pairs }, prepared) {
    const table = prepared as LookupTable;
    const [side, ...others] = pairs.flatMap((pair) => possibleSides(table, pair));
    if (side === undefined || others.length > 0 || table.findsByText !== true) return null;
    const position = columnPosition(table, side.column);
    const cells = [...(table.rows() ?? [])].map((row) => row[position] ?? null);
    const texts = cells.filter((cell) => cell !== null).map((cell) => textOf(cell).toLowerCase());
    return { field: side.field, texts: [...new Set(texts)] };
  },
  start: ({ columns, pairs }, context) =>
    startLookup(context.prepared as LookupTable, columns.some, pairs, context),
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

/** A pair with its sides told apart. */
interface Side {
  readonly field: string;
  readonly column: string;
}

/** The two readings of `a=b`: as documented, `field=column`, and the other way round, which is as common. */
function readings({ left, other }: Pair): readonly Side[] {
  if (other === null) return [{ field: left.text, column: left.text }];
  return [
    { field: left.text, column: other.right.text },
    { field: other.right.text, column: left.text },
  ];
}

/** The readings that the table allows: the column must be one of its own and, where it has a key, in the key. */
function possibleSides(table: LookupTable, pair: Pair): readonly Side[] {
  const possible = readings(pair).filter(({ column }) => columnPosition(table, column) >= 0);
  const keyed = possible.filter(({ column }) =>
    table.keys.some((key) => key.toLowerCase() === column.toLowerCase()),
  );
  return keyed.length > 0 ? keyed : possible;
}

/** The reading whose field the rows have; `on Decimal = protocol` when the table has both columns. */
function sideIn(batch: Batch, sides: readonly Side[]): Side {
  const [documented, reversed] = sides as readonly [Side, Side?];
  if (reversed === undefined) return documented;
  return !hasField(batch, documented.field) && hasField(batch, reversed.field) ? reversed : documented;
}

/** A source may give a field that it does not have as nulls. */
function hasField(batch: Batch, name: string): boolean {
  const column = findColumn(batch, name);
  return column !== null && !(column.kind === 'constant' && column.value === null);
}

function checkKeys(table: LookupTable, pairs: readonly Pair[]): void {
  for (const pair of pairs) {
    if (possibleSides(table, pair).length === 0) {
      throw missingColumn(table, pair.other?.right.text ?? pair.left.text);
    }
  }
  if (table.keys.length === 0) return;
  const columns = pairs.map((pair) => (possibleSides(table, pair)[0] as Side).column);
  const given = new Set(columns.map((column) => column.toLowerCase()));
  if (given.size === table.keys.length && table.keys.every((key) => given.has(key.toLowerCase()))) return;
  throw new QueryFailure(
    'data',
    `\`lookup\` must match \`${table.name}\` on its primary key ${nameList(table.keys)}, found ${nameList(columns)}`,
    'name every key column after `on`, and only those',
  );
}

/** What `*` stands for: every column but the keys, whose values the rows have already. */
function otherColumns(table: LookupTable, sides: readonly Side[]): readonly WantedColumn[] {
  const keys = new Set(sides.map(({ column }) => column.toLowerCase()));
  return table.columns
    .filter((column) => !keys.has(column.toLowerCase()))
    .map((column) => ({ column: { text: column }, as: null }));
}

/** The running join for one choice of sides. */
interface RunningJoin {
  readonly fields: readonly string[];
  readonly names: readonly string[];
  readonly join: TableJoin;
}

function newJoin(
  table: LookupTable,
  some: readonly WantedColumn[] | undefined,
  sides: readonly Side[],
  context: StageContext,
): RunningJoin {
  const wanted = some ?? otherColumns(table, sides);
  const keyColumns = sides.map(({ column }) => column);
  passWarnings(table, keyColumns, context);
  const positions = wanted.map(({ column }) => positionOf(table, column.text, context));
  return {
    fields: sides.map(({ field }) => field),
    names: wanted.map(({ column, as }) => as?.name.text ?? column.text),
    join: new TableJoin(wanted.length, (key) => cellsAt(table.find(keyColumns, key), positions)),
  };
}

function startLookup(
  table: LookupTable,
  some: readonly WantedColumn[] | undefined,
  pairs: readonly Pair[],
  context: StageContext,
) {
  const possible = pairs.map((pair) => possibleSides(table, pair));
  const joins = new Map<string, RunningJoin>();
  const joinFor = (batch: Batch): RunningJoin => {
    const sides = possible.map((each) => sideIn(batch, each));
    const key = JSON.stringify(sides.map(({ column }) => column));
    const running = joins.get(key) ?? newJoin(table, some, sides, context);
    joins.set(key, running);
    return running;
  };
  if (some !== undefined) for (const { column } of some) positionOf(table, column.text, context);
  return perBatch((batch) => {
    const { fields, names, join } = joinFor(batch);
    const keys = fields.map((field) => columnNamed(batch, field));
    return withColumns(batch, names, join.columns(keys, batch.length));
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
