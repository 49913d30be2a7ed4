import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readHistory, rememberLine } from '../../../src/cli/repl/history.ts';
import { scratch } from '../run-weir.ts';

const folder = scratch();

test('what was typed comes back newest first, in a file for the user alone', () => {
  const file = join(folder, 'state', 'history');
  expect(readHistory(file)).toEqual([]);
  rememberLine(file, '* | count');
  rememberLine(file, 'second\nline');
  expect(readHistory(file)).toEqual(['second line', '* | count']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a long history is shortened in its file too', () => {
  const file = join(folder, 'long');
  appendFileSync(file, Array.from({ length: 4500 }, (_, line) => `query ${line}\n`).join(''));
  const lines = readHistory(file);
  expect(lines).toHaveLength(2000);
  expect(lines[0]).toBe('query 4499');
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(2000);
});

test('a history that cannot be written is no reason to stop', () => {
  expect(() => rememberLine(join(folder, 'long', 'below-a-file'), 'x')).not.toThrow();
});
