import type { OperatorStage } from '../../src/grammar/ast.ts';
import { deviation } from './aggregates.ts';
import {
  addNames,
  compareValues,
  get,
  groupRows,
  keyOf,
  numberIn,
  put,
  type Row,
  rowOf,
  type Table,
  type Value,
} from './table.ts';

interface Field {
  readonly name: string;
}
/** What the clauses capture, as far as the oracle reads them. */
interface Captured {
  readonly field: Field & { readonly bare?: Field; readonly parenthesised?: { readonly field: Field } };
  readonly fields: readonly Field[] | null;
  readonly options: {
    readonly as: { readonly name: { readonly text: string } } | null;
    readonly by: ByFields;
  };
  readonly by: ByFields;
  readonly count: { readonly count: number | { readonly count: number } } | null;
  readonly window: { readonly count: { readonly count: number } } | null;
  readonly consecutive: boolean;
  readonly keys: readonly SortKey[] | null;
}
type ByFields = { readonly fields?: readonly Field[]; readonly keys?: readonly SortKey[] } | null;
interface SortKey {
  readonly sign: { readonly ascending?: true; readonly plus?: true } | null;
  readonly direction: { readonly ascending?: true } | null;
  readonly field: Field;
}

/** Runs a stage that depends on the order of rows or makes one, or gives null when the stage is none. */
export function orderedStage(stage: OperatorStage, table: Table): Table | null {
  const args = stage.args as unknown as Captured;
  const by = (args.by?.fields ?? []).map(({ name }) => name);
  const count = typeof args.count?.count === 'object' ? args.count.count.count : (args.count?.count ?? 1);
  switch (stage.name) {
    case 'sort':
      return { ...table, rows: sorted(table.rows, (args.keys ?? []).map(sortKey)) };
    case 'limit':
      return { ...table, rows: table.rows.slice(0, count) };
    case 'dedup':
      return { ...table, rows: dedup(table, args, count) };
    case 'top':
      return top(table, args, count);
    case 'topk':
      return topk(
        table,
        (args.fields ?? []).map(({ name }) => name),
        by,
        count,
      );
    case 'accum':
      return running(table, args, '_accum', (numbers) => numbers.reduce((sum, number) => sum + number, 0));
    case 'diff':
      return running(table, args, '_diff', (numbers) =>
        numbers.length < 2 ? null : numbers.at(-1)! - numbers.at(-2)!,
      );
    case 'backshift':
      return running(table, args, '_backshift', (numbers) => numbers.at(-1 - count) ?? null);
    case 'smooth': {
      const width = args.window?.count.count ?? 10;
      return running(table, args, '_smooth', (numbers) => mean(numbers.slice(-width)));
    }
    case 'rollingstd': {
      const width = args.window?.count.count ?? 10;
      return running(table, args, '_rollingstd', (numbers) => deviation(numbers.slice(-width), 0));
    }
    case 'total':
      return total(table, args);
    default:
      return null;
  }
}

const mean = (numbers: readonly number[]) =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function sortKey({ sign, direction, field }: SortKey) {
  const ascending = sign?.ascending === true || sign?.plus === true || direction?.ascending === true;
  return { name: field.name, sign: ascending ? 1 : -1 };
}

function sorted(
  rows: readonly Row[],
  keys: readonly { readonly name: string; readonly sign: number }[],
): Row[] {
  return rows.toSorted((a, b) => {
    for (const { name, sign } of keys) {
      const order = compareValues(get(a, name), get(b, name));
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

function dedup(table: Table, { consecutive, fields }: Captured, most: number): Row[] {
  const by = fields?.map(({ name }) => name) ?? (table.raw ? ['_raw'] : table.names);
  const counts = new Map<string, number>();
  let before: string | null = null;
  return table.rows.filter((row) => {
    const key = keyOf(by.map((name) => get(row, name)));
    if (consecutive && key !== before) counts.clear();
    before = key;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key)! <= most;
  });
}

function top(table: Table, { fields, by }: Captured, count: number): Table {
  const names = (fields ?? []).map(({ name }) => name);
  const known = table.rows.filter((row) => names.every((name) => get(row, name) !== null));
  if (!table.raw) {
    return { ...table, rows: sorted(known, (by?.keys ?? []).map(sortKey)).slice(0, count) };
  }
  const rows = [...groupRows(known, names).values()].map((rows) =>
    rowOf([...names.map((name) => [name, get(rows[0]!, name)] as const), ['_count', rows.length]]),
  );
  return {
    rows: sorted(rows, [{ name: '_count', sign: -1 }]).slice(0, count),
    raw: false,
    names: addNames(names, ['_count']),
  };
}

/** Numbers in text count as numbers. */
const measure = (value: Value): Value => numberIn(value) ?? value;

function topk(table: Table, fields: readonly string[], by: readonly string[], count: number): Table {
  const rows = [...groupRows(table.rows, by).values()].flatMap((group) =>
    group
      .toSorted((a, b) => {
        for (const name of fields) {
          const order = compareValues(measure(get(b, name)), measure(get(a, name)));
          if (order !== 0) return order;
        }
        return 0;
      })
      .slice(0, count)
      .map((row, at) => put(row, [['_rank', at + 1]])),
  );
  return { ...table, rows, names: addNames(table.names, ['_rank']) };
}

const fieldName = ({ field }: Captured) => field.bare?.name ?? field.parenthesised?.field.name ?? field.name;
const groupNames = ({ options }: Captured) => (options.by?.fields ?? []).map(({ name }) => name);

/** Rows without a number are left out; `value` sees the numbers of the row's group so far, its own last. */
function running(
  table: Table,
  args: Captured,
  otherwise: string,
  value: (numbers: readonly number[]) => number | null,
): Table {
  const name = args.options.as?.name.text ?? otherwise;
  const seen = new Map<string, number[]>();
  const rows = table.rows.flatMap((row) => {
    const number = numberIn(get(row, fieldName(args)));
    if (number === null) return [];
    const key = keyOf(groupNames(args).map((each) => get(row, each)));
    const numbers = [...(seen.get(key) ?? []), number];
    seen.set(key, numbers);
    return [put(row, [[name, value(numbers)]])];
  });
  return { ...table, rows, names: addNames(table.names, [name]) };
}

function total(table: Table, args: Captured): Table {
  const name = args.options.as?.name.text ?? '_total';
  const kept = table.rows.filter((row) => numberIn(get(row, fieldName(args))) !== null);
  const keyIn = (row: Row) => keyOf(groupNames(args).map((each) => get(row, each)));
  const sums = new Map<string, number>();
  for (const row of kept)
    sums.set(keyIn(row), (sums.get(keyIn(row)) ?? 0) + numberIn(get(row, fieldName(args)))!);
  const rows = kept.map((row) => put(row, [[name, sums.get(keyIn(row))!]]));
  return { ...table, rows, names: addNames(table.names, [name]) };
}
