import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import { textColumn, valuesOf } from '../../../src/engine/columns/column.ts';
import { numberOf, textOf, type Value } from '../../../src/engine/columns/value.ts';
import type { RunContext } from '../../../src/engine/define.ts';
import { compileExpression, compileFilter } from '../../../src/engine/expression/compile.ts';
import { compareText } from '../../../src/engine/kernels/bytes.ts';
import { registry } from '../../../src/engine/registry.ts';
import type { BinaryOperator, Expression } from '../../../src/grammar/ast.ts';
import { inLayout, LAYOUTS } from '../../layouts.ts';

const span = { start: 0, end: 0 };
const context: RunContext = {
  time: { from: 0, to: 1 },
  timeZone: 'UTC',
  now: () => 0,
  rowWarning: () => {},
  warn: () => {},
  signal: new AbortController().signal,
};
const env = { context, function: (name: string) => registry.function(name) };

const text = fc.constantFrom(
  '',
  '0',
  '7',
  '07',
  '10',
  '9',
  '-3',
  '1.5',
  'a',
  'ab',
  'B',
  'true',
  'false',
  ' ',
  'é',
  '😀',
  '\uffee',
  'NaN',
  '-',
);
const cell = fc.option(text, { freq: 4, nil: null });
const field = fc.constantFrom('x', 'y', 'missing').map((name): Expression => ({ kind: 'field', name, span }));
const literal = fc
  .oneof(text, fc.constantFrom(0, 7, -3, 1.5), fc.boolean(), fc.constant(null))
  .map((value): Expression => ({ kind: 'literal', value, span }));
const operators: BinaryOperator[] = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  'matches',
  'contains',
];

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    field,
    literal,
    fc
      .record({ operator: fc.constantFrom(...operators), left: tie('expression'), right: tie('expression') })
      .map((parts): Expression => ({ kind: 'binary', ...parts, span })),
    fc
      .record({ operator: fc.constantFrom('-' as const, '!' as const), of: tie('expression') })
      .map((parts): Expression => ({ kind: 'unary', ...parts, span })),
    fc
      .record({ condition: tie('expression'), yes: tie('expression'), no: tie('expression') })
      .map((parts): Expression => ({ kind: 'conditional', ...parts, span })),
    fc
      .record({
        of: tie('expression'),
        list: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
        negated: fc.boolean(),
      })
      .map((parts): Expression => ({ kind: 'in', ...parts, span })),
    fc
      .record({
        name: fc.constantFrom('length', 'toUpperCase', 'isEmpty', 'isBlank', 'abs', 'isNumeric'),
        of: tie('expression'),
      })
      .map(({ name, of }): Expression => ({ kind: 'call', name, nameSpan: span, args: [of], span })),
  ),
}));

function tableOf(rows: readonly (readonly (string | null)[])[]) {
  const columns = [0, 1].map((at) => textColumn(rows.map((row) => row[at] ?? null)));
  return newBatch(new Schema(['x', 'y']), columns, rows.length);
}

test('an expression gives the same over every layout of its fields', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 }), expression, (rows, tree) => {
      const table = tableOf(rows);
      const evaluate = compileExpression(tree, env);
      const expected = valuesOf(evaluate(table));
      for (const layout of LAYOUTS)
        expect(valuesOf(evaluate(inLayout(table, layout))), layout).toEqual(expected);
    }),
    { numRuns: 3000 },
  );
});

test('a filter keeps the rows for which its condition is true', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 }), expression, (rows, tree) => {
      const table = tableOf(rows);
      const values = valuesOf(compileExpression(tree, env)(table));
      const expected = values.flatMap((value, row) =>
        value === true || String(value).toLowerCase() === 'true' ? [row] : [],
      );
      for (const layout of LAYOUTS) {
        const kept = compileFilter(tree, env)(inLayout(table, layout));
        expect([...(kept ?? rows.keys())], layout).toEqual(expected);
      }
    }),
    { numRuns: 2000 },
  );
});

/** A comparison by the words of the language: null is false, a number on either side makes it numeric. */
function compares(operator: string, a: Value, b: Value): boolean {
  if (a === null || b === null) return false;
  let order: number;
  if (typeof a === 'number' || typeof b === 'number') {
    const x = numberOf(a);
    const y = numberOf(b);
    if (x === null || y === null) return false;
    order = x === y ? 0 : x < y ? -1 : x > y ? 1 : Number.NaN;
  } else order = Math.sign(compareText(textOf(a), textOf(b)));
  if (operator === '=') return order === 0;
  if (operator === '!=') return order !== 0;
  if (Number.isNaN(order)) return false;
  return operator.startsWith('<')
    ? order < 0 || (order === 0 && operator === '<=')
    : order > 0 || (order === 0 && operator === '>=');
}

test('comparisons with literals and between fields follow the rule', () => {
  const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
  const value = fc.oneof(text, fc.constantFrom(0, 7, 9, -3, 1.5, Number.NaN));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }),
      comparison,
      value,
      fc.boolean(),
      (rows, operator, wanted, swap) => {
        const table = tableOf(rows);
        const x: Expression = { kind: 'field', name: 'x', span };
        const y: Expression = { kind: 'field', name: 'y', span };
        const constant: Expression = { kind: 'literal', value: wanted, span };
        const of = (left: Expression, right: Expression): Expression => ({
          kind: 'binary',
          operator: operator as BinaryOperator,
          left,
          right,
          span,
        });
        const run = (tree: Expression) =>
          LAYOUTS.map((layout) => valuesOf(compileExpression(tree, env)(inLayout(table, layout))));
        for (const found of run(swap ? of(constant, x) : of(x, constant))) {
          expect(found).toEqual(
            rows.map(([cellX]) =>
              swap ? compares(operator, wanted, cellX) : compares(operator, cellX, wanted),
            ),
          );
        }
        for (const found of run(of(x, y))) {
          expect(found).toEqual(rows.map(([cellX, cellY]) => compares(operator, cellX, cellY)));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
