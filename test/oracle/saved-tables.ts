import { get, keyOf, type Row, rowOf, type Table, type Value } from './table.ts';

/** A table as `save` leaves it: with a key where it is one of the library, else just rows. */
export interface SavedTable {
  readonly columns: readonly { readonly name: string; readonly type: 'string' | 'int' | 'long' | 'double' }[];
  readonly keys: readonly string[];
  readonly rows: readonly Row[];
}

/** Thrown where a `save` fails: nothing is written then. */
export class Unfit extends Error {}

const folded = (value: Value) => (typeof value === 'string' ? value.toLowerCase() : value);

/** `save` and `save append` to a table with a key: an equal key, in any letter case, is written over. */
export function saveToTable(table: SavedTable, result: Table, append: boolean): SavedTable {
  if (result.rows.length > 0 && table.columns.some(({ name }) => !result.names.includes(name)))
    throw new Unfit();
  const rows = result.rows.map((row) =>
    rowOf(table.columns.map(({ name, type }) => [name, fitting(get(row, name), type)] as const)),
  );
  const keyIn = (row: Row) => {
    const key = table.keys.map((name) => folded(get(row, name)));
    if (key.includes(null)) throw new Unfit();
    return keyOf(key);
  };
  if (!append && result.rows.length === 0) return { ...table, rows: [] };
  return {
    ...table,
    rows: [...new Map([...(append ? table.rows : []), ...rows].map((row) => [keyIn(row), row])).values()],
  };
}

/** A value as a column holds it. Numbers wrap around in a column of 32 bits. */
function fitting(value: Value, type: SavedTable['columns'][number]['type']): Value {
  if (value === null) return null;
  if (type === 'string' ? typeof value !== 'string' : typeof value !== 'number') throw new Unfit();
  if (type !== 'int' && type !== 'long') return value;
  if (!Number.isInteger(value)) throw new Unfit();
  return type === 'int' ? Number(value) | 0 : value;
}

/** `save` to a file: texts; `append` needs the same columns. */
export function saveToFile(before: SavedTable | null, result: Table, append: boolean): SavedTable | null {
  if (result.rows.length === 0 && (append || before === null)) return before;
  if (append && before !== null && before.columns.map(({ name }) => name).join() !== result.names.join())
    throw new Unfit();
  const columns =
    result.rows.length === 0
      ? (before?.columns ?? [])
      : result.names.map((name) => ({ name, type: 'string' }) as const);
  const rows = result.rows.map((row) =>
    rowOf(
      columns.map(({ name }) => [name, get(row, name) === null ? null : String(get(row, name))] as const),
    ),
  );
  return { columns, keys: [], rows: [...(append ? (before?.rows ?? []) : []), ...rows] };
}
