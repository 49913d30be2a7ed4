import type { Amount } from '../../grammar/ast.ts';
import { grouped } from '../../grammar/counted.ts';
import { type Diagnostic, error, warning } from '../../grammar/diagnostics.ts';
import {
  anyOrder,
  duration,
  field,
  number,
  numberOrDuration,
  optional,
  setting,
  symbol,
  text,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, columnNamed, concatBatches, newBatch, Schema, withColumn } from '../columns/batch.ts';
import type { NumberColumn } from '../columns/column.ts';
import { defineOperator, QueryFailure, type StageContext, wholeTable } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { doubleColumn } from '../kernels/number-column.ts';
import { widthText } from '../time/slices.ts';
import { checkDuration, checkWhole, millisecondsOf } from './amounts.ts';
import { fitAutoRegression, fitLine, lineAt, nextValue } from './autoregression.ts';
import { checkTimeslice } from './place.ts';
import { inSliceOrder } from './series.ts';
import { TIMESLICE } from './timeslice.ts';

const MOST_FORECAST = 100;
/** So many of the latest points train the model. */
const MOST_TRAINED = 10_000;
/** So many missing slices are taken as 0. */
const MOST_MISSING = 20_000;
/** A longer window would take minutes to solve. */
const MOST_WINDOW = 1000;

/** `predict field by 5m [model=ar] [, ar.window=20] [, forecast=10]`. */
export const predict = defineOperator({
  name: 'predict',
  summary: 'Continues a time series into the future.',
  description:
    'Needs `timeslice` and an aggregate by `_timeslice` before it; the step after `by` is the width of the slices. ' +
    '`forecast` is the number of rows to add (3 unless given, at most 100) or their duration. The added rows have ' +
    '`_timeslice` and predictions, and null in all other fields. Rows come in ascending order of `_timeslice`.\n\n' +
    'The default model is the least-squares line: `<field>_predicted` and `<field>_error`, which is predicted less ' +
    'actual. `model=ar` is an autoregressive model that learns cycles that fit into `ar.window` points (45 % of the ' +
    'points unless given, at most 1000): `<field>_predicted`, `<field>_linear` (the line) and `<field>_error`, which ' +
    'is linear less actual. The first `ar.window` rows are predicted by the line. With fewer than 100 points it ' +
    'warns.\n\nMissing slices count as 0, with a warning; fill them with `fillmissing` for another value. The latest ' +
    '10,000 points train the model.',
  syntax: {
    field: field(),
    by: word('by'),
    step: duration(),
    comma: optional(symbol(',')),
    settings: anyOrder({
      model: setting('model', text({ bare: true })),
      window: setting('ar.window', number()),
      forecast: setting('forecast', numberOrDuration()),
    }),
  },
  reads: ({ field }) => [field.name, TIMESLICE],
  writes: ({ field, settings }) =>
    isAutoRegressive(settings.model)
      ? [`${field.name}_predicted`, `${field.name}_linear`, `${field.name}_error`]
      : [`${field.name}_predicted`, `${field.name}_error`],
  order: 'makes',
  split: 'coordinator',
  stands: 'aggregate',
  changesRowCount: true,
  check({ step, settings: { model, window, forecast } }): readonly Diagnostic[] {
    const problems = [
      ...checkDuration(step, 'the step of `predict`'),
      ...checkWhole(window, '`ar.window`', 1, Infinity),
    ];
    if (model !== null && !['ar', 'linear'].includes(model.value.toLowerCase())) {
      problems.push(
        error('bad-value', model.span, `\`model\` must be \`ar\` or \`linear\`, found \`${model.value}\``),
      );
    }
    if (forecast === null) return problems;
    const points = pointsOf(forecast, millisecondsOf(step) ?? 1);
    if (!(points >= 1) || (forecast.unit === null && !Number.isInteger(forecast.count))) {
      problems.push(
        error(
          'bad-value',
          forecast.span,
          `\`forecast\` must be a whole number of at least 1 or a duration, found ${forecast.count}`,
        ),
      );
    } else if (points > MOST_FORECAST) {
      problems.push(
        warning(
          'bad-value',
          forecast.span,
          `\`predict\` makes at most ${MOST_FORECAST} points, found ${points}`,
        ),
      );
    }
    return problems;
  },
  checkPlace: (_args, { span }, before) => checkTimeslice('predict', span, before),
  start({ field, step, settings }, context) {
    const width = millisecondsOf(step) ?? 1;
    const forecast = settings.forecast === null ? 3 : pointsOf(settings.forecast, width);
    return wholeTable((table) => {
      const rows = inSliceOrder(table, field.name, 'predict', context);
      if (rows.length === 0) return rows;
      return withPredictions(rows, {
        field: field.name,
        step: width,
        forecast: Math.min(forecast, MOST_FORECAST),
        window: isAutoRegressive(settings.model) ? (settings.window?.count ?? 'automatic') : null,
        context,
      });
    });
  },
  examples: [
    {
      query:
        '* | parse "v=*" as v | timeslice 1m | sum(v) as v by _timeslice | predict v by 1m forecast=2 | fields v, v_predicted, v_error',
      input: [10, 12, 14, 16].map((value, minute) => `2024-01-01T10:0${minute}:00Z\tv=${value}`).join('\n'),
      expect: 'v,v_predicted,v_error\n10,10,0\n12,12,0\n14,14,0\n16,16,0\n,18,\n,20,',
    },
  ],
});

