import { describe, expect, test } from 'vitest';
import { PctSamples } from '../../../src/engine/aggregates/pct-samples.ts';
import { columnOf, constantColumn, textColumn } from '../../../src/engine/columns/column.ts';
import { QueryFailure } from '../../../src/engine/define.ts';
import { aggregated, aggregateNamed, callOf, contextOf } from './call.ts';

const one = (...values: (string | null)[]) => values.map(() => 0);
const over = (name: string, values: (string | null)[], ...more: number[]) =>
  aggregated(name, ['f', ...more], one(...values), textColumn(values))[0];

describe('numeric aggregates', () => {
  test('leave out nulls and text that is no number, with one counted warning', () => {
    const context = contextOf();
    const sum = aggregateNamed('sum').create(callOf('sum', 'ms'), context);
    sum.add(new Uint32Array(4), 4, 1, textColumn(['30', null, 'x', '12']));
    expect(sum.finish(1).map((column) => column.kind === 'number' && column.values[0])).toEqual([42]);
    expect([...context.warnings]).toEqual([['`sum` of `ms` left out a value that is not a number', 1]]);
  });

  test.each(['sum', 'avg', 'min', 'max', 'stddev', 'pct'])('%s of no number is null', (name) => {
    expect(over(name, [null, 'x', ''])).toEqual([null]);
  });

  test.each([
    ['sum', 60],
    ['avg', 20],
    ['min', 12],
    ['max', 30],
  ])('%s', (name, expected) => {
    expect(over(name, ['30', '12', '18', null])).toEqual([expected]);
  });

  test('sum tells zero from nothing', () => {
    expect(aggregated('sum', ['f'], [0, 1, 2], columnOf([-0, null, 0], 'double'))).toEqual([
      [0],
      [null],
      [0],
    ]);
  });

  test('min and max of negative numbers and infinities', () => {
    expect(over('max', ['-9', '-4'])).toEqual([-4]);
    expect(over('min', ['-Infinity', '3'])).toEqual([-Infinity]);
  });

  test('a constant column counts in every row', () => {
    expect(aggregated('sum', ['f'], [0, 0, 1], constantColumn('2', 3))).toEqual([[4], [2]]);
  });

  test('stddev is the sample form, and 0 for one value', () => {
    expect(over('stddev', ['1', '2', '3', '4'])![0]).toBeCloseTo(1.29099, 5);
    expect(over('stddev', ['5'])).toEqual([0]);
  });
});

describe('count', () => {
  test('counts rows; with a field, the rows with a value, empty text too', () => {
    expect(aggregated('count', [], [0, 1, 0, 0], null)).toEqual([[3], [1]]);
    expect(aggregated('count', ['f'], [0, 1, 0, 0], textColumn(['9', '4', null, '']))).toEqual([[2], [1]]);
  });
});

describe('count_distinct and values', () => {
  test('an empty text is a value, null is not', () => {
    expect(over('count_distinct', ['red', '', 'red', null])).toEqual([2]);
    expect(over('values', ['x', '', null])).toEqual(['\nx']);
    expect(over('values', [null])).toEqual([null]);
  });

  test('a number and its text are one value', () => {
    expect(aggregated('count_distinct', ['f'], [0, 0, 0], columnOf([7, '7', '007']))).toEqual([[2]]);
  });

  test('more than a few thousand values stay exact', () => {
    const values = Array.from({ length: 20_000 }, (_, row) => `v${row % 7000}`);
    expect(over('count_distinct', values)).toEqual([7000]);
  });

  test('several fields count combinations', () => {
    const first = textColumn(['a', 'a', 'b', null]);
    const second = textColumn(['x', 'x', 'x', 'x']);
    expect(aggregated('count_distinct', ['f', 'g'], [0, 0, 0, 0], first, [second])).toEqual([[2]]);
  });

  test('values are in code point order, numbers as text', () => {
    expect(over('values', ['b', 'B', '10', '9', '\u{1f600}', '\uffee'])).toEqual([
      '10\n9\nB\nb\n\uffee\n\u{1f600}',
    ]);
  });

  test('values shows the first hundred', () => {
    const values = Array.from({ length: 150 }, (_, row) => String(1149 - row));
    const shown = String(over('values', values)![0]).split('\n');
    expect([shown.length, shown[0], shown[99]]).toEqual([100, '1000', '1099']);
  });
});

