import { type BooleanColumn, type Column, type ConstantColumn, UNKNOWN } from '../columns/column.ts';

/** A test of a column, with the rows that it left open (no address) counted in one call of `bad`. */
export function testIPv4Column(
  column: Column | undefined,
  test: (column: Column) => BooleanColumn | ConstantColumn | null,
  bad: (rows: number) => void,
): Column | null {
  if (column === undefined) return null;
  const result = test(column);
  if (result === null) return null;
  let open = 0;
  if (result.kind === 'constant') open = result.value === null ? result.length : 0;
  else for (const value of result.values) open += value === UNKNOWN ? 1 : 0;
  if (open > 0) bad(open);
  return result;
}
