import { textOf, type Value } from '../engine/columns/value.ts';

/** Whether two keys that differ in letter case are one. */
export type KeyCase = 'case-sensitive' | 'case-insensitive';

/** From keys to rows, built per set of key columns when first asked. */
export interface RowIndex {
  /** The numbers of the rows whose `keyColumns` hold `key`, oldest first; empty when a column is not there. */
  find(keyColumns: readonly string[], key: readonly Value[]): readonly number[];
  /** How many keys occur in more than one row. */
  duplicates(keyColumns: readonly string[]): number;
}

const NO_ROWS: readonly number[] = [];

/** An index over rows of text cells (or typed cells, see `typed`). Null never matches anything. */
export function indexRows(
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  keyCase: KeyCase,
  typed: boolean,
): RowIndex {
  const built = new Map<string, Map<string, number[]>>();

  const keyOf = (values: readonly Value[]): string | null => {
    let key = '';
    for (const value of values) {
      if (value === null) return null;
      const text = keyCase === 'case-insensitive' ? textOf(value).toLowerCase() : textOf(value);
      key += `${typed ? typeof value : ''}:${text.length}:${text}`;
    }
    return key;
  };
  const indexBy = (keyColumns: readonly string[]): Map<string, number[]> => {
    const name = keyColumns.map((column) => column.toLowerCase()).join('\n');
    let index = built.get(name);
    if (index !== undefined) return index;
    index = new Map();
    built.set(name, index);
    const positions = keyColumns.map((key) =>
      columns.findIndex((column) => column.toLowerCase() === key.toLowerCase()),
    );
    if (positions.includes(-1)) return index;
    for (const [row, cells] of rows.entries()) {
      const key = keyOf(positions.map((position) => cells[position] ?? null));
      if (key === null) continue;
      const same = index.get(key);
      if (same === undefined) index.set(key, [row]);
      else same.push(row);
    }
    return index;
  };
  return {
    find(keyColumns, key) {
      const text = keyOf(key);
      return text === null ? NO_ROWS : (indexBy(keyColumns).get(text) ?? NO_ROWS);
    },
    duplicates(keyColumns) {
      let count = 0;
      for (const same of indexBy(keyColumns).values()) if (same.length > 1) count++;
      return count;
    },
  };
}
