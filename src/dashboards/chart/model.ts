import { textOf, type Value } from '../../engine/columns/value.ts';
import type { ChartKind, Unit } from '../dashboard.ts';
import type { ResultTable } from '../result-table.ts';
import { labelOf, numberAt, rolesOf, unitOf } from './roles.ts';

/** One line, band or set of bars. `values` has one entry per point of the axis. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

/** What is drawn, independent of where: HTML and the terminal read the same. */
export type ChartModel =
  | { readonly kind: 'empty' }
  | { readonly kind: 'table'; readonly table: ResultTable }
  | {
      readonly kind: 'timeline';
      readonly chart: 'line' | 'area' | 'column';
      /** Starts of the slices, ascending and evenly spaced, epoch ms. */
      readonly times: readonly number[];
      readonly step: number;
      readonly series: readonly Series[];
      readonly unit: Unit | null;
    }
  | {
      readonly kind: 'categories';
      readonly chart: 'bar' | 'column' | 'line' | 'area' | 'pie';
      readonly labels: readonly string[];
      readonly series: readonly Series[];
      readonly unit: Unit | null;
      /** Rows that are not shown. */
      readonly left: number;
    }
  | {
      readonly kind: 'value';
      readonly value: number | string;
      readonly label: string;
      readonly unit: Unit | null;
      /** The values over time, for a sparkline; empty when there are none. */
      readonly trend: readonly (number | null)[];
    }
  | { readonly kind: 'map'; readonly places: readonly Place[]; readonly unit: Unit | null };

/** A point of a map. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly value: number;
  readonly label: string;
}

/** How a result is to be shown. */
export interface ChartRequest {
  readonly chart: Exclude<ChartKind, 'text'>;
  readonly unit: Unit | null;
  readonly limit: number | null;
}

const MOST_SERIES = 10;
const MOST_BARS = 20;
const MOST_SLICES = 8;
const MOST_TIMES = 20_000;

/** The model of a chart. A result that does not have what the chart needs is shown as a table. */
export function chartModel(table: ResultTable, request: ChartRequest): ChartModel {
  if (table.rows.length === 0) return { kind: 'empty' };
  const { chart } = request;
  switch (chart) {
    case 'table':
      return { kind: 'table', table };
    case 'value':
      return valueModel(table, request);
    case 'map':
      return mapModel(table, request);
    case 'line':
    case 'area':
    case 'column':
      return timelineModel(table, { ...request, chart }) ?? categoriesModel(table, { ...request, chart });
    case 'bar':
    case 'pie':
      return categoriesModel(table, { ...request, chart });
  }
}

function timelineModel(
  table: ResultTable,
  { chart, unit, limit }: ChartRequest & { readonly chart: 'line' | 'area' | 'column' },
): ChartModel | null {
  const { time, dimensions, measures } = rolesOf(table);
  if (time < 0 || measures.length === 0) return null;
  const starts = [...new Set(table.rows.flatMap((row) => numberAt(row, time) ?? []))].toSorted(
    (a, b) => a - b,
  );
  const times = evenTimes(starts);
  const step = stepOf(starts);
  const slot = new Map(times.map((each, position) => [each, position]));
  const absent = chart === 'line' ? null : 0;
  const byName = new Map<string, (number | null)[]>();
  for (const row of table.rows) {
    const position = slot.get(numberAt(row, time) ?? Number.NaN);
    if (position === undefined) continue;
    for (const measure of measures) {
      const dimension = dimensions.length === 0 ? null : labelOf(row, dimensions);
      const measureName = table.columns[measure]!.name;
      const name =
        dimension === null
          ? measureName
          : measures.length === 1
            ? dimension
            : `${dimension} · ${measureName}`;
      let values = byName.get(name);
      if (values === undefined) {
        values = new Array<number | null>(times.length).fill(absent);
        byName.set(name, values);
      }
      const value = numberAt(row, measure);
      if (value !== null) values[position] = (values[position] ?? 0) + value;
    }
  }
  const series = [...byName].map(([name, values]) => ({ name, values }));
  return {
    kind: 'timeline',
    chart,
    times,
    step,
    series: fewSeries(series, limit ?? MOST_SERIES, chart !== 'line'),
    unit: unit ?? unitOf(table, measures),
  };
}

/** The times with the slices between them that no row had. */
function evenTimes(starts: readonly number[]): readonly number[] {
  const [first = 0] = starts;
  const last = starts.at(-1) ?? 0;
  const step = stepOf(starts);
  const count = (last - first) / step + 1;
  if (count > MOST_TIMES || starts.some((start) => (start - first) % step !== 0)) return starts;
  return Array.from({ length: count }, (_, position) => first + position * step);
}

