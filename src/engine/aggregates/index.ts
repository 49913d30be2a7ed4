import type { AggregateDefinition } from '../define.ts';
import { avg } from './avg.ts';
import { count } from './count.ts';
import { countDistinct } from './count-distinct.ts';
import { first } from './first.ts';
import { last } from './last.ts';
import { leastRecent } from './least-recent.ts';
import { max } from './max.ts';
import { median } from './median.ts';
import { min } from './min.ts';
import { mostRecent } from './most-recent.ts';
import { pct } from './pct.ts';
import { pctSampling } from './pct-sampling.ts';
import { stddev } from './stddev.ts';
import { sum } from './sum.ts';
import { values } from './values.ts';

/** Every aggregate of the language; one line each, in alphabetical order. */
export const aggregates: readonly AggregateDefinition[] = [
  avg,
  count,
  countDistinct,
  first,
  last,
  leastRecent,
  max,
  median,
  min,
  mostRecent,
  pct,
  pctSampling,
  stddev,
  sum,
  values,
];
