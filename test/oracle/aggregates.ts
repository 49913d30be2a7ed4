import type { AggregateCall, AggregateStage } from '../../src/grammar/ast.ts';
import {
  addNames,
  byCodePoint,
  byNumber,
  get,
  groupRows,
  keyOf,
  numberIn,
  type Row,
  rowOf,
  type Table,
  type Value,
} from './table.ts';

/** One row per group, in order of first appearance; one row in all without keys. */
export function aggregate(stage: AggregateStage, table: Table): Table {
  const keys = stage.by.map(({ text }) => text);
  const groups = [...groupRows(table.rows, keys).values()];
  if (keys.length === 0 && groups.length === 0) groups.push([]);
  const rows = groups.map((rows) =>
    rowOf([
      ...keys.map((key) => [key, get(rows[0]!, key)] as const),
      ...stage.calls.flatMap((call) => outputs(call, rows)),
    ]),
  );
  const names = addNames(
    keys,
    stage.calls.flatMap((call) => outputs(call, []).map(([name]) => name)),
  );
  return { rows, raw: false, names };
}

function fieldOf(call: AggregateCall): string | null {
  const [first] = call.args;
  return first?.kind === 'field' ? first.name : null;
}

function outputs(call: AggregateCall, rows: readonly Row[]): (readonly [string, Value])[] {
  const field = fieldOf(call);
  const values = field === null ? [] : rows.map((row) => get(row, field)).filter((value) => value !== null);
  const numbers = values.map(numberIn).filter((number) => number !== null);
  if (call.name === 'pct') {
    const asked = call.args.slice(1).map((each) => (each.kind === 'literal' ? Number(each.value) : 50));
    return (asked.length === 0 ? [50] : asked).map((p) => [
      call.alias?.text ?? `_${field}_pct_${p}`,
      percentile(numbers, p),
    ]);
  }
  const alone = one(call.name, rows, field, values, numbers);
  return [[call.alias?.text ?? `_${call.name}`, alone]];
}

function one(
  name: string,
  rows: readonly Row[],
  field: string | null,
  values: readonly Value[],
  numbers: readonly number[],
): Value {
  const sum = numbers.reduce((total, number) => total + number, 0);
  const none = numbers.length === 0;
  switch (name) {
    case 'count':
      return field === null ? rows.length : values.length;
    case 'count_distinct':
      return new Set(values.map((value) => keyOf([value]))).size;
    case 'sum':
      return none ? null : sum;
    case 'avg':
      return none ? null : sum / numbers.length;
    case 'min':
      return none ? null : Math.min(...numbers);
    case 'max':
      return none ? null : Math.max(...numbers);
    case 'stddev':
      return none ? null : deviation(numbers, 1);
    case 'first':
      return values[0] ?? null;
    case 'last':
      return values.at(-1) ?? null;
    case 'most_recent':
      return byTime(values, 1);
    case 'least_recent':
      return byTime(values, -1);
    case 'values':
      return values.length === 0
        ? null
        : [...new Set(values.map(String))].sort(byCodePoint).slice(0, 100).join('\n');
    default:
      throw new Error(`the oracle has no aggregate ${name}`);
  }
}

/** Standard deviation; `less` is 1 for that of a sample. */
export function deviation(numbers: readonly number[], less: 0 | 1): number {
  if (numbers.length === 1 && less === 1) return 0;
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const squares = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0);
  return Math.sqrt(squares / (numbers.length - less));
}

function percentile(numbers: readonly number[], p: number): number | null {
  if (numbers.length === 0) return null;
  const sorted = numbers.toSorted(byNumber);
  const rank = (p / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  const high = sorted[Math.ceil(rank)]!;
  return low === high ? low : low + (high - low) * (rank - Math.floor(rank));
}

/** The value of the latest (`sign` 1) or earliest (-1) of texts that `withtime` made. */
function byTime(values: readonly Value[], sign: 1 | -1): Value {
  const read = values.map((text) => JSON.parse(String(text)) as { value: Value; timestamp: number });
  return read.toSorted((a, b) => sign * (b.timestamp - a.timestamp))[0]?.value ?? null;
}
