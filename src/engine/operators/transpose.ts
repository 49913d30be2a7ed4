import { choice, field, list, name, optional, sequence, symbol, word } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, newBatch, Schema } from '../columns/batch.ts';
import {
  type Column,
  columnOf,
  columnType,
  constantColumn,
  selectColumn,
  textAt,
  valueAt,
} from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { defineOperator, type StageContext, wholeTable } from '../define.ts';
import { compareText } from '../kernels/bytes.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { groupsOf } from './running.ts';

/** More columns than this are left out. */
const MOST_COLUMNS = 300;

/** `transpose row r1 column c1 [as a, b, *]`. */
export const transpose = defineOperator({
  name: 'transpose',
  summary: 'Turns the values of a field into columns.',
  description:
    'Gives one row per combination of the row fields and one column per value of the column field; a cell holds ' +
    'the aggregate result of that row and column, or null where there is none. Several column fields are joined ' +
    'with a space; a null becomes the column `null`. With several results the first is used; if a cell comes ' +
    `twice, the last one wins. Columns are in alphabetical order, at most ${MOST_COLUMNS} of them.\n\n` +
    '`as a, b` gives exactly these columns in this order, null where there is no such value; `as a, b, *` gives ' +
    'them first and then the others. Only columns named there can be read by later stages; put odd names in ' +
    '`%"200"`. Rows are in the order of their first appearance.',
  syntax: {
    row: word('row'),
    rows: list(field()),
    column: word('column'),
    columns: list(field()),
    as: optional(sequence({ as: word('as'), names: list(choice({ others: symbol('*'), name: name() })) })),
  },
  reads: () => 'all',
  writes: () => 'all',
  fields: 'replaces',
  order: 'makes',
  split: 'coordinator',
  stands: 'aggregate',
  changesRowCount: true,
  start({ rows, columns, as }, context) {
    const named = as?.names.flatMap(({ name }) => (name === undefined ? [] : [name.text])) ?? [];
    const others = as === null || as.names.some((output) => output.others === true);
    return wholeTable((table) =>
      transposed(
        table,
        rows.map((row) => row.name),
        columns.map((column) => column.name),
        { named, others },
        context,
      ),
    );
  },
  examples: [
    {
      query: '* | parse "t=* s=*" as t, s | count by t, s | transpose row t column s | sort by t asc',
      input: 't=m1 s=down\nt=m1 s=up\nt=m2 s=down\nt=m1 s=down',
      expect: 't,down,up\nm1,2,1\nm2,1,',
    },
  ],
});

interface Outputs {
  readonly named: readonly string[];
  /** Whether columns that are not named follow. */
  readonly others: boolean;
}

function transposed(
  table: Batch,
  rowNames: readonly string[],
  columnNames: readonly string[],
  outputs: Outputs,
  context: StageContext,
): Batch {
  const groups = new GroupTable(rowNames.length);
  const groupOf = groupsOf(table, rowNames, groups);
  const count = table.length === 0 ? 0 : groups.count;
  const measure = measureOf(table, [...rowNames, ...columnNames], context);
  const labels = labelsOf(table, columnNames);
  const shown = columnsToShow(new Set(labels.texts), outputs, context);
  const cells = cellsOf(labels, shown, groupOf, count, measure);
  const type = columnType(measure);
  const dynamic = cells.map((values) =>
    values === null ? constantColumn(null, count) : columnOf(values, type === 'double' ? type : undefined),
  );
  const firstRows = firstRowOfGroups(groupOf, table.length, count);
  const keys = rowNames.map((name) => selectColumn(columnNamed(table, name), firstRows));
  return newBatch(
    new Schema([...rowNames.map((name) => spelling(table, name)), ...shown]),
    [...keys, ...dynamic],
    count,
  );
}

function spelling(table: Batch, name: string): string {
  const position = table.schema.find(name);
  return position < 0 ? name : table.schema.names[position]!;
}

/** The column of the cells: the first that is neither row, column nor group key. */
function measureOf(table: Batch, used: readonly string[], context: StageContext): Column {
  const positions = new Set(used.map((name) => table.schema.find(name)));
  const keys = new Set(context.groupedBy.map((name) => table.schema.find(name)));
  const free = table.schema.names
    .map((_, position) => position)
    .filter((position) => !positions.has(position));
  const position = free.find((candidate) => !keys.has(candidate)) ?? free[0];
  return position === undefined ? constantColumn(null, table.length) : table.columns[position]!;
}

/** The names that rows give to dynamic columns: each row's number, and the text by number. */
interface Labels {
  readonly ofRow: Uint32Array;
  readonly texts: readonly string[];
}

function labelsOf(table: Batch, columnNames: readonly string[]): Labels {
  const groups = new GroupTable(columnNames.length);
  const ofRow = groupsOf(table, columnNames, groups);
  if (table.length === 0) return { ofRow, texts: [] };
  const columns = groups.columns();
  const texts = Array.from({ length: groups.count }, (_, label) =>
    columns.map((column) => textAt(column, label) ?? 'null').join(' '),
  );
  return { ofRow, texts };
}

/** The values of each column shown, by output row; null for a column without any. */
function cellsOf(
  { ofRow, texts }: Labels,
  shown: readonly string[],
  groupOf: Uint32Array,
  count: number,
  measure: Column,
): (Value[] | null)[] {
  const positions = new Map(shown.map((name, position) => [name, position]));
  const positionOf = Int32Array.from(texts, (text) => positions.get(text) ?? -1);
  const cells: (Value[] | null)[] = shown.map(() => null);
  for (const position of positionOf)
    if (position >= 0) cells[position] ??= new Array<Value>(count).fill(null);
  for (let row = 0; row < measure.length; row++) {
    const values = cells[positionOf[ofRow[row]!]!] ?? null;
    if (values !== null) values[groupOf[row]!] = valueAt(measure, row);
  }
  return cells;
}

function columnsToShow(
  found: ReadonlySet<string>,
  { named, others }: Outputs,
  context: StageContext,
): string[] {
  if (!others) return [...named];
  const first = new Set(named);
  const rest = [...found].filter((column) => !first.has(column)).sort(compareText);
  const room = Math.max(0, MOST_COLUMNS - named.length);
  if (rest.length > room) {
    context.warn(`\`transpose\` shows ${MOST_COLUMNS} of ${named.length + rest.length} columns`);
  }
  return [...named, ...rest.slice(0, room)];
}

function firstRowOfGroups(groupOf: Uint32Array, length: number, count: number): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = length - 1; row >= 0; row--) rows[groupOf[row]!] = row;
  return rows;
}
