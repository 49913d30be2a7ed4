import type { OperatorDefinition } from '../define.ts';
import { accum } from './accum.ts';
import { autoParse } from './auto-parse.ts';
import { backshift } from './backshift.ts';
import { benchmark } from './benchmark.ts';
import { bin } from './bin.ts';
import { builtInFields } from './built-in-fields.ts';
import { cat } from './cat.ts';
import { compare } from './compare.ts';
import { countFrequent } from './count-frequent.ts';
import { csv } from './csv.ts';
import { dedup } from './dedup.ts';
import { details } from './details.ts';
import { diff } from './diff.ts';
import { fields } from './fields.ts';
import { fillmissing } from './fillmissing.ts';
import { filter } from './filter.ts';
import { geoip } from './geoip.ts';
import { infer } from './infer.ts';
import { join } from './join.ts';
import { json } from './json.ts';
import { jsonAuto } from './json-auto.ts';
import { keyvalue } from './keyvalue.ts';
import { keyvalueAuto } from './keyvalue-auto.ts';
import { limit } from './limit.ts';
import { logcompare } from './logcompare.ts';
import { logexplain } from './logexplain.ts';
import { logreduce } from './logreduce.ts';
import { lookup } from './lookup.ts';
import { merge } from './merge.ts';
import { outlier } from './outlier.ts';
import { parse } from './parse.ts';
import { extract, parseRegex } from './parse-regex.ts';
import { parseXmlOperator } from './parse-xml.ts';
import { predict } from './predict.ts';
import { rollingstd } from './rollingstd.ts';
import { save } from './save.ts';
import { scopeFilter } from './scope-filter.ts';
import { sessionize } from './sessionize.ts';
import { smooth } from './smooth.ts';
import { sort } from './sort.ts';
import { split } from './split.ts';
import { threatip } from './threatip.ts';
import { threatlookup } from './threatlookup.ts';
import { timeslice } from './timeslice.ts';
import { top } from './top.ts';
import { topk } from './topk.ts';
import { total } from './total.ts';
import { trace } from './trace.ts';
import { transaction } from './transaction.ts';
import { transactionize } from './transactionize.ts';
import { transpose } from './transpose.ts';
import { where } from './where.ts';
import { withtime } from './withtime.ts';

/** Every operator of the language; one line each, in alphabetical order. */
export const operators: readonly OperatorDefinition[] = [
  accum,
  backshift,
  benchmark,
  bin,
  cat,
  compare,
  countFrequent,
  csv,
  dedup,
  details,
  diff,
  extract,
  fields,
  fillmissing,
  filter,
  geoip,
  infer,
  join,
  json,
  jsonAuto,
  keyvalue,
  keyvalueAuto,
  limit,
  logcompare,
  logexplain,
  logreduce,
  lookup,
  merge,
  outlier,
  parse,
  parseRegex,
  parseXmlOperator,
  predict,
  rollingstd,
  save,
  sessionize,
  smooth,
  sort,
  split,
  threatip,
  threatlookup,
  timeslice,
  top,
  topk,
  total,
  trace,
  transaction,
  transactionize,
  transpose,
  where,
  withtime,
];

/** Stages that only the planner makes: no text can name them, and they stand in no list or help. */
export const plannedOperators: readonly OperatorDefinition[] = [autoParse, builtInFields, scopeFilter];
