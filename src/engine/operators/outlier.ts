import type { FieldReference } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import {
  anyOrder,
  choice,
  field,
  list,
  number,
  optional,
  sequence,
  setting,
  symbol,
  text,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, columnNamed, withColumns } from '../columns/batch.ts';
import { isSet, newBitmap, setBit } from '../columns/column.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { checkWhole } from './amounts.ts';
import { checkTimeslice } from './place.ts';
import { groupsOf } from './running.ts';
import { inSliceOrder } from './series.ts';
import { TIMESLICE } from './timeslice.ts';
import { deviationOf, meanOf } from './window.ts';

type Direction = '+-' | '+' | '-';
const SUFFIXES = ['error', 'lower', 'upper', 'indicator', 'violation', 'std'] as const;

/** `outlier field [by f1, f2] [window=10, threshold=3, consecutive=1, direction=+-]`. */
export const outlier = defineOperator({
  name: 'outlier',
  summary: 'Finds values of a time series that are far from the values before them.',
  description:
    'Needs `timeslice` and an aggregate by `_timeslice` before it. For every slice, the mean and the population ' +
    'standard deviation of the last `window` slices (10; the slice itself is not among them) give bounds of ' +
    '`threshold` (3.0) deviations around the mean. With `by` each key is a series of its own. Adds:\n\n' +
    '| field | value |\n|---|---|\n' +
    '| `<field>_error` | the value less the mean |\n' +
    '| `<field>_lower`, `<field>_upper` | the bounds |\n' +
    '| `<field>_indicator` | 1 outside the bounds in the `direction` (`+-`, `+` or `-`), else 0 |\n' +
    '| `<field>_violation` | 1 when the last `consecutive` (1) indicators are 1, else 0 |\n' +
    '| `<field>_std` | the standard deviation |\n\n' +
    'The newest slice may be incomplete and is never marked. With fewer slices before it than the window, a slice ' +
    'gets bounds from what there is (from two on) but no mark. Rows come in ascending order of `_timeslice`; missing ' +
    'slices are not made up (see `fillmissing`). A row whose value is not a number is left out.',
  syntax: {
    field: field(),
    settings: anyOrder({
      by: sequence({ by: word('by'), fields: list(field()) }),
      window: setting('window', number()),
      threshold: setting('threshold', number()),
      consecutive: setting('consecutive', number()),
      direction: setting(
        'direction',
        choice({
          up: sequence({ plus: symbol('+'), minus: optional(symbol('-')) }),
          down: symbol('-'),
          quoted: text(),
        }),
      ),
    }),
  },
  reads: ({ field, settings }) => [field.name, TIMESLICE, ...namesOf(settings.by?.fields)],
  writes: ({ field }) => outputsOf(field.name),
  order: 'makes',
  split: 'coordinator',
  stands: 'aggregate',
  changesRowCount: true,
  check({ settings }): readonly Diagnostic[] {
    const { threshold, direction } = settings;
    const problems = [
      ...checkWhole(settings.window, 'the window of `outlier`', 1, Infinity),
      ...checkWhole(settings.consecutive, '`consecutive` of `outlier`', 1, Infinity),
    ];
    if (threshold !== null && threshold.count <= 0) {
      problems.push(
        error(
          'bad-value',
          threshold.span,
          `the threshold of \`outlier\` must be more than 0, found ${threshold.count}`,
        ),
      );
    }
    const quoted = direction?.quoted;
    if (quoted !== undefined && !['+', '-', '+-', '-+'].includes(quoted.value)) {
      problems.push(
        error(
          'bad-value',
          quoted.span,
          `\`direction\` must be \`+-\`, \`+\` or \`-\`, found \`${quoted.value}\``,
        ),
      );
    }
    return problems;
  },
  checkPlace: (_args, { span }, before) => checkTimeslice('outlier', span, before),
  start({ field, settings }, context) {
    const rules: Rules = {
      window: settings.window?.count ?? 10,
      threshold: settings.threshold?.count ?? 3,
      consecutive: settings.consecutive?.count ?? 1,
      direction: directionOf(settings.direction),
    };
    return wholeTable((table) => {
      const series = inSliceOrder(table, field.name, 'outlier', context);
      return withOutliers(series, field.name, namesOf(settings.by?.fields), rules);
    });
  },
  examples: [
    {
      query:
        '* | parse "v=*" as v | timeslice 1m | sum(v) as v by _timeslice | outlier v window=4 | where v_indicator = 1 | fields v, v_error, v_indicator, v_violation',
      input: [20, 24, 22, 26, 80, 21]
        .map((value, minute) => `2024-01-01T10:0${minute}:00Z\tv=${value}`)
        .join('\n'),
      expect: 'v,v_error,v_indicator,v_violation\n80,57,1,1',
    },
  ],
});

