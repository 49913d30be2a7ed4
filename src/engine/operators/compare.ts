import type { Stage as AstStage, OperatorStage } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import {
  type ArgsOf,
  alias,
  choice,
  duration,
  flag,
  list,
  number,
  optional,
  sequence,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, concatBatches } from '../columns/batch.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { checkDuration, checkWhole, millisecondsOf } from './amounts.ts';
import { joinPeriods, type Shift, type ShiftedTable } from './compare-periods.ts';
import { checkSliceName, lastOperator } from './place.ts';

/** So many queries are run besides the first. */
const MOST_PERIODS = 7;

const comparison = {
  timeshift: word('timeshift'),
  shift: duration(),
  periods: optional(number()),
  how: optional(choice({ avg: word('avg'), min: word('min'), max: word('max') })),
  as: alias(),
};
type Comparison = ArgsOf<typeof comparison>;

/** `compare [with] timeshift 1d [7 [avg|min|max]] [as name], …`. */
export const compare = defineOperator({
  name: 'compare',
  summary: 'Adds the results of the same query over earlier times.',
  description:
    'Runs everything before it once more for each period, over the time range moved back by the shift, and joins ' +
    'the results by the fields of the aggregate. `timeshift 1d` compares with a day before, `timeshift 1d 3` with ' +
    'one, two and three days before, `timeshift 1d 7 avg` with the mean (or `min`, `max`) of seven days; missing ' +
    'periods are left out of it. Units are `s`, `m`, `h`, `d` and `w`; a sign is ignored.\n\n' +
    'A result `_count` becomes `_count_1d`, `_count_2d` and so on, with `avg` over seven days `_count_7d_avg`, with ' +
    '`as name` `_count_name` (`_count_name_1d` and so on for several periods). `_timeslice` of an earlier time is ' +
    'moved forward by its shift. A key that only one side has is kept, with null in the columns of the other side.\n\n' +
    'At most seven different periods in all, one `compare` per query, and `timeslice` before it must not rename its field.',
  syntax: { with: flag('with'), comparisons: list(sequence(comparison)) },
  reads: () => 'all',
  writes: () => 'all',
  order: 'makes',
  split: 'coordinator',
  stands: 'aggregate',
  changesRowCount: true,
  live: false,
  check: ({ comparisons }) => checkComparisons(comparisons),
  checkPlace: (_args, { span }, before) => checkBefore(span, before),
  async prepare({ comparisons }, context): Promise<readonly ShiftedTable[]> {
    const shifts = comparisons.flatMap(shiftsOf);
    const tables = new Map<number, Batch>();
    for (const ms of new Set(shifts.map((shift) => shift.ms))) {
      const time = { from: context.time.from - ms, to: context.time.to - ms };
      tables.set(ms, concatBatches(await context.runBefore(time)));
    }
    return shifts.map((shift) => ({ shift, table: tables.get(shift.ms)! }));
  },
  start(_args, context) {
    const shifted = context.prepared as readonly ShiftedTable[];
    return wholeTable((table) => joinPeriods(table, shifted, context));
  },
  examples: [
    {
      query:
        '* | parse "k=*" as k | timeslice 1d | count by _timeslice, k | compare timeshift 1d | sort by _timeslice asc, k asc',
      input:
        '2024-01-01T10:00:00Z\tk=A\n2024-01-01T10:00:01Z\tk=A\n2024-01-02T10:00:02Z\tk=A\n2024-01-02T10:00:03Z\tk=B',
      expect: '_timeslice,k,_count,_count_1d\n1704067200000,A,2,\n1704153600000,A,1,2\n1704153600000,B,1,',
    },
  ],
});

/** One shift per earlier query; several share a `result` when they are put together by avg, min or max. */
function shiftsOf({ shift, periods, how, as }: Comparison): Shift[] {
  const ms = millisecondsOf(shift) ?? 0;
  const count = Math.abs(shift.count);
  const unit = shift.unit?.toLowerCase() ?? '';
  const last = periods?.count ?? 1;
  const together = how?.avg ? 'avg' : how?.min ? 'min' : how?.max ? 'max' : null;
  return Array.from({ length: last }, (_, at): Shift => {
    const period = at + 1;
    if (together !== null) {
      return {
        ms: ms * period,
        suffix: as?.name.text ?? `${count * last}${unit}_${together}`,
        together,
      };
    }
    const named = as === null ? '' : as.name.text;
    const when = `${count * period}${unit}`;
    const suffix = named === '' ? when : last === 1 ? named : `${named}_${when}`;
    return { ms: ms * period, suffix, together };
  });
}

function checkComparisons(comparisons: readonly Comparison[]): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const suffixes = new Set<string>();
  const periods = new Set<number>();
  for (const one of comparisons) {
    problems.push(...checkDuration(one.shift, 'the shift of `compare`'));
    const wrong = checkWhole(one.periods, 'the number of periods of `compare`', 1, 10_000);
    if (wrong.length > 0) return [...problems, ...wrong];
    const span = one.as?.name.span ?? one.shift.span;
    for (const { ms } of shiftsOf(one)) periods.add(ms);
    if (periods.size > MOST_PERIODS) {
      problems.push(
        error(
          'bad-value',
          span,
          `\`compare\` runs at most ${MOST_PERIODS} earlier queries, found ${periods.size}`,
        ),
      );
      return problems;
    }
    for (const suffix of new Set(shiftsOf(one).map((shift) => shift.suffix.toLowerCase()))) {
      if (suffixes.has(suffix)) {
        problems.push(
          error('duplicate-name', span, `two comparisons give columns that end in \`_${suffix}\``, {
            help: 'give one a name of its own with `as`',
          }),
        );
      }
      suffixes.add(suffix);
    }
  }
  return problems;
}

function checkBefore(span: Span, before: readonly AstStage[]): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  if (lastOperator(before, 'compare') !== null) {
    problems.push(error('wrong-place', span, 'only one `compare` is allowed in a query'));
  }
  for (const stage of before) {
    if (!isIncomparable(stage)) continue;
    problems.push(
      error(
        'wrong-place',
        span,
        `\`compare\` cannot follow \`${stage.name}\`: its rows have no keys to compare by`,
      ),
    );
  }
  return [...problems, ...checkSliceName('compare', span, before)];
}

/** Explanations and clusters are found anew over each time range. */
function isIncomparable(stage: AstStage): stage is OperatorStage {
  if (stage.kind !== 'operator') return false;
  if (stage.name === 'logexplain') return true;
  const { mode } = stage.args as { readonly mode?: { readonly values?: unknown } | null };
  return stage.name === 'logreduce' && mode?.values !== undefined;
}
