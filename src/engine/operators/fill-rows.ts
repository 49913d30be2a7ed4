import { grouped } from '../../grammar/counted.ts';
import { type Batch, columnNamed, concatBatches, newBatch, Schema } from '../columns/batch.ts';
import { type Column, columnOf, columnType, isSet, valueAt } from '../columns/column.ts';
import { textOf, type Value } from '../columns/value.ts';
import { QueryFailure, type RunContext } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { slicesOf } from '../time/slices.ts';
import { UTC, zoneNamed } from '../time/zones.ts';

/** More combinations than this are left out. */
const MOST_COMBINATIONS = 10_000;

/** What values a key field should have. */
export type Generator =
  | { readonly kind: 'slices'; readonly field: string; readonly width: number | null }
  | { readonly kind: 'given'; readonly field: string; readonly texts: readonly string[] }
  | { readonly kind: 'occurring'; readonly field: string };

/** `with 0 for field`. */
export interface Constant {
  readonly field: string;
  readonly value: Value;
}

/** What `fillmissing` has to do. */
export interface Filling {
  readonly generators: readonly Generator[];
  readonly constants: readonly Constant[];
  readonly takeLast: boolean;
  /** The row fields of a `transpose` before; null when there was none. */
  readonly transposedRows: readonly string[] | null;
}

/** The table with a row more for every combination of generated values that it lacks. */
export function filled(table: Batch, filling: Filling, context: RunContext): Batch {
  const { generators } = filling;
  const domains = generators.map((generator) => domainOf(table, generator, context));
  const keys = generators.map(({ field }) => columnNamed(table, field));
  const present = new Map<string, number>();
  for (let row = 0; row < table.length; row++) {
    present.set(keyOf(keys.map((column) => valueAt(column, row))), row);
  }
  const missing = combinations(domains, context).filter((combination) => !present.has(keyOf(combination)));
  if (missing.length === 0) return table;
  const added = addedRows(table, missing, filling, present);
  return concatBatches([table, added]);
}

/** The values of a key field; texts and numbers that look alike are one. */
function domainOf(table: Batch, generator: Generator, context: RunContext): readonly Value[] {
  switch (generator.kind) {
    case 'given':
      return distinct(generator.texts);
    case 'occurring': {
      const column = columnNamed(table, generator.field);
      return distinct(Array.from({ length: table.length }, (_, row) => valueAt(column, row)));
    }
    case 'slices':
      return slicesIn(table, generator.field, generator.width, context);
  }
}

function distinct(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [keyOf([value]), value])).values()];
}

/** All slices of the time range; where it is open, from the first to the last that occurs. */
function slicesIn(table: Batch, field: string, width: number | null, context: RunContext): number[] {
  if (width === null) {
    throw new QueryFailure(
      'unsupported',
      '`fillmissing timeslice` does not know the width of the slices',
      'write it: `fillmissing timeslice(5m)`',
    );
  }
  const occurring = numbersIn(columnNamed(table, field), table.length);
  const { from, to } = context.time;
  const first = Number.isFinite(from)
    ? from
    : occurring.reduce((least, start) => Math.min(least, start), Infinity);
  const last = Number.isFinite(to)
    ? to - 1
    : occurring.reduce((most, start) => Math.max(most, start), -Infinity);
  if (!Number.isFinite(first) || !Number.isFinite(last)) return [];
  const slices = slicesOf(width, zoneNamed(context.timeZone) ?? UTC);
  const starts: number[] = [];
  for (let start = slices.startOf(first); start <= last; start = slices.endOf(start)) {
    starts.push(start);
    // One more than allowed, so that the excess is seen and warned of.
    if (starts.length > MOST_COMBINATIONS) break;
  }
  return starts;
}

function numbersIn(column: Column, length: number): number[] {
  const { values, validity } = denseNumbersOf(column);
  const numbers: number[] = [];
  for (let row = 0; row < length; row++) if (isSet(validity, row)) numbers.push(values[row]!);
  return numbers;
}