function outputsOf(field: string): readonly string[] {
  return SUFFIXES.map((suffix) => `${field}_${suffix}`);
}

interface Rules {
  readonly window: number;
  readonly threshold: number;
  readonly consecutive: number;
  readonly direction: Direction;
}

function namesOf(fields: readonly FieldReference[] | undefined): readonly string[] {
  return fields?.map(({ name }) => name) ?? [];
}

function directionOf(
  given: Partial<{
    readonly up: { readonly minus: true | null };
    readonly down: true;
    readonly quoted: { readonly value: string };
  }> | null,
): Direction {
  if (given?.down || given?.quoted?.value === '-') return '-';
  if (given?.quoted?.value === '+' || (given?.up !== undefined && given.up.minus === null)) return '+';
  return '+-';
}

/** The rows, which are in order of time, with what `outlier` adds. */
function withOutliers(table: Batch, field: string, by: readonly string[], rules: Rules): Batch {
  const { length } = table;
  const { values } = denseNumbersOf(columnNamed(table, field));
  const slices = denseNumbersOf(columnNamed(table, TIMESLICE)).values;
  const newest = length === 0 ? 0 : slices[length - 1]!;
  const groups = new GroupTable(by.length);
  const groupOf = groupsOf(table, by, groups);
  const results = SUFFIXES.map(() => new Float64Array(length));
  const [error, lower, upper, indicator, violation, std] = results;
  const bounded = newBitmap(length);
  const series = Array.from({ length: groups.count }, (): Series => ({ before: [], run: 0 }));
  for (let row = 0; row < length; row++) {
    const one = series[groupOf[row]!]!;
    const value = values[row]!;
    if (one.before.length >= 2) {
      const mean = meanOf(one.before);
      const deviation = deviationOf(one.before, mean);
      setBit(bounded, row);
      error![row] = value - mean;
      lower![row] = mean - rules.threshold * deviation;
      upper![row] = mean + rules.threshold * deviation;
      std![row] = deviation;
    }
    const complete = one.before.length === rules.window && slices[row] !== newest;
    const marked =
      complete && isSet(bounded, row) && isOutside(value, lower![row]!, upper![row]!, rules.direction);
    indicator![row] = marked ? 1 : 0;
    one.run = marked ? one.run + 1 : 0;
    violation![row] = one.run >= rules.consecutive ? 1 : 0;
    one.before.push(value);
    if (one.before.length > rules.window) one.before.shift();
  }
  return withColumns(
    table,
    outputsOf(field),
    SUFFIXES.map((suffix, at) => {
      const validity = suffix === 'indicator' || suffix === 'violation' ? null : bounded;
      return numberColumn(results[at]!, length, validity);
    }),
  );
}

interface Series {
  /** The values of the last `window` slices, oldest first. */
  readonly before: number[];
  /** How many slices in a row are marked. */
  run: number;
}

function isOutside(value: number, lower: number, upper: number, direction: Direction): boolean {
  return (direction !== '-' && value > upper) || (direction !== '+' && value < lower);
}