function stepOf(starts: readonly number[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (let position = 1; position < starts.length; position++) {
    step = Math.min(step, starts[position]! - starts[position - 1]!);
  }
  return Number.isFinite(step) ? step : 60_000;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

/** At most `most` series: the greatest, in their order, and the rest of a stack as one more. */
function fewSeries(series: readonly Series[], most: number, stacked: boolean): readonly Series[] {
  if (series.length <= most) return series;
  const greatest = series.toSorted((a, b) => sum(b.values) - sum(a.values)).slice(0, most);
  if (!stacked) return greatest;
  const kept = new Set(greatest.map(({ name }) => name));
  const rest = series.filter(({ name }) => !kept.has(name));
  const values = rest[0]!.values.map((_, position) => sum(rest.map((each) => each.values[position] ?? 0)));
  return [...greatest, { name: `${rest.length} others`, values }];
}

function categoriesModel(
  table: ResultTable,
  { chart, unit, limit }: ChartRequest & { readonly chart: 'bar' | 'column' | 'line' | 'area' | 'pie' },
): ChartModel {
  const { dimensions, measures, time } = rolesOf(table);
  const by = dimensions.length > 0 ? dimensions : time >= 0 ? [time] : [];
  const [first] = measures;
  if (first === undefined || (by.length === 0 && table.rows.length > 1)) return { kind: 'table', table };
  const most = limit ?? (chart === 'pie' ? MOST_SLICES : MOST_BARS);
  const shown = chart === 'pie' ? [first] : measures.slice(0, MOST_SERIES);
  const ranked =
    chart === 'bar' || chart === 'pie' || table.rows.length > most
      ? table.rows.toSorted((a, b) => (numberAt(b, first) ?? 0) - (numberAt(a, first) ?? 0))
      : table.rows;
  const rows = ranked.slice(0, most);
  const rest = ranked.slice(most);
  const labels = rows.map((row) => (by.length === 0 ? table.columns[first]!.name : labelOf(row, by)));
  const series = shown.map((measure) => ({
    name: table.columns[measure]!.name,
    values: rows.map((row) => numberAt(row, measure)),
  }));
  const model = {
    kind: 'categories' as const,
    chart,
    unit: unit ?? unitOf(table, [first]),
    left: rest.length,
  };
  if (chart !== 'pie' || rest.length === 0) return { ...model, labels, series };
  const others = sum(rest.map((row) => numberAt(row, first)));
  return {
    ...model,
    labels: [...labels, `${rest.length} others`],
    series: series.map(({ name, values }) => ({ name, values: [...values, others] })),
    left: 0,
  };
}

function valueModel(table: ResultTable, { unit }: ChartRequest): ChartModel {
  const { time, measures } = rolesOf(table);
  const [first] = measures;
  if (first === undefined) {
    const value = table.rows[0]?.[0] ?? null;
    return {
      kind: 'value',
      value: value === null ? '–' : textOf(value),
      label: table.columns[0]!.name,
      unit: null,
      trend: [],
    };
  }
  const label = table.columns[first]!.name;
  const shownUnit = unit ?? unitOf(table, [first]);
  if (time < 0) {
    const value = table.rows[0]?.[first] ?? null;
    return {
      kind: 'value',
      value: typeof value === 'number' ? value : '–',
      label,
      unit: shownUnit,
      trend: [],
    };
  }
  const timeline = timelineModel(table, { chart: 'column', unit, limit: 1_000_000 });
  const trend =
    timeline?.kind === 'timeline'
      ? timeline.times.map((_, position) => sum(timeline.series.map((each) => each.values[position] ?? 0)))
      : [];
  return { kind: 'value', value: sum(trend), label: `${label}, total`, unit: shownUnit, trend };
}

function mapModel(table: ResultTable, { unit }: ChartRequest): ChartModel {
  const at = (name: string) => table.columns.findIndex((column) => column.name.toLowerCase() === name);
  const latitude = at('latitude');
  const longitude = at('longitude');
  if (latitude < 0 || longitude < 0) return { kind: 'table', table };
  const count = at('_count');
  const measure =
    count >= 0
      ? count
      : (rolesOf(table).measures.find((each) => each !== latitude && each !== longitude) ?? -1);
  const labels = ['city', 'region', 'country_name', 'label_name'].map(at).filter((position) => position >= 0);
  const byPlace = new Map<string, Place>();
  for (const row of table.rows) {
    const [y, x] = [latitude, longitude].map((position) => coordinate(row[position] ?? null));
    if (y === null || x === null || y === undefined || x === undefined) continue;
    const key = `${y},${x}`;
    const known = byPlace.get(key);
    const value = (known?.value ?? 0) + (measure < 0 ? 1 : (numberAt(row, measure) ?? 0));
    const label =
      known?.label ??
      labels
        .flatMap((position) => row[position] ?? [])
        .map(textOf)
        .filter((text) => text !== '')
        .join(', ');
    byPlace.set(key, { latitude: y, longitude: x, value, label });
  }
  if (byPlace.size === 0) return { kind: 'empty' };
  const places = [...byPlace.values()].toSorted((a, b) => b.value - a.value).slice(0, 10_000);
  return { kind: 'map', places, unit };
}

/** Coordinates of a user's table may be text. */
function coordinate(value: Value): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && Math.abs(number) <= 180 ? number : null;
}
