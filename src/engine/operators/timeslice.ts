import type { Amount, Stage as AstStage } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import { alias, flag, numberOrDuration, optional } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, withColumn } from '../columns/batch.ts';
import { type Bitmap, type Column, constantColumn, isSet } from '../columns/column.ts';
import { defineOperator, perBatch, type Stage, wholeTable } from '../define.ts';
import { type DenseNumbers, denseNumbersOf } from '../kernels/dense-numbers.ts';
import { currentKernels } from '../kernels/wasm/memory.ts';
import type { TimeRange } from '../source.ts';
import { type Slices, slicesOf, widthForBuckets } from '../time/slices.ts';
import { UTC, type Zone, zoneNamed } from '../time/zones.ts';
import { checkUnit, checkWhole, millisecondsOf } from './amounts.ts';

/** The field that a timeslice makes unless it is named. */
export const TIMESLICE = '_timeslice';

/** `timeslice [by] [5m | 10 buckets] [as name]`. */
export const timeslice = defineOperator({
  name: 'timeslice',
  summary: 'Adds the start of the time slice that a message falls into.',
  description:
    '`_timeslice` (or the name after `as`) is the start of the slice of `_messageTime` in epoch milliseconds and ' +
    '`__timeslice_end` its end. Slices start where clocks say so: a 5m slice at :00, :05 and so on. Slices of whole ' +
    'days start at midnight of the time zone of the query, slices of whole weeks on Monday; around a clock change a ' +
    'day may be an hour longer or shorter. Units are `s`, `m`, `h`, `d` and `w`.\n\n' +
    '`timeslice 10 buckets` takes the narrowest usual width that gives at most so many slices over the time range. ' +
    'Without a width there is one slice: the whole time range. Slices without messages give no row (see ' +
    '`fillmissing`). An aggregate by the slice usually follows. After an aggregate it only works ' +
    'where that makes a field `_messageTime`.',
  syntax: {
    by: flag('by'),
    width: optional(numberOrDuration()),
    buckets: flag('buckets', 'bucket'),
    as: alias(),
  },
  reads: () => ['_messageTime'],
  writes: ({ as }) => outputsOf(as?.name.text ?? TIMESLICE),
  order: 'keeps',
  split: 'anywhere',
  live: true,
  check({ width, buckets }, stage): readonly Diagnostic[] {
    if (!buckets) return checkUnit(width, 'the width of `timeslice`');
    if (width === null) {
      return [error('bad-value', stage.span, '`timeslice` needs a number before `buckets`')];
    }
    if (width.unit !== null) {
      return [error('bad-value', width.span, 'the number of buckets has no unit')];
    }
    return checkWhole(width, 'the number of buckets', 1, 100_000);
  },
  checkPlace: (_args, { span }, before) => checkTime(span, before),
  sliceWidth(args, { time, timeZone }) {
    const width = fixedWidth(args, time, zoneNamed(timeZone) ?? UTC);
    return width === 'whole-range' ? time.to - time.from : width;
  },
  start(args, context) {
    const zone = zoneNamed(context.timeZone) ?? UTC;
    const name = args.as?.name.text ?? TIMESLICE;
    const withEnd = context.needed(outputsOf(name)[1]);
    const width = fixedWidth(args, context.time, zone);
    if (width === null) return sliceByData(args, zone, name, withEnd);
    if (width === 'whole-range') return perBatch((batch) => oneSlice(batch, name, withEnd, context.time));
    const slices = slicesOf(width, zone);
    return perBatch((batch) => sliced(batch, name, withEnd, slices));
  },
  examples: [
    {
      query: '* | timeslice 5m | count by _timeslice | sort by _timeslice asc',
      input: '2024-01-01T10:07:31Z\tone\n2024-01-01T10:09:59.999Z\ttwo\n2024-01-01T10:10:00Z\tthree',
      expect: '_timeslice,_count\n1704103500000,2\n1704103800000,1',
    },
  ],
});

/** Aggregate rows have no message time, unless the aggregate makes such a field. */
function checkTime(span: Span, before: readonly AstStage[]): readonly Diagnostic[] {
  const aggregate = before.findLast((stage) => stage.kind === 'aggregate');
  if (aggregate === undefined) return [];
  const made = [...aggregate.by, ...aggregate.calls.flatMap((call) => call.alias ?? [])];
  if (made.some(({ text }) => text.toLowerCase() === '_messagetime')) return [];
  return [
    error('wrong-place', span, '`timeslice` works on messages, found aggregate rows', {
      help: 'put it before the aggregate, or let the aggregate make `_messageTime`',
    }),
  ];
}

