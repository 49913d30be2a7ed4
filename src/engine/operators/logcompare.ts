import type { Amount, Pipeline, Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import {
  type ArgsOf,
  choice,
  duration,
  optional,
  pipeline,
  sequence,
  setting,
  text,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, concatBatches, newBatch, Schema } from '../columns/batch.ts';
import { columnOf, textColumn } from '../columns/column.ts';
import { defineOperator, type PrepareContext, QueryFailure, wholeTable } from '../define.ts';
import { roundTo } from '../kernels/decimal.ts';
import type { TimeRange } from '../source.ts';
import { parseTime } from '../time/range.ts';
import { millisecondsOf } from './amounts.ts';
import { clusterMessages } from './cluster-messages.ts';
import { textsOf } from './field-texts.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';

const syntax = {
  when: choice({
    shift: sequence({ timeshift: word('timeshift'), by: duration() }),
    range: sequence({
      start: setting('start_time', text({ bare: true })),
      end: setting('end_time', text({ bare: true })),
    }),
  }),
  baseline: optional(sequence({ baseline: word('baseline'), query: pipeline() })),
};

type Args = ArgsOf<typeof syntax>;

/** `logcompare timeshift -1d [baseline (query)]`, `logcompare start_time "…" [end_time "…"]`. */
export const logcompare = defineOperator({
  name: 'logcompare',
  summary: 'Compares the signatures of messages with those of an earlier time or of other messages.',
  description: [
    'Runs the stages before it (or the query after `baseline`) over the time range moved back by the shift, or from `start_time` on for as long as the range',
    '(until `end_time` where given; ISO 8601 in quotes), and groups both sets of messages into one set of signatures as `logreduce` does. Gives per signature:',
    '',
    '- `_count`: messages of the query (0 for a signature that is gone)',
    '- `_deltaPercentage`: how much its share grew, in percent; `Infinity` when it is new',
    '- `_anomalyScore`: how much the two shares differ (symmetric Kullback-Leibler term); highest first',
    '- `_isNew`: true when the baseline does not have it',
    '- `_signature_id` and `signature`',
    '',
    '`-0s` with a baseline compares two sets of messages of one time. Needs a time range. Messages are cut to 64 KB.',
  ].join('\n'),
  syntax,
  reads: () => ['_raw', '_messageTime'],
  writes: () => ['_count', '_deltaPercentage', '_anomalyScore', '_isNew', '_signature_id', 'signature'],
  fields: 'replaces',
  order: 'makes',
  split: 'coordinator',
  stands: 'raw-to-aggregate',
  changesRowCount: true,
  live: false,
  check: checkTimes,
  prepare: async (args, context) => {
    const range = baselineRange(args, context);
    const baseline = args.baseline?.query ?? null;
    const batches =
      baseline === null ? await context.runBefore(range) : await runPipeline(baseline, range, context);
    return concatBatches(batches);
  },
  start: (_, context) => wholeTable((target) => compareSignatures(target, context.prepared as Batch)),
  examples: [
    {
      query:
        'ok or disk | logcompare start_time "2024-01-01T00:00:00Z" baseline (ok) | fields _count, _isNew, signature',
      input: '2024-01-01T00:00:00.000Z\tuser 1 ok\n2024-01-01T00:00:01.000Z\tdisk full',
      expect: '_count,_isNew,signature\n1,false,user ********** ok\n1,true,disk full',
    },
  ],
});

function checkTimes({ when }: Args, { span }: { readonly span: Span }): readonly Diagnostic[] {
  if (when.shift === undefined && when.range?.start == null) {
    return [
      error('wrong-arguments', span, '`logcompare` needs a time to compare with', {
        help: 'write `logcompare timeshift -1d`, or `start_time` and an ISO 8601 time in quotes',
      }),
    ];
  }
  const by = when.shift?.by;
  if (by !== undefined && millisecondsOf(by) === null) {
    return [
      error('bad-value', by.span, `the shift needs a unit, found \`${by.count}\``, {
        help: 'write `timeshift -1d`',
      }),
    ];
  }
  return [when.range?.start, when.range?.end].flatMap((time) => {
    const problem = time == null ? null : timeProblem(time);
    return time == null || problem === null
      ? []
      : [
          error('bad-time', time.span, problem, {
            help: 'write ISO 8601 in quotes: `"2024-03-04T05:06:07Z"`',
          }),
        ];
  });
}

function timeProblem({ value }: Text): string | null {
  const parsed = parseTime(value, { now: 0, timeZone: 'UTC' });
  return parsed.ok ? null : parsed.problem;
}

function baselineRange({ when }: Args, { time, now, timeZone }: PrepareContext): TimeRange {
  const length = time.to - time.from;
  if (!Number.isFinite(length)) {
    throw new QueryFailure(
      'unsupported',
      '`logcompare` needs a time range to compare',
      'give one with `--from` and `--to`',
    );
  }
  if (when.shift !== undefined) {
    const shift = millisecondsOf(when.shift.by as Amount) ?? 0;
    return { from: time.from - shift, to: time.to - shift };
  }
  const read = (text: Text | null | undefined, otherwise: number): number => {
    const parsed = text == null ? null : parseTime(text.value, { now: now(), timeZone });
    return parsed === null || !parsed.ok ? otherwise : parsed.value;
  };
  const from = read(when.range?.start, time.from);
  return { from, to: read(when.range?.end, from + length) };
}

function runPipeline({ scope, stages, span }: Pipeline, time: TimeRange, context: PrepareContext) {
  return context.runQuery({ kind: 'query', scope: scope ?? { kind: 'all', span }, stages, span }, time);
}

/** For the score, a share of 0 counts as half a message, so that its logarithm exists. */
const HALF = 0.5;

function compareSignatures(target: Batch, baseline: Batch): Batch {
  const targetTexts = textsOf(target, '_raw');
  const texts = [...targetTexts, ...textsOf(baseline, '_raw')];
  const order = [...rowsInTimeOrder(baseline)]
    .map((row) => row + targetTexts.length)
    .concat(...rowsInTimeOrder(target));
  const { signatures, ofMessage } = clusterMessages(texts, order);
  const rows = signatures.map((signature) => ({ ...signature, here: 0, there: 0 }));
  ofMessage.forEach((signature, message) => {
    const row = rows[signature];
    if (row !== undefined) row[message < targetTexts.length ? 'here' : 'there']++;
  });
  const scored = rows
    .map((row) => ({ ...row, ...scoreOf(row.here, target.length, row.there, baseline.length) }))
    .toSorted((a, b) => b.score - a.score || b.here - a.here);
  return newBatch(
    new Schema(['_count', '_deltaPercentage', '_anomalyScore', '_isNew', '_signature_id', 'signature']),
    [
      columnOf(scored.map(({ here }) => here)),
      columnOf(
        scored.map(({ delta }) => delta),
        'double',
      ),
      columnOf(
        scored.map(({ score }) => score),
        'double',
      ),
      columnOf(scored.map(({ there }) => there === 0)),
      textColumn(scored.map(({ id }) => id)),
      textColumn(scored.map(({ text }) => text)),
    ],
    scored.length,
  );
}

function scoreOf(
  here: number,
  targetSize: number,
  there: number,
  baselineSize: number,
): { delta: number; score: number } {
  const share = here / Math.max(targetSize, 1);
  const before = there / Math.max(baselineSize, 1);
  const smoothed = (count: number, size: number) => Math.max(count, HALF) / Math.max(size, 1);
  const [now, then] = [smoothed(here, targetSize), smoothed(there, baselineSize)];
  return {
    delta: before === 0 ? Infinity : roundTo(((share - before) / before) * 100, 4),
    score: roundTo((now - then) * Math.log(now / then), 4),
  };
}
