import { expect, test } from 'vitest';
import { rangeOf } from '../../src/cli/times.ts';

const NOW = Date.UTC(2024, 5, 15, 12);
const HOUR = 3_600_000;

test.each([
  ['-24h', NOW - 24 * HOUR],
  ['-7d', NOW - 168 * HOUR],
  ['-1w', NOW - 168 * HOUR],
  ['now-15m', NOW - HOUR / 4],
  ['2024-06-15T10:00:00Z', NOW - 2 * HOUR],
  ['2024-06-15T10:00:00+02:00', NOW - 4 * HOUR],
  ['2024-06-15', NOW - 12 * HOUR],
  ['06/15/2024 09:30:00', NOW - 2.5 * HOUR],
  ['06/14', NOW - 36 * HOUR],
  [String(NOW - 5), NOW - 5],
])('--from %s', (from, expected) => {
  expect(rangeOf({ from, tz: 'UTC' }, NOW).from).toBe(expected);
});

test('the range ends now where only its start is given, and is open without both', () => {
  expect(rangeOf({ from: '-1h', tz: 'UTC' }, NOW)).toEqual({ from: NOW - HOUR, to: NOW });
  expect(rangeOf({ from: '-1h', to: 'now', tz: 'UTC' }, NOW)).toEqual({ from: NOW - HOUR, to: NOW });
  expect(rangeOf({ tz: 'UTC' }, NOW)).toEqual({ from: -Infinity, to: Infinity });
});

test('times without a zone are in the zone of --tz', () => {
  const { from } = rangeOf({ from: '2024-06-15 12:00', tz: 'Europe/Berlin' }, NOW);
  expect(from).toBe(NOW - 2 * HOUR);
});

test.each([
  [{ from: 'soonish', tz: 'UTC' }, '`soonish` is no time'],
  [{ from: '-1h', to: '-2h', tz: 'UTC' }, 'start must precede end'],
  [{ tz: 'Mars/Base' }, '`Mars/Base` is no time zone'],
])('%o is a wrong request', (options, message) => {
  expect(() => rangeOf(options, NOW)).toThrow(
    expect.objectContaining({ code: 2, message: expect.stringContaining(message) }),
  );
});