describe('first and last', () => {
  test('pass over nulls and keep the type', () => {
    expect(aggregated('first', ['f'], [0, 0, 0], columnOf([null, 3, 4]))).toEqual([[3]]);
    expect(aggregated('last', ['f'], [0, 1, 0, 1], textColumn(['a', 'b', null, 'c']))).toEqual([
      ['a'],
      ['c'],
    ]);
  });
});

describe('most_recent and least_recent', () => {
  const timed = (value: unknown, timestamp: number) => JSON.stringify({ value, timestamp });

  test('go by time, and by order where times are equal', () => {
    const rows = [timed('a', 5), timed('b', 7), timed('c', 7), timed('d', 2)];
    expect(over('most_recent', rows)).toEqual(['b']);
    expect(over('least_recent', rows)).toEqual(['d']);
  });

  test('keep the type of the value', () => {
    expect(over('most_recent', [timed(12.5, 1)])).toEqual([12.5]);
  });

  test('a value without time is an error', () => {
    expect(() => over('most_recent', ['301'])).toThrow(QueryFailure);
    expect(() => over('most_recent', ['301'])).toThrow(
      '`most_recent` needs values with a time, but `f` has none',
    );
  });
});

describe('pct', () => {
  test('interpolates between ranks', () => {
    expect(over('pct', ['12', '18', '30'], 50)).toEqual([18]);
    expect(over('pct', ['10', '30'], 50)).toEqual([20]);
    expect(over('pct', ['10', '30'], 0, 100, 0.5)).toEqual([10, 30, 10.1]);
    expect(over('pct', ['30', '10'])).toEqual([20]);
  });

  test('sorts as numbers', () => {
    expect(over('pct', ['10', '9', '8'], 100)).toEqual([10]);
  });

  test('names outputs after field and percentile', () => {
    expect(aggregateNamed('pct').outputs(callOf('pct', 'size', 75, 99.9))).toEqual([
      '_size_pct_75',
      '_size_pct_99.9',
    ]);
    expect(aggregateNamed('median').outputs(callOf('median', 'size'))).toEqual(['_size_pct_50']);
  });

  test('rejects percentiles outside 0 to 100, and one name for several', () => {
    const { check } = aggregateNamed('pct');
    expect(check!(callOf('pct', 'f', 101)).map(({ message }) => message)).toEqual([
      'a percentile must be from 0 to 100, found 101',
    ]);
    const named = {
      ...callOf('pct', 'f', 50, 90),
      alias: { kind: 'name' as const, text: 'p', span: { start: 0, end: 0 } },
    };
    expect(check!(named)).toHaveLength(1);
  });

  test('stays close when samples are compressed, and exact at both ends', () => {
    const samples = new PctSamples(5000);
    const other = new PctSamples(5000);
    for (let part = 0; part < 20; part++) {
      const values = Float64Array.from({ length: 3000 }, (_, at) => ((at * 20 + part) * 7919) % 60_000);
      const target = part % 2 === 0 ? samples : other;
      target.add(new Uint32Array(3000), 3000, { values, validity: null, unusable: 0 });
    }
    samples.merge(new Uint32Array(1), 1, other.state(1));
    const [least, middle, high, most] = samples.percentiles(1, [0, 50, 99, 100]).map(([value]) => value);
    expect([least, most]).toEqual([0, 59_999]);
    expect(Math.abs(middle! - 30_000)).toBeLessThan(150);
    expect(Math.abs(high! - 59_400)).toBeLessThan(60);
  });
});

describe('arguments', () => {
  test.each(['sum', 'avg', 'min', 'max', 'stddev', 'first', 'last', 'values', 'count_distinct'])(
    '%s needs a field',
    (name) => {
      const messages = aggregateNamed(name).check!(callOf(name)).map(({ message }) => message);
      expect(messages).toEqual([`\`${name}\` takes a field, found none`]);
    },
  );

  test('an expression is no field', () => {
    const [problem] = aggregateNamed('avg').check!(callOf('avg', 5));
    expect(problem?.message).toBe('`avg` takes a field, found a literal');
  });
});
