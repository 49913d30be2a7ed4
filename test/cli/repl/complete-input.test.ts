import { expect, test } from 'vitest';
import { onOneLine, wantsMore } from '../../../src/cli/repl/complete-input.ts';

test.each([
  '* | count',
  'error "a (b | c"',
  '* | parse "a\\"b*" as x',
  '* // waits for nothing |',
  'https://example.com/x | count',
  '* /* a ( */ | count',
  '',
])('%s is complete', (text) => {
  expect(wantsMore(text)).toBe(false);
});

test.each([
  '* |',
  '* | \n',
  '* | where (a = 1',
  '* | parse "a*',
  '* | count \\',
  '* /* a comment',
  '* | // what comes\n',
])('%s wants more', (text) => {
  expect(wantsMore(text)).toBe(true);
});

test('the history keeps a query on one line without the comments that would swallow it', () => {
  expect(onOneLine('* // all\n| parse "a // b*" as x\n  | count')).toBe('* | parse "a // b*" as x | count');
  expect(onOneLine('* | count // kept: nothing follows')).toBe('* | count // kept: nothing follows');
});
