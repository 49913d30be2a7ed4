import { type BooleanColumn, FALSE, flatten, TRUE, textAt } from '../columns/column.ts';
import { textOf } from '../columns/value.ts';
import { bytesTest, columnTest, type TextTest } from '../kernels/column-test.ts';
import { globTest } from '../kernels/glob.ts';
import type { ByteRegex } from '../regex/compile-regex.ts';
import { nullTestNode } from './compare.ts';
import { constantNode, derivedNode, isConstant, type Node } from './node.ts';

/** How many patterns a `matches` with a pattern from the data remembers. */
const PATTERN_LIMIT = 1000;

/** `subject matches "glob"`: null matches nothing; a pattern that comes from the row is compiled once per text. */
export function globNode(subject: Node, pattern: Node): Node {
  if (isConstant(pattern)) {
    if (pattern.constant === null) return constantNode(false);
    const glob = textOf(pattern.constant);
    // What a dashboard's variable says when nobody has chosen a value: no need to look at the text.
    if (/^\*+$/.test(glob)) return nullTestNode('!=', subject);
    const test = columnTest(testOfGlob(glob), false);
    return derivedNode([subject], true, (batch, drops) => test(subject.evaluate(batch, drops)));
  }
  const tests = new Map<string, TextTest>();
  return derivedNode([subject, pattern], true, (batch, drops) => {
    const subjects = flatten(subject.evaluate(batch, drops));
    const patterns = flatten(pattern.evaluate(batch, drops));
    const values = new Uint8Array(batch.length);
    for (let row = 0; row < batch.length; row++) {
      const text = textAt(subjects, row);
      const glob = textAt(patterns, row);
      if (text === null || glob === null) continue;
      let test = tests.get(glob);
      if (test === undefined) {
        if (tests.size >= PATTERN_LIMIT) tests.clear();
        test = bytesTest(globTest(glob));
        tests.set(glob, test);
      }
      values[row] = test.text(text) ? TRUE : FALSE;
    }
    return { kind: 'boolean', length: batch.length, values } satisfies BooleanColumn;
  });
}

function testOfGlob(glob: string): TextTest {
  const test = bytesTest(globTest(glob));
  const start = /^([^*]+)\*+$/.exec(glob)?.[1];
  return start === undefined ? test : { ...test, start: new TextEncoder().encode(start) };
}

/** `subject matches /regex/`: true when the pattern is found anywhere. */
export function regexNode(subject: Node, regex: ByteRegex): Node {
  const test = columnTest(
    {
      bytes: (bytes, start, end) => regex.searchBytes(bytes, start, end),
      text: (text) => regex.test(text),
    },
    false,
  );
  return derivedNode([subject], true, (batch, drops) => test(subject.evaluate(batch, drops)));
}
