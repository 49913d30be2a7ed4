import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Column,
  columnOf,
  constantColumn,
  type DigitsColumn,
  newBitmap,
  selectColumn,
  setBit,
  textColumn,
  valueAt,
  valuesOf,
} from '../../../src/engine/columns/column.ts';
import type { Value } from '../../../src/engine/columns/value.ts';
import { Words } from '../../../src/engine/columns/words.ts';
import { registry } from '../../../src/engine/registry.ts';
import { applyFunction, testContext } from './apply.ts';

const text = fc.oneof(
  fc.constantFrom(
    '10.0.0.1',
    '10.10.1.60',
    '8.8.8.8',
    '::1',
    '-',
    '',
    ' ',
    '007',
    '1.5e3',
    'Infinity',
    '1418530010',
  ),
  fc.ipV4(),
  fc.string({ unit: 'binary', maxLength: 8 }).map((value) => value.toWellFormed()),
  fc.integer().map(String),
  fc.double().map(String),
);
const number = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: 0, max: 2e12 }));

function nullable<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(value, { freq: 5 });
}

function dictionary(values: readonly (string | null)[]): Column {
  const words = new Words();
  const codes = Uint32Array.from(values, (value) => (value === null ? 0 : words.internText(value)));
  return { kind: 'dictionary', length: values.length, codes, words };
}

function digits(values: readonly (string | null)[]): DigitsColumn {
  const exceptions: string[] = [];
  const validity = newBitmap(values.length);
  const numbers = Float64Array.from(values, (value, row) => {
    if (value === null) return 0;
    setBit(validity, row);
    return String(Number(value)) === value &&
      Number.isInteger(Number(value)) &&
      Number(value) >= 0 &&
      Number(value) < 2 ** 53
      ? Number(value)
      : -exceptions.push(value);
  });
  return { kind: 'digits', length: values.length, values: numbers, exceptions, validity };
}

/** Columns of `length` rows in every layout. */
function columns(length: number): fc.Arbitrary<Column> {
  const rows = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: length, maxLength: length });
  const flat = fc.oneof(
    rows(nullable(text)).map(textColumn),
    rows(text).map(textColumn),
    rows(nullable(text)).map(dictionary),
    rows(nullable(fc.oneof(fc.nat().map(String), text))).map(digits),
    rows(fc.nat().map(String)).map(digits),
    rows(nullable(number)).map((values) => columnOf(values, 'double')),
    rows(fc.integer()).map((values) => columnOf(values)),
    rows(nullable(fc.boolean())).map((values) => columnOf(values)),
    nullable(fc.oneof<fc.Arbitrary<Value>[]>(text, number, fc.boolean())).map((value) =>
      constantColumn(value, length),
    ),
    rows(nullable(fc.oneof<fc.Arbitrary<Value>[]>(text, number, fc.boolean()))).map(
      (values): Column => ({ kind: 'values', length, values }),
    ),
  );
  const selection = rows(fc.nat({ max: Math.max(length - 1, 0) })).map((picked) => Uint32Array.from(picked));
  return fc.oneof(
    { weight: 4, arbitrary: flat },
    {
      weight: 1,
      arbitrary: fc.tuple(flat, selection).map(([column, picked]) => selectColumn(column, picked)),
    },
  );
}

/** Argument columns that make sense for some parameters, beside random ones. */
function argument(name: string, index: number, length: number): fc.Arbitrary<Column> {
  const constant = (...values: Value[]) =>
    fc.constantFrom(...values).map((value) => constantColumn(value, length));
  const any = columns(length);
  if (name === 'compareCIDRPrefix' && index === 1)
    return fc.oneof(any, constant('10.10.1.32', '8.0.0.0', 'x'));
  if (name === 'compareCIDRPrefix' && index === 2) return constant('27', '8', '0', 33, null);
  if (name === 'formatDate' && index === 1) return fc.oneof(any, constant('yyyy-MM-dd HH:mm:ss.SSS', 'b'));
  if (name === 'formatDate' && index === 2) return constant('UTC', 'Europe/Berlin', 'Mars/X');
  if (name === 'round' && index === 1) return fc.oneof(any, constant(0, 1, 2, -2));
  return any;
}

/** Equal but for the sign of zero, which no output shows. */
function same(a: Value, b: Value): boolean {
  return a === b || Object.is(a, b);
}

const withKernel = registry.functions.filter((definition) => definition.kernel !== undefined);

describe('a kernel agrees with evaluate, value by value and warning by warning', () => {
  it.each(withKernel.map((definition) => [definition.name, definition] as const))(
    '%s',
    (name, definition) => {
      const last = definition.parameters.at(-1);
      const most = last?.rest === undefined ? definition.parameters.length : 4;
      const least = definition.parameters.filter((parameter) => parameter.optional !== true).length;
      const calls = fc
        .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: least, max: most }))
        .chain(([length, count]) =>
          fc.tuple(
            fc.constant(length),
            fc.tuple(...Array.from({ length: count }, (_, index) => argument(name, index, length))),
          ),
        );
      let applied = 0;
      fc.assert(
        fc.property(calls, ([length, args]) => {
          const fast = testContext();
          const result = definition.kernel?.(args, length, fast) ?? null;
          if (result === null) return;
          applied++;
          expect(result.length).toBe(length);
          const slow = testContext();
          const found = valuesOf(result);
          for (let row = 0; row < length; row++) {
            const values = args.map((column) => valueAt(column, row));
            const expected = applyFunction(definition, values, slow);
            if (!same(found[row] as Value, expected)) {
              throw new Error(
                `row ${row} of ${JSON.stringify(values)}: kernel ${found[row]}, evaluate ${expected}`,
              );
            }
          }
          expect(fast.rowWarnings).toEqual(slow.rowWarnings);
        }),
        { numRuns: 300 },
      );
      expect(applied).toBeGreaterThan(20);
    },
  );
});
