import { type Column, flatten } from '../columns/column.ts';
import { compareBytes, compareText, equalBytes } from '../kernels/bytes.ts';
import { columnTest, type TextTest } from '../kernels/column-test.ts';
import { type Comparison, compareColumns, flipped, nullTest, orderSatisfies } from '../kernels/compare.ts';
import { derivedNode, type Environment, isConstant, type Node } from './node.ts';

const encoder = new TextEncoder();

/** What `= null` and `!= null` ask: whether there is no value, or one. */
export function nullTestNode(comparison: '=' | '!=', of: Node): Node {
  return derivedNode([of], false, (batch, drops) => nullTest(of.evaluate(batch, drops), comparison === '!='));
}

/**
 * A comparison; false where a side has no value. With a literal text, text columns compare bytes and dictionaries once per word; the rest goes by the values' types.
 */
export function compareNode(comparison: Comparison, left: Node, right: Node, env: Environment): Node {
  if (isConstant(left) && !isConstant(right)) return compareNode(flipped(comparison), right, left, env);
  const bad = (rows: number) => env.context.rowWarning('a comparison with a number got text', rows);
  const literal =
    isConstant(right) && typeof right.constant === 'string'
      ? columnTest(literalTest(comparison, right.constant), false)
      : null;
  return derivedNode([left, right], false, (batch, drops) => {
    const column = left.evaluate(batch, drops);
    if (literal !== null && isText(column)) return literal(column);
    return compareColumns(comparison, column, right.evaluate(batch, drops), bad);
  });
}

function isText(column: Column): boolean {
  const { kind } = flatten(column);
  return kind === 'text' || kind === 'dictionary' || kind === 'digits';
}

function literalTest(comparison: Comparison, literal: string): TextTest {
  const wanted = encoder.encode(literal);
  if (comparison === '=') {
    return {
      bytes: (bytes, start, end) => equalBytes(bytes, start, end, wanted),
      text: (text) => text === literal,
      equals: wanted,
    };
  }
  if (comparison === '!=') {
    return {
      bytes: (bytes, start, end) => !equalBytes(bytes, start, end, wanted),
      text: (text) => text !== literal,
      differs: wanted,
    };
  }
  return {
    bytes: (bytes, start, end) =>
      orderSatisfies(comparison, compareBytes(bytes, start, end, wanted, 0, wanted.length)) === 1,
    text: (text) => orderSatisfies(comparison, compareText(text, literal)) === 1,
  };
}
