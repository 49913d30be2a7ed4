import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregates } from '../../../src/engine/aggregates/index.ts';
import {
  type Column,
  columnOf,
  type DigitsColumn,
  newBitmap,
  selectColumn,
  setBit,
  textColumn,
  valuesOf,
} from '../../../src/engine/columns/column.ts';
import type { Value } from '../../../src/engine/columns/value.ts';
import { Words } from '../../../src/engine/columns/words.ts';
import type { AggregateDefinition } from '../../../src/engine/define.ts';
import { callOf, contextOf } from './call.ts';

const GROUPS = 5;

interface Row {
  readonly group: number;
  readonly value: string | null;
}

/** Rows whose values fit the aggregate: what `withtime` makes, or texts of which many are numbers. */
function rowsFor(aggregate: AggregateDefinition): fc.Arbitrary<Row[]> {
  const plain = fc.oneof(
    fc.integer({ min: -50, max: 5000 }).map(String),
    fc.constantFrom('', '007', '1.5', 'x', '-', 'é', '4294967296', '2147483648', '-0'),
  );
  const timed = fc
    .tuple(plain, fc.integer({ min: 0, max: 1e6 }))
    .map(([value, timestamp]) => JSON.stringify({ value, timestamp }));
  const value = aggregate.name.endsWith('_recent') ? timed : plain;
  return fc.array(fc.record({ group: fc.nat(GROUPS - 1), value: fc.option(value, { freq: 6 }) }), {
    maxLength: 60,
  });
}

function argsFor(aggregate: AggregateDefinition): (string | number)[] {
  return aggregate.name.startsWith('pct') ? ['f', 0, 50, 99.9] : ['f'];
}

function dictionaryOf(values: readonly (string | null)[]): Column {
  const words = Words.of(['unused word']);
  const codes = Uint32Array.from(values, (value) => (value === null ? 0 : words.internText(value)));
  return { kind: 'dictionary', length: values.length, codes, words };
}

function digitsOf(values: readonly (string | null)[]): DigitsColumn {
  const exceptions: string[] = [];
  const validity = newBitmap(values.length);
  const numbers = new Float64Array(values.length);
  values.forEach((value, row) => {
    if (value === null) return;
    setBit(validity, row);
    if (/^(0|[1-9]\d*)$/.test(value)) numbers[row] = Number(value);
    else numbers[row] = -exceptions.push(value);
  });
  return { kind: 'digits', length: values.length, values: numbers, exceptions, validity };
}

function selectedOf(values: readonly (string | null)[]): Column {
  const backward = textColumn([...values].reverse());
  return selectColumn(
    backward,
    Uint32Array.from(values, (_, row) => values.length - 1 - row),
  );
}

const layouts: Record<string, (values: readonly (string | null)[]) => Column> = {
  dictionary: dictionaryOf,
  digits: digitsOf,
  selected: selectedOf,
  values: (values) => columnOf(values),
};

function run(
  aggregate: AggregateDefinition,
  parts: readonly (readonly Row[])[],
  layout = textColumn,
): Value[][] {
  const accumulator = aggregate.create(callOf(aggregate.name, ...argsFor(aggregate)), contextOf());
  for (const rows of parts) {
    accumulator.add(
      Uint32Array.from(rows, ({ group }) => group),
      rows.length,
      GROUPS,
      layout(rows.map(({ value }) => value)) as ReturnType<typeof textColumn>,
    );
  }
  return accumulator.finish(GROUPS).map(valuesOf);
}

/** Sums of squares differ in their last bits with the order of additions. */
function rounded(columns: readonly Value[][]): Value[][] {
  return columns.map((values) =>
    values.map((value) => (typeof value === 'number' ? Number(value.toPrecision(9)) + 0 : value)),
  );
}

describe.each(aggregates.map((aggregate) => [aggregate.name, aggregate] as const))('%s', (_, aggregate) => {
  test('merging the states of two parts equals adding both', () => {
    fc.assert(
      fc.property(
        rowsFor(aggregate),
        rowsFor(aggregate),
        fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
        (first, second, numbering) => {
          const call = callOf(aggregate.name, ...argsFor(aggregate));
          const together = aggregate.create(call, contextOf());
          for (const rows of [first, second]) {
            const other = aggregate.create(call, contextOf());
            other.add(
              Uint32Array.from(rows, ({ group }) => numbering[group]!),
              rows.length,
              GROUPS,
              textColumn(rows.map(({ value }) => value)),
            );
            // Group g of `other` is the group here whose number there is g.
            const groupOf = Uint32Array.from({ length: GROUPS }, (_, group) => numbering.indexOf(group));
            together.merge(groupOf, GROUPS, GROUPS, other.state(GROUPS));
          }
          expect(rounded(together.finish(GROUPS).map(valuesOf))).toEqual(
            rounded(run(aggregate, [first, second])),
          );
        },
      ),
    );
  });

  test.each(Object.keys(layouts))('a %s column gives the same as a text column', (name) => {
    fc.assert(
      fc.property(rowsFor(aggregate), rowsFor(aggregate), (first, second) => {
        const layout = layouts[name] as unknown as typeof textColumn;
        expect(run(aggregate, [first, second], layout)).toEqual(run(aggregate, [first, second]));
      }),
    );
  });

  test('one batch gives the same as many', () => {
    fc.assert(
      fc.property(rowsFor(aggregate), (rows) => {
        expect(
          run(
            aggregate,
            rows.map((row) => [row]),
          ),
        ).toEqual(run(aggregate, [rows]));
      }),
    );
  });

  test('has one result column per output', () => {
    const call = callOf(aggregate.name, ...argsFor(aggregate));
    expect(run(aggregate, [])).toHaveLength(aggregate.outputs(call).length);
  });
});
