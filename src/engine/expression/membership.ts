import { type Column, constantColumn, FALSE, flatten, TRUE, valueAt } from '../columns/column.ts';
import { textOf, type Value } from '../columns/value.ts';
import { Words } from '../columns/words.ts';
import { byteSearch } from '../kernels/bytes.ts';
import { bytesTest, columnTest } from '../kernels/column-test.ts';
import { derivedNode, isConstant, type Node } from './node.ts';

/**
 * `of in (…)`: typed equality, so text never equals a number; letter case matters. Null is in no
 * list, so `null not in (…)` is true.
 */
export function inNode(of: Node, list: readonly Node[], negated: boolean): Node {
  if (!list.every(isConstant)) return dynamicIn(of, list, negated);
  const values = new Set<Value>(list.map((node) => node.constant));
  values.delete(null);
  const words = Words.of([...values].filter((value) => typeof value === 'string'));
  const texts = columnTest(
    {
      bytes: (bytes, start, end) => words.find(bytes, start, end) >= 0 !== negated,
      text: (text) => values.has(text) !== negated,
    },
    negated,
  );
  return derivedNode([of], false, (batch, drops) => {
    const flat = flatten(of.evaluate(batch, drops));
    const { length } = flat;
    switch (flat.kind) {
      case 'text':
      case 'dictionary':
      case 'digits':
        return texts(flat);
      case 'constant':
        return constantColumn(values.has(flat.value) !== negated, length);
      default: {
        const out = new Uint8Array(length);
        for (let row = 0; row < length; row++) {
          out[row] = values.has(valueAt(flat, row)) !== negated ? TRUE : FALSE;
        }
        return { kind: 'boolean', length, values: out };
      }
    }
  });
}

function dynamicIn(of: Node, list: readonly Node[], negated: boolean): Node {
  return derivedNode([of, ...list], false, (batch, drops) => {
    const subject = of.evaluate(batch, drops);
    const columns = list.map((node) => flatten(node.evaluate(batch, drops)));
    const out = new Uint8Array(batch.length);
    for (let row = 0; row < batch.length; row++) {
      const value = valueAt(subject, row);
      const found = value !== null && columns.some((column) => valueAt(column, row) === value);
      out[row] = found !== negated ? TRUE : FALSE;
    }
    return { kind: 'boolean', length: batch.length, values: out };
  });
}

/** `hay contains needle`: case-sensitive; two empty sides are true, one empty side is false, null is empty. */
export function containsNode(hay: Node, needle: Node): Node {
  if (isConstant(needle)) {
    const wanted = needle.constant === null ? '' : textOf(needle.constant);
    const encoded = new TextEncoder().encode(wanted);
    const find = byteSearch(encoded);
    const test = columnTest(
      bytesTest((bytes, start, end) => (wanted === '' ? start === end : find(bytes, start, end) >= 0)),
      wanted === '',
    );
    return derivedNode([hay], true, (batch, drops) => test(hay.evaluate(batch, drops)));
  }
  return derivedNode([hay, needle], true, (batch, drops) => {
    const text = textReader(hay.evaluate(batch, drops));
    const wanted = textReader(needle.evaluate(batch, drops));
    const out = new Uint8Array(batch.length);
    for (let row = 0; row < batch.length; row++)
      out[row] = containsText(text(row), wanted(row)) ? TRUE : FALSE;
    return { kind: 'boolean', length: batch.length, values: out };
  });
}

function textReader(column: Column): (row: number) => string {
  const flat = flatten(column);
  return (row) => {
    const value = valueAt(flat, row);
    return value === null ? '' : textOf(value);
  };
}

/** Whether a text holds another, in the same letter case; the empty text holds nothing but itself. */
export function containsText(hay: string, needle: string): boolean {
  return needle === '' ? hay === '' : hay.includes(needle);
}
