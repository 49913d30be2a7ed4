import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND, WEEK } from '../../../src/engine/time/civil.ts';
import { slicesOf, widthForBuckets, widthText } from '../../../src/engine/time/slices.ts';
import { UTC, zoneNamed } from '../../../src/engine/time/zones.ts';

const berlin = zoneNamed('Europe/Berlin') ?? UTC;
const at = (text: string) => Date.parse(text);
const bounds = (width: number, zone: typeof UTC, time: string) => {
  const slices = slicesOf(width, zone);
  const start = slices.startOf(at(time));
  return [new Date(start).toISOString(), new Date(slices.endOf(start)).toISOString()];
};

describe('slices', () => {
  test('below a day follow UTC', () => {
    expect(bounds(5 * MINUTE, berlin, '2024-01-01T10:07:31Z')).toEqual([
      '2024-01-01T10:05:00.000Z',
      '2024-01-01T10:10:00.000Z',
    ]);
    expect(bounds(4 * HOUR, berlin, '2024-01-01T03:59:59Z')[0]).toBe('2024-01-01T00:00:00.000Z');
  });

  test('of days start at midnight of the zone', () => {
    expect(bounds(DAY, berlin, '2024-01-01T22:59:00Z')).toEqual([
      '2023-12-31T23:00:00.000Z',
      '2024-01-01T23:00:00.000Z',
    ]);
  });

  test('of a day are an hour shorter or longer at a clock change', () => {
    expect(bounds(DAY, berlin, '2024-03-31T12:00:00Z')).toEqual([
      '2024-03-30T23:00:00.000Z',
      '2024-03-31T22:00:00.000Z',
    ]);
    expect(bounds(DAY, berlin, '2024-10-27T12:00:00Z')).toEqual([
      '2024-10-26T22:00:00.000Z',
      '2024-10-27T23:00:00.000Z',
    ]);
  });

  test('of weeks start on Monday', () => {
    expect(bounds(WEEK, UTC, '2024-01-07T23:59:59Z')[0]).toBe('2024-01-01T00:00:00.000Z');
    expect(bounds(WEEK, berlin, '2024-01-07T23:00:00Z')[0]).toBe('2024-01-07T23:00:00.000Z');
  });

  test('before 1970 start before their time', () => {
    expect(bounds(HOUR, UTC, '1969-12-31T23:30:00Z')[0]).toBe('1969-12-31T23:00:00.000Z');
  });

  test('follow each other without gaps over a year', () => {
    const slices = slicesOf(DAY, berlin);
    let start = slices.startOf(at('2024-01-01T12:00:00Z'));
    for (let day = 0; day < 366; day++) {
      const end = slices.endOf(start);
      expect(slices.startOf(end)).toBe(end);
      expect(slices.startOf(end - 1)).toBe(start);
      start = end;
    }
    expect(new Date(start).toISOString()).toBe('2024-12-31T23:00:00.000Z');
  });
});

describe('width for buckets', () => {
  const width = (buckets: number, from: string, to: string) =>
    widthText(widthForBuckets(buckets, at(from), at(to), UTC));

  test('is the narrowest that gives at most so many slices', () => {
    expect(width(10, '2024-01-01T10:00:00Z', '2024-01-01T12:00:00Z')).toBe('15m');
    expect(width(24, '2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z')).toBe('1h');
    expect(width(100, '2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z')).toBe('15m');
  });

  test('may be many weeks', () => {
    expect(width(2, '2020-01-01T00:00:00Z', '2024-01-01T00:00:00Z')).toMatch(/^\d+w$/);
  });

  test('is at least a second', () => {
    expect(width(1000, '2024-01-01T10:00:00Z', '2024-01-01T10:00:01Z')).toBe('1s');
  });
});

test('widths print with the largest unit that fits', () => {
  expect([SECOND, 90 * SECOND, 15 * MINUTE, 2 * DAY, WEEK].map(widthText)).toEqual([
    '1s',
    '90s',
    '15m',
    '2d',
    '1w',
  ]);
});
