import type { Value } from '../engine/columns/value.ts';
import type { LookupTable } from '../engine/source.ts';
import { nameList } from '../grammar/name-list.ts';
import type { CsvFile } from './csv.ts';
import { LookupError } from './lookup-error.ts';
import { indexRows } from './row-index.ts';
import { checkSchema, fitValue, readCell, TABLE_LIMITS, type TableSchema } from './table-schema.ts';

/** A row and when it was last written, epoch ms. */
export interface StoredRow {
  readonly written: number;
  readonly cells: readonly Value[];
}

/** A `path://` table as it is stored. At most one row per primary key. */
export interface StoredTable {
  readonly schema: TableSchema;
  readonly rows: readonly StoredRow[];
}

/** What became of rows that were offered to a table. */
export interface WriteReceipt {
  readonly table: StoredTable;
  readonly written: number;
  /** Rows with a cell that does not fit its column, or a key or row that is too long. */
  readonly rejected: number;
}

/** An empty table. Throws a LookupError when the schema is not right. */
export function newTable(schema: TableSchema): StoredTable {
  checkSchema(schema);
  return { schema, rows: [] };
}

/** The table with the rows of a CSV file: merged by primary key, or instead of what was there. */
export function importCsv(
  table: StoredTable,
  file: CsvFile,
  mode: 'merge' | 'replace',
  now: number,
): WriteReceipt {
  const positions = columnPositions(table.schema, file.columns);
  const rows: StoredRow[] = [];
  for (const row of file.rows) {
    const cells = table.schema.columns.map(({ type }, column) =>
      readCell(row[positions[column]!] ?? null, type),
    );
    if (cells.every((cell) => cell !== undefined) && fits(table.schema, cells))
      rows.push({ written: now, cells });
  }
  return {
    table: writeRows(table, rows, mode, now),
    written: rows.length,
    rejected: file.rows.length - rows.length,
  };
}

/** The table with rows of a query: `merge` for `save append`. Throws a LookupError when a column or a type does not fit. */
export function saveRows(
  table: StoredTable,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  mode: 'merge' | 'replace',
  now: number,
): StoredTable {
  const positions = columnPositions(table.schema, columns);
  const stored = rows.map((row) => {
    const cells = table.schema.columns.map(({ name, type }, column) => {
      const value = row[positions[column]!] ?? null;
      const fitting = fitValue(value, type);
      if (fitting === undefined) {
        throw new LookupError(
          `column \`${name}\` holds ${type} values, found \`${value}\``,
          'convert the field before `save`',
        );
      }
      return fitting;
    });
    if (!fits(table.schema, cells)) {
      throw new LookupError('a row is too long or its key is empty or longer than 1024 bytes');
    }
    return { written: now, cells };
  });
  return writeRows(table, stored, mode, now);
}

function columnPositions(schema: TableSchema, columns: readonly string[]): number[] {
  return schema.columns.map(({ name }) => {
    const position = columns.findIndex((column) => column.trim().toLowerCase() === name.toLowerCase());
    if (position < 0) {
      throw new LookupError(`column \`${name}\` of the table is missing`, `found ${nameList(columns)}`);
    }
    return position;
  });
}

function keyText(schema: TableSchema, cells: readonly Value[]): string | null {
  const parts = schema.primaryKey.map((key) => {
    const position = schema.columns.findIndex(({ name }) => name.toLowerCase() === key.toLowerCase());
    return cells[position] ?? null;
  });
  return parts.includes(null) ? null : JSON.stringify(parts.map((part) => String(part).toLowerCase()));
}

function fits(schema: TableSchema, cells: readonly Value[]): boolean {
  const key = keyText(schema, cells);
  return key !== null && Buffer.byteLength(key) <= TABLE_LIMITS.key && rowSize(cells) <= TABLE_LIMITS.row;
}

function rowSize(cells: readonly Value[]): number {
  return cells.reduce<number>(
    (size, cell) => size + (cell === null ? 0 : Buffer.byteLength(String(cell))) + 1,
    0,
  );
}

function writeRows(
  table: StoredTable,
  rows: readonly StoredRow[],
  mode: 'merge' | 'replace',
  now: number,
): StoredTable {
  const byKey = new Map<string, StoredRow>();
  const kept = mode === 'merge' ? liveRows(table, now) : [];
  for (const row of [...kept, ...rows]) {
    const key = keyText(table.schema, row.cells);
    if (key === null) continue;
    byKey.delete(key);
    byKey.set(key, row);
  }
  return { schema: table.schema, rows: withinLimit(table.schema, [...byKey.values()]) };
}

/** Keeps a table below its size limit: rows are in order of writing, oldest first. */
function withinLimit(schema: TableSchema, rows: readonly StoredRow[]): readonly StoredRow[] {
  const sizes = rows.map(({ cells }) => rowSize(cells));
  let size = sizes.reduce((sum, each) => sum + each, 0);
  if (size <= TABLE_LIMITS.table) return rows;
  if (schema.whenFull === 'stop') {
    throw new LookupError(`the table would have ${size} bytes, more than the limit of ${TABLE_LIMITS.table}`);
  }
  let dropped = 0;
  while (size > TABLE_LIMITS.table) size -= sizes[dropped++]!;
  return rows.slice(dropped);
}

/** The rows that have not outlived the table's TTL. */
export function liveRows({ schema, rows }: StoredTable, now: number): readonly StoredRow[] {
  const { ttlSeconds } = schema;
  return ttlSeconds === null ? rows : rows.filter(({ written }) => now - written < ttlSeconds * 1000);
}

/** The table for a query: keys in any letter case, types kept apart (`"1"` is not `1`). */
export function pathTable(name: string, stored: StoredTable, now: number): LookupTable {
  const columns = stored.schema.columns.map((column) => column.name);
  const rows = liveRows(stored, now).map(({ cells }) => cells);
  const index = indexRows(columns, rows, 'case-insensitive', true);
  return {
    name,
    columns,
    keys: stored.schema.primaryKey,
    match: 'case-insensitive',
    find(keyColumns, key) {
      const row = index.find(keyColumns, key).at(-1);
      return row === undefined ? null : rows[row]!;
    },
    findAll: (keyColumns, key) => index.find(keyColumns, key).map((row) => rows[row]!),
    rows: () => rows,
  };
}

/** The stored form: a line of JSON for the schema, then one for each row. */
export function tableText({ schema, rows }: StoredTable): string {
  return [schema, ...rows.map(({ written, cells }) => [written, ...cells])]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

/** Reads what `tableText` wrote. */
export function readTable(text: string): StoredTable {
  const [schema = '{}', ...lines] = text.trimEnd().split('\n');
  return {
    schema: JSON.parse(schema) as TableSchema,
    rows: lines.map((line) => {
      const [written, ...cells] = JSON.parse(line) as [number, ...Value[]];
      return { written, cells };
    }),
  };
}
