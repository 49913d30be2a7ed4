import type { Value } from '../engine/columns/value.ts';
import type { LookupTable } from '../engine/source.ts';
import type { CsvFile } from './csv.ts';
import { indexRows } from './row-index.ts';

/**
 * A table of text cells that matches on any columns, letter case included: a CSV file by `https://…`
 * name or a saved `shared/…` file. A number matches its text. Of rows with equal keys the last counts.
 */
export function classicTable(name: string, { columns, rows }: CsvFile): LookupTable {
  const index = indexRows(columns, rows, 'case-sensitive', false);
  return {
    name,
    columns,
    keys: [],
    match: 'case-sensitive',
    findsByText: true,
    find(keyColumns: readonly string[], key: readonly Value[]) {
      const row = index.find(keyColumns, key).at(-1);
      return row === undefined ? null : rows[row]!;
    },
    findAll: (keyColumns, key) => index.find(keyColumns, key).map((row) => rows[row]!),
    rows: () => rows,
    warnings: (keyColumns) =>
      index.duplicates(keyColumns) === 0
        ? []
        : [
            `Lookup table ${name} has duplicate keys. The last value associated with a duplicated key will be used in the lookup result.`,
          ],
  };
}