interface WidthArgs {
  readonly width: Amount | null;
  readonly buckets: boolean;
}

function outputsOf(name: string): readonly [slice: string, end: string] {
  return [name, `_${name}_end`];
}

/** The width in ms; null when the time range is open and only the data can tell. */
function fixedWidth(
  { width, buckets }: WidthArgs,
  time: TimeRange,
  zone: Zone,
): number | 'whole-range' | null {
  if (width !== null && !buckets) return millisecondsOf(width);
  if (!Number.isFinite(time.from) || !Number.isFinite(time.to)) return null;
  if (width === null) return 'whole-range';
  return widthForBuckets(width.count, time.from, time.to, zone);
}

/** With an open time range, the range is that of the messages: they are all awaited. */
function sliceByData(args: WidthArgs, zone: Zone, name: string, withEnd: boolean): Stage {
  return wholeTable((table) => {
    if (table.length === 0) return table;
    const time = rangeOf(denseNumbersOf(columnNamed(table, '_messageTime')), table.length);
    const width = fixedWidth(args, time, zone);
    return typeof width === 'number'
      ? sliced(table, name, withEnd, slicesOf(width, zone))
      : oneSlice(table, name, withEnd, time);
  });
}

function rangeOf({ values, validity }: DenseNumbers, length: number): TimeRange {
  let from = Infinity;
  let to = -Infinity;
  for (let row = 0; row < length; row++) {
    if (!isSet(validity, row)) continue;
    from = Math.min(from, values[row]!);
    to = Math.max(to, values[row]!);
  }
  return from <= to ? { from, to: to + 1 } : { from: 0, to: 1 };
}

function oneSlice(batch: Batch, name: string, withEnd: boolean, time: TimeRange): Batch {
  const [slice, end] = outputsOf(name);
  const result = withColumn(batch, slice, constantColumn(time.from, batch.length));
  return withEnd ? withColumn(result, end, constantColumn(time.to, batch.length)) : result;
}

function sliced(batch: Batch, name: string, withEnd: boolean, slices: Slices): Batch {
  const { length } = batch;
  const { values, validity } = denseNumbersOf(columnNamed(batch, '_messageTime'));
  const starts = currentKernels()?.float64(length) ?? new Float64Array(length);
  const first = validity === null && length > 0 ? slices.startOf(values[0]!) : Number.NaN;
  const oneForAll = startsOfAll(values, length, slices, starts) && starts[0] === first;
  const column = (numbers: Float64Array): Column =>
    oneForAll ? constantColumn(numbers[0]!, length) : timeColumn(numbers, validity);
  const [slice, end] = outputsOf(name);
  const result = withColumn(batch, slice, column(starts));
  if (!withEnd) return result;
  return withColumn(result, end, column(endsOfAll(starts, slices)));
}

/** Fills `starts` with the slice of each time; whether they are all the same. */
function startsOfAll(times: Float64Array, length: number, slices: Slices, starts: Float64Array): boolean {
  if (slices.origin === null) return startsByClock(times, length, slices, starts);
  const { origin, width } = slices;
  const kernels = currentKernels();
  if (kernels?.holds(times) && kernels.holds(starts))
    return kernels.exports.sliceStarts(length, times.byteOffset, origin, width, starts.byteOffset) === 0;
  let different = 0;
  let before = length === 0 ? 0 : slices.startOf(times[0]!);
  for (let row = 0; row < length; row++) {
    const start = Math.floor((times[row]! - origin) / width) * width + origin;
    starts[row] = start;
    if (start !== before) different++;
    before = start;
  }
  return different === 0;
}

/** Neighbours mostly share a slice, so the zone is only asked when a time leaves it. */
function startsByClock(times: Float64Array, length: number, slices: Slices, starts: Float64Array): boolean {
  let start = Number.NaN;
  let end = Number.NaN;
  let changes = 0;
  for (let row = 0; row < length; row++) {
    const time = times[row]!;
    if (!(time >= start && time < end)) {
      start = slices.startOf(time);
      end = slices.endOf(start);
      changes++;
    }
    starts[row] = start;
  }
  return changes <= 1;
}

function endsOfAll(starts: Float64Array, slices: Slices): Float64Array {
  const ends = new Float64Array(starts.length);
  let start = Number.NaN;
  let end = Number.NaN;
  for (let row = 0; row < starts.length; row++) {
    if (starts[row] !== start) {
      start = starts[row]!;
      end = slices.endOf(start);
    }
    ends[row] = end;
  }
  return ends;
}

function timeColumn(values: Float64Array, validity: Bitmap | null): Column {
  return { kind: 'number', type: 'long', length: values.length, values, validity };
}
