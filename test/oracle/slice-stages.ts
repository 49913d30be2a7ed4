import type { OperatorStage } from '../../src/grammar/ast.ts';
import { type Alias, type Amount, type Field, millisecondsIn } from './captured-names.ts';
import { sliceOf, slicesOver } from './clock.ts';
import type { Setting } from './setting.ts';
import { addNames, get, numberIn, put, type Table } from './table.ts';

/** What the clauses of `timeslice` and `bin` capture. */
interface Captured {
  readonly width: Amount | null;
  readonly buckets: boolean;
  readonly as: Alias;
  readonly field: Field;
  readonly settings: { readonly width: Amount; readonly min: Amount | null; readonly max: Amount | null };
}

/** Runs a stage that cuts times or numbers into intervals, or gives null when the stage is none. */
export function sliceStage(stage: OperatorStage, table: Table, setting: Setting): Table | null {
  const args = stage.args as unknown as Captured;
  if (stage.name === 'bin') return bin(table, args);
  if (stage.name !== 'timeslice') return null;
  const width = timesliceWidth(stage, setting);
  const name = args.as?.name.text ?? '_timeslice';
  const rows = table.rows.map((row) => {
    const time = Number(get(row, '_messageTime'));
    const slice =
      width === null ? { start: setting.from, end: setting.to } : sliceOf(time, width, setting.zone);
    return put(row, [
      [name, slice.start],
      [`_${name}_end`, slice.end],
    ]);
  });
  return { ...table, rows, names: addNames(table.names, [name, `_${name}_end`]) };
}

const WIDTHS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 4, 6, 12].map((hours) => hours * 3_600_000),
  ...[1, 2, 7].map((days) => days * 86_400_000),
];
const WEEK = 604_800_000;

/** The width in ms; null for one slice over the whole time range. */
export function timesliceWidth(stage: OperatorStage, { from, to, zone }: Setting): number | null {
  const { width, buckets } = stage.args as unknown as Captured;
  if (width === null) return null;
  if (!buckets) return millisecondsIn(width);
  const fits = (each: number) =>
    (to - from) / each <= width.count && slicesOver(from, to, each, zone).length <= width.count;
  const weeks = (count: number): number => (fits(count * WEEK) ? count * WEEK : weeks(count + 1));
  return WIDTHS.find(fits) ?? weeks(2);
}

function bin(table: Table, { field, settings: { width, min, max } }: Captured): Table {
  const start = min?.count ?? 0;
  const binOf = (value: number) => start + Math.floor((value - start) / width.count) * width.count;
  const rows = table.rows.flatMap((row) => {
    const value = numberIn(get(row, field.name));
    if (value === null) return [];
    let lower = binOf(value);
    if (max !== null && value >= max.count) {
      // The last bin is the one that ends at `max` or goes beyond it.
      lower = start + (Math.ceil((max.count - start) / width.count) - 1) * width.count;
    }
    if (min !== null && value < min.count) lower = start;
    const upper = lower + width.count;
    const label = `[${oneDecimal(lower)}, ${oneDecimal(upper)})`;
    return [
      put(row, [
        ['_bin_label', label],
        ['_bin_lower', lower],
        ['_bin_upper', upper],
      ]),
    ];
  });
  return { ...table, rows, names: addNames(table.names, ['_bin_label', '_bin_lower', '_bin_upper']) };
}

const oneDecimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));
