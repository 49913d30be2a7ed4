import type { OperatorDefinition } from '../define.ts';
import { accum } from './accum.ts';
import { backshift } from './backshift.ts';
import { bin } from './bin.ts';
import { cat } from './cat.ts';
import { compare } from './compare.ts';
import { countFrequent } from './count-frequent.ts';
import { dedup } from './dedup.ts';
import { diff } from './diff.ts';
import { fields } from './fields.ts';
import { fillmissing } from './fillmissing.ts';
import { filter } from './filter.ts';
import { geoip } from './geoip.ts';
import { json } from './json.ts';
import { limit } from './limit.ts';
import { lookup } from './lookup.ts';
import { merge } from './merge.ts';
import { outlier } from './outlier.ts';
import { parse } from './parse.ts';
import { extract, parseRegex } from './parse-regex.ts';
import { predict } from './predict.ts';
import { rollingstd } from './rollingstd.ts';
import { save } from './save.ts';
import { smooth } from './smooth.ts';
import { sort } from './sort.ts';
import { threatip } from './threatip.ts';
import { threatlookup } from './threatlookup.ts';
import { timeslice } from './timeslice.ts';
import { top } from './top.ts';
import { topk } from './topk.ts';
import { total } from './total.ts';
import { transpose } from './transpose.ts';
import { where } from './where.ts';
import { withtime } from './withtime.ts';

/** Every operator of the language; one line each, in alphabetical order. */
export const operators: readonly OperatorDefinition[] = [
  accum,
  backshift,
  bin,
  cat,
  compare,
  countFrequent,
  dedup,
  diff,
  extract,
  fields,
  fillmissing,
  filter,
  geoip,
  json,
  limit,
  lookup,
  merge,
  outlier,
  parse,
  parseRegex,
  predict,
  rollingstd,
  save,
  smooth,
  sort,
  threatip,
  threatlookup,
  timeslice,
  top,
  topk,
  total,
  transpose,
  where,
  withtime,
];
