import { nameList } from '../../grammar/name-list.ts';
import type { Value } from '../columns/value.ts';
import { QueryFailure, type RunContext } from '../define.ts';
import type { LookupTable, LookupTables } from '../source.ts';

/** The table of a name, or a QueryFailure that says which tables there are. */
export async function openTable(lookups: LookupTables, name: string): Promise<LookupTable> {
  const table = await lookups.open(name);
  if (table !== null) return table;
  const names = await lookups.names();
  const known = names.length === 0 ? 'there are no tables' : `known tables are ${nameList(names)}`;
  throw new QueryFailure(
    'data',
    `lookup table \`${name}\` is not there`,
    `${known}; add one with \`weir lookups add ${name} FILE\``,
  );
}

/** The position of a column in a table, in any letter case; -1 when it has none of that name. */
export function columnPosition(table: LookupTable, column: string): number {
  return table.columns.findIndex((name) => name.toLowerCase() === column.toLowerCase());
}

/** The cells of a row at these positions, null at -1; null for no row. */
export function cellsAt(row: readonly Value[] | null, positions: readonly number[]): readonly Value[] | null {
  return row === null ? null : positions.map((position) => row[position] ?? null);
}

/** Passes on what a table has to say to those who search it by these columns. */
export function passWarnings(table: LookupTable, keyColumns: readonly string[], context: RunContext): void {
  for (const warning of table.warnings?.(keyColumns) ?? []) context.warn(warning);
}

/** The failure for a column that a table does not have. */
export function missingColumn(table: LookupTable, column: string): QueryFailure {
  return new QueryFailure(
    'data',
    `lookup table \`${table.name}\` has no column \`${column}\``,
    `its columns are ${nameList(table.columns)}`,
  );
}