interface Prediction {
  readonly field: string;
  /** In ms. */
  readonly step: number;
  readonly forecast: number;
  /** The order of the autoregressive model, null for the line. */
  readonly window: number | 'automatic' | null;
  readonly context: StageContext;
}

function isAutoRegressive(model: { readonly value: string } | null): boolean {
  return model?.value.toLowerCase() === 'ar';
}

/** How many points a forecast asks for; a duration is rounded up to whole steps. */
function pointsOf(forecast: Amount, step: number): number {
  const ms = millisecondsOf(forecast);
  return ms === null ? forecast.count : Math.ceil(ms / step);
}

function withPredictions(rows: Batch, prediction: Prediction): Batch {
  const { field, step, forecast, window, context } = prediction;
  const actual = denseNumbersOf(columnNamed(rows, field)).values;
  const slices = denseNumbersOf(columnNamed(rows, TIMESLICE)).values;
  const first = slices[0]!;
  const last = slices[rows.length - 1]!;
  const indices = Array.from({ length: rows.length }, (_, row) => Math.round((slices[row]! - first) / step));
  const series = seriesOf(actual, indices, step, context);
  const from = Math.max(0, series.length - MOST_TRAINED);
  const line = fitLine(series.subarray(from));
  const linear = (index: number) => lineAt(line, index - from);
  const predicted =
    window === null ? linear : autoRegressive(series, from, forecast, window, linear, context);
  const future = Array.from({ length: forecast }, (_, ahead) => series.length + ahead);
  const compared = window === null ? predicted : linear;
  const errors = Float64Array.from(indices, (index, row) => compared(index) - actual[row]!);
  const names = window === null ? ['predicted'] : ['predicted', 'linear'];
  const by = [predicted, linear];
  const past = names.reduce(
    (batch, name, at) => withColumn(batch, `${field}_${name}`, doubles(indices.map(by[at]!))),
    rows,
  );
  const ahead = newBatch(
    new Schema([TIMESLICE, ...names.map((name) => `${field}_${name}`)]),
    [
      { ...doubles(future.map((_, at) => last + (at + 1) * step)), type: 'long' },
      ...names.map((_, at) => doubles(future.map(by[at]!))),
    ],
    forecast,
  );
  return concatBatches([withColumn(past, `${field}_error`, doubleColumn(errors)), ahead]);
}

/** The values by slice number; slices without a row are 0. */
function seriesOf(
  actual: Float64Array,
  indices: readonly number[],
  step: number,
  context: StageContext,
): Float64Array {
  const length = (indices.at(-1) ?? -1) + 1;
  const missing = length - new Set(indices).size;
  if (missing > MOST_MISSING) {
    throw new QueryFailure(
      'data',
      `\`predict\` would have to fill in ${grouped(missing)} missing slices of ${widthText(step)}`,
      'use wider slices or a shorter time range',
    );
  }
  if (missing > 0) {
    context.warn(`\`predict\` takes missing slices of ${widthText(step)} as 0: ${missing} of ${length}`);
  }
  const series = new Float64Array(length);
  indices.forEach((index, row) => {
    series[index] = actual[row]!;
  });
  return series;
}

/** The prediction by slice number: one step ahead where values are known, else from predictions. */
function autoRegressive(
  series: Float64Array,
  from: number,
  forecast: number,
  window: number | 'automatic',
  linear: (index: number) => number,
  context: StageContext,
): (index: number) => number {
  const trained = series.subarray(from);
  const order = orderOf(trained.length, window, context);
  const model = fitAutoRegression(Float64Array.from(trained), order);
  const known = new Float64Array(series.length + forecast);
  known.set(series);
  for (let at = series.length; at < known.length; at++) known[at] = nextValue(model, known, at);
  return (index) =>
    index < from + order || index < order
      ? linear(index)
      : index < series.length
        ? nextValue(model, known, index)
        : known[index]!;
}

function orderOf(points: number, window: number | 'automatic', context: StageContext): number {
  if (points < 100) {
    context.warn(
      `\`predict\` has only ${points} points: with fewer than 100 the \`ar\` model may not be optimal`,
    );
  }
  const wanted = window === 'automatic' ? Math.floor(points * 0.45) : window;
  if (window !== 'automatic' && wanted > points / 2) {
    context.warn(`\`ar.window\` of ${wanted} is more than half of the ${points} points and trains badly`);
  }
  if (window !== 'automatic' && wanted > MOST_WINDOW) {
    context.warn(`\`ar.window\` is at most ${MOST_WINDOW}, found ${wanted}`);
  }
  return Math.max(0, Math.min(wanted, points - 1, MOST_WINDOW));
}

function doubles(values: Iterable<number>): NumberColumn {
  return doubleColumn(Float64Array.from(values));
}