function combinations(domains: readonly (readonly Value[])[], context: RunContext): Value[][] {
  const all = domains.reduce((count, domain) => count * domain.length, 1);
  if (all > MOST_COMBINATIONS) {
    context.warn(
      `\`fillmissing\` makes ${grouped(MOST_COMBINATIONS)} combinations of at least ${grouped(all)}`,
    );
  }
  const made: Value[][] = [];
  for (let number = 0; number < Math.min(all, MOST_COMBINATIONS); number++) {
    let rest = number;
    const combination = new Array<Value>(domains.length);
    for (let at = domains.length - 1; at >= 0; at--) {
      const domain = domains[at]!;
      combination[at] = domain[rest % domain.length]!;
      rest = Math.floor(rest / domain.length);
    }
    made.push(combination);
  }
  return made;
}

function keyOf(values: readonly Value[]): string {
  return JSON.stringify(values.map((value) => (value === null ? null : textOf(value))));
}

/** The rows to add: generated keys, and for the other fields a constant, the last value or a default. */
function addedRows(
  table: Batch,
  missing: readonly Value[][],
  filling: Filling,
  present: ReadonlyMap<string, number>,
): Batch {
  const { generators } = filling;
  const keyAt = new Map(generators.map(({ field }, at) => [table.schema.find(field), at]));
  const names = [
    ...table.schema.names,
    ...generators.map(({ field }) => field).filter((field) => table.schema.find(field) < 0),
  ];
  const lastRows = filling.takeLast ? lastRowsOf(missing, generators, present) : null;
  const columns = names.map((name, position) => {
    const at =
      position < table.schema.names.length
        ? keyAt.get(position)
        : generators.findIndex(({ field }) => field === name);
    if (at !== undefined) return columnOf(missing.map((combination) => combination[at]!));
    const column = table.columns[position]!;
    const value = defaultOf(name, column, filling);
    const values = missing.map((_, index) => {
      const row = lastRows?.[index] ?? null;
      return row === null ? value : valueAt(column, row);
    });
    return columnOf(values, columnType(column) === 'double' ? 'double' : undefined);
  });
  return newBatch(new Schema(names), columns, missing.length);
}

function defaultOf(name: string, column: Column, { constants, transposedRows }: Filling): Value {
  const same = (other: string) => other.toLowerCase() === name.toLowerCase();
  if (transposedRows !== null && !transposedRows.some(same)) return null;
  const constant = constants.find(({ field }) => same(field));
  if (constant !== undefined) return constant.value;
  switch (columnType(column)) {
    case 'long':
    case 'double':
      return 0;
    case 'boolean':
      return false;
    case 'string':
    case 'null':
    case 'mixed':
      return null;
  }
}

/** For each missing combination the row of the nearest earlier slice with the same other keys, or null. */
function lastRowsOf(
  missing: readonly Value[][],
  generators: readonly Generator[],
  present: ReadonlyMap<string, number>,
): (number | null)[] {
  const sliceAt = generators.findIndex(({ kind }) => kind === 'slices');
  const rowsByKeys = new Map<string, { slice: number; row: number }[]>();
  const othersOf = (values: readonly Value[]) => keyOf(values.filter((_, at) => at !== sliceAt));
  for (const [key, row] of present) {
    const values: (string | null)[] = JSON.parse(key);
    const others = othersOf(values);
    const rows = rowsByKeys.get(others) ?? [];
    rows.push({ slice: Number(values[sliceAt]), row });
    rowsByKeys.set(others, rows);
  }
  for (const rows of rowsByKeys.values()) rows.sort((a, b) => a.slice - b.slice);
  return missing.map((combination) => {
    const rows = rowsByKeys.get(othersOf(combination)) ?? [];
    const before = rows.findLast(({ slice }) => slice < Number(combination[sliceAt]));
    return before?.row ?? null;
  });
}
