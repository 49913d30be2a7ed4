import { type Column, constantColumn } from '../columns/column.ts';
import { bothValid } from '../kernels/map-numbers.ts';
import { type Numbers, numbersOf } from '../kernels/numbers.ts';
import { derivedNode, type Environment, type Node } from './node.ts';

type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** `+ - * / %` over 64-bit numbers; any null operand gives null, text is converted. */
export function arithmeticNode(
  operator: ArithmeticOperator,
  left: Node,
  right: Node,
  env: Environment,
): Node {
  const bad = (rows: number) => env.context.rowWarning(`\`${operator}\` got text`, rows);
  return derivedNode([left, right], false, (batch, drops) =>
    calculate(
      operator,
      numbersOf(left.evaluate(batch, drops), bad),
      numbersOf(right.evaluate(batch, drops), bad),
    ),
  );
}

/** `-e`. */
export function negativeNode(of: Node, env: Environment): Node {
  const bad = (rows: number) => env.context.rowWarning('`-` got text', rows);
  return derivedNode([of], false, (batch, drops) => {
    const numbers = numbersOf(of.evaluate(batch, drops), bad);
    if (numbers.kind === 'constant') {
      return constantColumn(numbers.value === null ? null : 0 - Number(numbers.value), batch.length);
    }
    return { ...numbers, values: Float64Array.from(numbers.values, (value) => 0 - value) };
  });
}

function calculate(operator: ArithmeticOperator, left: Numbers, right: Numbers): Column {
  const { length } = left;
  if (left.kind === 'constant' && right.kind === 'constant') {
    if (left.value === null || right.value === null) return constantColumn(null, length);
    return constantColumn(apply(operator, Number(left.value), Number(right.value)), length);
  }
  if (left.kind === 'constant' && left.value === null) return constantColumn(null, length);
  if (right.kind === 'constant' && right.value === null) return constantColumn(null, length);
  const values = new Float64Array(length);
  const a = left.kind === 'constant' ? null : left.values;
  const b = right.kind === 'constant' ? null : right.values;
  const constantA = left.kind === 'constant' ? Number(left.value) : 0;
  const constantB = right.kind === 'constant' ? Number(right.value) : 0;
  if (a !== null && b === null) {
    for (let row = 0; row < length; row++) values[row] = apply(operator, a[row]!, constantB);
  } else if (a === null && b !== null) {
    for (let row = 0; row < length; row++) values[row] = apply(operator, constantA, b[row]!);
  } else if (a !== null && b !== null) {
    for (let row = 0; row < length; row++) values[row] = apply(operator, a[row]!, b[row]!);
  }
  const type = operator !== '/' && isLong(left) && isLong(right) ? 'long' : 'double';
  return { kind: 'number', type, length, values, validity: bothValid(left, right) };
}

function isLong(numbers: Numbers): boolean {
  return numbers.kind === 'constant' ? Number.isInteger(numbers.value) : numbers.type === 'long';
}

function apply(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}
