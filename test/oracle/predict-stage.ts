import type { OperatorStage } from '../../src/grammar/ast.ts';
import { type Amount, type Field, millisecondsIn, type Text } from './captured-names.ts';
import { addNames, get, numberIn, put, type Row, rowOf, type Table } from './table.ts';

interface Captured {
  readonly field: Field;
  readonly step: Amount;
  readonly settings: {
    readonly model: Text | null;
    readonly window: Amount | null;
    readonly forecast: Amount | null;
  };
}

/** `predict`: a straight line or an autoregression over the slices, and some slices more. */
export function predictStage(stage: OperatorStage, table: Table): Table | null {
  if (stage.name !== 'predict') return null;
  const { field, step, settings } = stage.args as unknown as Captured;
  const width = millisecondsIn(step)!;
  const { forecast, model, window } = settings;
  const more =
    forecast === null
      ? 3
      : Math.min(100, forecast.unit === null ? forecast.count : Math.ceil(millisecondsIn(forecast)! / width));
  const autoregressive = model?.value.toLowerCase() === 'ar';
  const timeIn = (row: Row) => Number(get(row, '_timeslice'));
  const rows = table.rows.toSorted((a, b) => timeIn(a) - timeIn(b));
  const outputs = ['predicted', ...(autoregressive ? ['linear'] : []), 'error'].map(
    (end) => `${field.name}_${end}`,
  );
  const names = addNames(table.names, outputs);
  if (rows.length === 0) return { ...table, rows, names };

  const first = timeIn(rows[0]!);
  const placeOf = (row: Row) => Math.round((timeIn(row) - first) / width);
  // A slice without a row counts as 0.
  const values = Array.from({ length: placeOf(rows.at(-1)!) + 1 }, () => 0);
  for (const row of rows) values[placeOf(row)] = numberIn(get(row, field.name)) ?? 0;
  const line = lineThrough(values);
  const lag = Math.min(window?.count ?? Math.floor(values.length * 0.45), values.length - 1);
  const predicted = autoregressive ? autoregression(values, lag, more) : null;
  const cells = (place: number, value: number | null) => {
    const linear = line(place);
    const guess = predicted?.(place) ?? linear;
    const error = value === null ? null : (autoregressive ? linear : guess) - value;
    return outputs.map(
      (name, at) => [name, at === 0 ? guess : name.endsWith('_linear') ? linear : error] as const,
    );
  };
  const known = rows.map((row) => put(row, cells(placeOf(row), numberIn(get(row, field.name)))));
  const future = Array.from({ length: more }, (_, at) => {
    const place = values.length + at;
    return rowOf([['_timeslice', first + place * width], ...cells(place, null)]);
  });
  return { ...table, rows: [...known, ...future], names };
}

/** Ordinary least squares of the values over 0, 1, 2, … */
function lineThrough(values: readonly number[]): (place: number) => number {
  const count = values.length;
  const sum = values.reduce((total, value) => total + value, 0);
  if (count === 1) return () => sum;
  const places = (count * (count - 1)) / 2;
  const squares = ((count - 1) * count * (2 * count - 1)) / 6;
  const products = values.reduce((total, value, place) => total + value * place, 0);
  const slope = (count * products - places * sum) / (count * squares - places * places);
  return (place) => (sum - slope * places) / count + slope * place;
}

/** Each value from the `lag` values before it; beyond the last value from predictions. Null for the first ones. */
function autoregression(
  values: readonly number[],
  lag: number,
  more: number,
): (place: number) => number | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const known = centred.slice(lag);
  const lags = Array.from({ length: lag }, (_, at) => centred.slice(lag - 1 - at, centred.length - 1 - at));
  const weights = leastSquares([...lags, known.map(() => 1)], known);
  const next = (before: readonly number[]) =>
    weights.reduce((sum, weight, at) => sum + weight * (at === lag ? 1 : before.at(-1 - at)!), 0);
  while (centred.length < values.length + more) centred.push(next(centred));
  return (place) => (place < lag ? null : mean + next(centred.slice(0, place)));
}

const product = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0);

const less = (a: readonly number[], factor: number, b: readonly number[]) =>
  a.map((value, at) => value - factor * b[at]!);

/**
 * The weights of the columns that make the squares of errors least. What a column has in common with
 * those before it is taken out of it; one of which nothing is left has the weight 0.
 */
function leastSquares(columns: readonly (readonly number[])[], wanted: readonly number[]): readonly number[] {
  const [last, ...before] = columns.toReversed();
  if (last === undefined) return [];
  const others = before.toReversed();
  let rest = last;
  // Twice, since the first time leaves a little noise.
  for (const _ of [1, 2]) rest = residue(rest, others);
  const needed = product(rest, rest) > 1e-10 * product(last, last);
  const weight = needed ? product(rest, wanted) / product(rest, rest) : 0;
  return [...leastSquares(others, less(wanted, weight, last)), weight];
}

/** What is left of a column without what it has in common with others. */
function residue(column: readonly number[], others: readonly (readonly number[])[]): readonly number[] {
  const weights = leastSquares(others, column);
  return others.reduce((left, other, at) => less(left, weights[at]!, other), column);
}
