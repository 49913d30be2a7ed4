import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRegex } from '../../../src/engine/regex/compile-regex.ts';
import { parseReplacement, replaceAll } from '../../../src/engine/regex/replace-all.ts';

function replaced(pattern: string, text: string, replacement: string): string {
  const compiled = compileRegex(pattern);
  if ('error' in compiled) throw new Error(compiled.error);
  return replaceAll(compiled.regex, text, replacement);
}

test.each([
  ['f\\/([0-9]+)', '/f/12345/x', 'id-$1', '/id-12345/x'],
  ['(?<k>\\w)=(?<v>\\w)', 'a=1 b=2', '${v}:${k}', '1:a 2:b'],
  ['(a)', 'aa', '<$0>', '<a><a>'],
  ['(a)', 'a', '$12', 'a2'],
  ['a', 'a', '\\$1\\\\\\n\\t', '$1\\\n\t'],
  ['a', 'a', '$ $x', '$ $x'],
  ['b*', 'abc', '-', '-a--c-'],
  ['', '😀é', '.', '.😀.é.'],
  ['(a)|b', 'ab', '[$1]', '[a][]'],
])('%s in %j by %j', (pattern, text, replacement, result) => {
  expect(replaced(pattern, text, replacement)).toBe(result);
});

test('a group that is not there is a mistake at its place', () => {
  expect(parseReplacement('x$3', [null, null])).toEqual({ error: 'the pattern has no group `3`', at: 1 });
  expect(parseReplacement('${no}', [null, 'yes'])).toEqual({ error: 'the pattern has no group `no`', at: 0 });
});

test('agrees with replace of JavaScript where the rules are the same', () => {
  const texts = fc
    .array(fc.constantFrom('a', 'b', '1', 'é', '😀'), { maxLength: 10 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, fc.constantFrom('a', 'b*', '[ab]+', '\\d|b', '.', 'a?', '\\b'), (text, pattern) => {
      expect(replaced(pattern, text, '<$0>')).toBe(text.replace(new RegExp(pattern, 'gu'), '<$&>'));
    }),
  );
});
