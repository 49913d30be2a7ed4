import type { Value } from '../engine/columns/value.ts';
import type { LookupTable } from '../engine/source.ts';

const MOST_REMEMBERED = 100_000;

/**
 * A table that is asked by address (`on ip = …`). `rowOf` finds the row of an address text, null when
 * it is unknown or no address; answers are remembered, since logs name the same addresses again and again.
 */
export function addressTable(
  name: string,
  columns: readonly string[],
  rowOf: (address: string) => readonly Value[] | null,
): LookupTable {
  const remembered = new Map<string, readonly Value[] | null>();
  const find = (keyColumns: readonly string[], key: readonly Value[]): readonly Value[] | null => {
    const [address] = key;
    if (keyColumns.length !== 1 || keyColumns[0]?.toLowerCase() !== 'ip') return null;
    if (typeof address !== 'string') return null;
    let row = remembered.get(address);
    if (row === undefined) {
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      row = rowOf(address.trim());
      remembered.set(address, row);
    }
    return row;
  };
  return {
    name,
    columns,
    keys: [],
    match: 'ip',
    find,
    findAll(keyColumns, key) {
      const row = find(keyColumns, key);
      return row === null ? [] : [row];
    },
    rows: () => null,
  };
}
