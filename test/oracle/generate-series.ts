import fc from 'fast-check';
import { END } from '../spec-run.ts';
import type { Message } from './generate-data.ts';

export interface Series {
  readonly messages: readonly Message[];
  readonly query: string;
}

const MINUTE = 60_000;

/** A number for most minutes, and a query that predicts the next ones. */
export const series: fc.Arbitrary<Series> = fc
  .record({
    values: fc.array(fc.oneof(fc.constant(null), fc.noBias(fc.integer({ min: -20, max: 50 }))), {
      minLength: 1,
      maxLength: 24,
      size: 'max',
    }),
    forecast: fc.constantFrom('', ', forecast=1', ' forecast=5', ', forecast=90s'),
    model: fc.constantFrom('', '', ' model=ar, ar.window=2', ' model=ar, ar.window=3', ', model=ar'),
    order: fc.constantFrom('', 'sort by _timeslice | ', 'sort by v | '),
  })
  .map(({ values, forecast, model, order }) => ({
    messages: values.flatMap((value, at) =>
      value === null ? [] : [{ raw: 'm', time: END - (at + 1) * MINUTE, fields: new Map([['v', value]]) }],
    ),
    query: `* | timeslice 1m | sum(v) as v by _timeslice | ${order}predict v by 1m${model}${forecast}`,
  }));
