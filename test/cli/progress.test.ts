import { expect, test } from 'vitest';
import { progressText } from '../../src/cli/progress.ts';
import { byteSize, quantity } from '../../src/ingest/quantities.ts';

test('a bar with share, rate and time left', () => {
  expect(progressText('ingest', { done: 25, total: 100, messages: 50_000, seconds: 10 })).toBe(
    'ingest █████░░░░░░░░░░░░░░░  25 %  50.0 k messages  5.0 k messages/s  30 s left',
  );
});

test('without a total: what was read', () => {
  expect(progressText('search', { done: 2_500_000, total: null, messages: 12, seconds: 2 })).toBe(
    'search  12 messages  2.5 MB  6 messages/s',
  );
});

test('the time left waits until it can be guessed, and grows into minutes and hours', () => {
  const left = (done: number, seconds: number) =>
    /(?<=messages\/s).*/.exec(progressText('', { done, total: 1000, messages: 1, seconds }))?.[0];
  expect(left(10, 5)).toBe('');
  expect(left(500, 300)).toBe('  5 min left');
  expect(left(100, 1000)).toBe('  2.5 h left');
  expect(left(1000, 10)).toBe('  0 s left');
});

test('more than there was to read is all of it', () => {
  expect(progressText('x', { done: 11, total: 10, messages: 1, seconds: 1 })).toContain('100 %');
});

test('counts and sizes for people', () => {
  expect([0, 999, 1000, 1_234_567, 2e9].map(quantity)).toEqual(['0', '999', '1.0 k', '1.2 M', '2.0 G']);
  expect([0, 999, 1000, 1.5e6, 3e9].map(byteSize)).toEqual(['0 B', '999 B', '1.0 kB', '1.5 MB', '3.0 GB']);
});
