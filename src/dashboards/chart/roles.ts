import { textOf, type Value } from '../../engine/columns/value.ts';
import type { Unit } from '../dashboard.ts';
import type { ResultTable } from '../result-table.ts';

/** The columns of a result by what they are for. Positions into a row. */
interface Roles {
  readonly time: number;
  readonly dimensions: readonly number[];
  readonly measures: readonly number[];
}

/** Which column is the time, which ones name a group, and which are drawn. */
export function rolesOf({ columns, rows }: ResultTable): Roles {
  const time = columns.findIndex(({ name }) => name.toLowerCase() === '_timeslice');
  const numeric = columns.flatMap(({ type, name }, position) => {
    const isNumber = type === 'long' || type === 'double';
    return isNumber && position !== time && name.toLowerCase() !== '__timeslice_end' ? position : [];
  });
  const dimensions = columns.flatMap(({ type }, position) =>
    (type === 'string' || type === 'boolean' || type === 'mixed') && position !== time ? position : [],
  );
  const aliased = time >= 0 ? time : (numeric.find((position) => looksLikeTime(rows, position)) ?? -1);
  const measures = numeric.filter((position) => position !== aliased);
  const [first, ...others] = measures;
  if (dimensions.length === 0 && aliased < 0 && others.length > 0 && first !== undefined) {
    return { time: -1, dimensions: [first], measures: others };
  }
  return { time: aliased, dimensions, measures };
}

/** Whether a column holds epoch ms of the years 2000 to 2100 and nothing else. */
function looksLikeTime(rows: readonly (readonly Value[])[], position: number): boolean {
  return rows.every((row) => {
    const value = row[position];
    return typeof value === 'number' && value >= 946_684_800_000 && value < 4_102_444_800_000;
  });
}

/** The number of a cell; null for anything that cannot be drawn as one. */
export function numberAt(row: readonly Value[], position: number): number | null {
  const value = row[position];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** What a row is called by these columns. */
export function labelOf(row: readonly Value[], positions: readonly number[]): string {
  return positions
    .map((position) => row[position] ?? null)
    .map((value) => (value === null ? '(none)' : textOf(value)))
    .join(' · ');
}

/** What the numbers are, told by the name of their column: `bytes`, `total_bytes`. */
export function unitOf({ columns }: ResultTable, measures: readonly number[]): Unit | null {
  return measures.every((position) => /(^|_)bytes($|_)/i.test(columns[position]!.name)) && measures.length > 0
    ? 'bytes'
    : null;
}
