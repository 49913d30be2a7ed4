import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseDuration,
  parseRange,
  parseRangeText,
  parseTime,
  type TimeSettings,
} from '../../../src/engine/time/range.ts';

const NOW = Date.parse('2024-03-04T05:06:07Z');
const UTC: TimeSettings = { now: NOW, timeZone: 'UTC' };
const BERLIN: TimeSettings = { now: NOW, timeZone: 'Europe/Berlin' };

function iso(text: string, settings = UTC): string {
  const result = parseTime(text, settings);
  return result.ok ? new Date(result.value).toISOString() : result.problem;
}

function range(from: string | null, to: string | null, settings = UTC): string {
  const result = parseRange(from, to, settings);
  if (!result.ok) return result.problem;
  const end = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms));
  return `${end(result.value.from)} ${end(result.value.to)}`;
}

function rangeText(text: string, settings = UTC): string {
  const result = parseRangeText(text, settings);
  if (!result.ok) return result.problem;
  return `${new Date(result.value.from).toISOString()} ${new Date(result.value.to).toISOString()}`;
}

describe('parseTime', () => {
  it.each([
    ['now', '2024-03-04T05:06:07.000Z'],
    ['NOW', '2024-03-04T05:06:07.000Z'],
    ['-24h', '2024-03-03T05:06:07.000Z'],
    ['-1w', '2024-02-26T05:06:07.000Z'],
    ['-15m', '2024-03-04T04:51:07.000Z'],
    ['now-15m', '2024-03-04T04:51:07.000Z'],
    ['now - 15m', '2024-03-04T04:51:07.000Z'],
    ['now+15m', '2024-03-04T05:21:07.000Z'],
    ['+15m', '2024-03-04T05:21:07.000Z'],
    ['-1d12h', '2024-03-02T17:06:07.000Z'],
    ['- 2 hours', '2024-03-04T03:06:07.000Z'],
    ['1700000000000', '2023-11-14T22:13:20.000Z'],
    ['2024-02-01', '2024-02-01T00:00:00.000Z'],
    ['2024-02-01T10:20', '2024-02-01T10:20:00.000Z'],
    ['2024-02-01T10:20:30.5', '2024-02-01T10:20:30.500Z'],
    ['2024-02-01T10:20:30Z', '2024-02-01T10:20:30.000Z'],
    ['2024-02-01T10:20:30+02:00', '2024-02-01T08:20:30.000Z'],
    ['2024-02-01 10:20:30 -0800', '2024-02-01T18:20:30.000Z'],
    ['2024-07-01 10:20:30 Europe/Berlin', '2024-07-01T08:20:30.000Z'],
    ['04/01/2017 20:32:00', '2017-04-01T20:32:00.000Z'],
    ['04/01/2017', '2017-04-01T00:00:00.000Z'],
    ['04/01/2017 5:32pm', '2017-04-01T17:32:00.000Z'],
    ['2017/04/01 20:32', '2017-04-01T20:32:00.000Z'],
    ['03-01 10:00:00.250', '2024-03-01T10:00:00.250Z'],
    ['17:32:00', '2024-03-04T17:32:00.000Z'],
    ['5:32pm', '2024-03-04T17:32:00.000Z'],
    ['12:00am', '2024-03-04T00:00:00.000Z'],
    ['02/01', '2024-02-01T00:00:00.000Z'],
    ['04/01', '2023-04-01T00:00:00.000Z'],
  ])('%s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it('reads times without a zone in the zone of the user', () => {
    expect(iso('2024-07-01T10:00', BERLIN)).toBe('2024-07-01T08:00:00.000Z');
    expect(iso('2024-07-01T10:00Z', BERLIN)).toBe('2024-07-01T10:00:00.000Z');
    expect(iso('07:00', BERLIN)).toBe('2024-03-04T06:00:00.000Z');
  });

  it.each([
    ['', 'the time is empty'],
    ['soon', '`soon` is no time'],
    ['-5x', '`-5x` is no relative time'],
    ['2024-02-30', '`2024-02-30` has no day 30 in its month'],
    ['13/01/2024', '`13/01/2024` has no month 13'],
    ['2024-02-01T25:00', '`2024-02-01T25:00` has no such time of day'],
    ['25:00', '`25:00` is no time of day'],
    ['2024-02-01T10:00 Mars/X', '`Mars/X` in `2024-02-01T10:00 Mars/X` is no time zone'],
    ['99999999999999999', '`99999999999999999` is no time'],
    ['9999999999999999', '`9999999999999999` is too large for epoch milliseconds'],
  ])('refuses %j', (text, problem) => {
    expect(iso(text)).toBe(problem);
  });

  it('refuses an unknown zone', () => {
    expect(iso('now', { now: NOW, timeZone: 'Mars/X' })).toBe('`Mars/X` is no time zone');
  });

  it('never throws and always has a hint', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = parseTime(text, UTC);
        if (!result.ok) expect(result.hint).not.toBe('');
        else expect(result.value).not.toBeNaN();
      }),
    );
  });
});

describe('parseRange', () => {
  it('has open ends', () => {
    expect(range(null, null)).toBe('-Infinity Infinity');
    expect(range('-1h', null)).toBe('2024-03-04T04:06:07.000Z 2024-03-04T05:06:07.000Z');
    expect(range(null, '-1h')).toBe('-Infinity 2024-03-04T04:06:07.000Z');
  });
  it('wants the start before the end', () => {
    expect(range('-1h', '-2h')).toBe(
      'start must precede end: the range starts at 2024-03-04T04:06:07.000Z and ends at 2024-03-04T03:06:07.000Z',
    );
    expect(range('now', 'now')).toMatch(/^start must precede end/);
    expect(range('+1h', null)).toMatch(/^start must precede end/);
  });
  it('finds the years of dates without one', () => {
    expect(range('12/30', '01/03')).toBe('2023-12-30T00:00:00.000Z 2024-01-03T00:00:00.000Z');
    expect(range('07/01', '08/01')).toBe('2023-07-01T00:00:00.000Z 2023-08-01T00:00:00.000Z');
    expect(range('03/01', '03/31')).toBe('2024-03-01T00:00:00.000Z 2024-03-31T00:00:00.000Z');
  });
});

describe('parseRangeText', () => {
  it.each([
    ['-24h', '2024-03-03T05:06:07.000Z 2024-03-04T05:06:07.000Z'],
    ['-1d -12h', '2024-03-03T05:06:07.000Z 2024-03-03T17:06:07.000Z'],
    ['-1d to -12h', '2024-03-03T05:06:07.000Z 2024-03-03T17:06:07.000Z'],
    ['now to +15m', '2024-03-04T05:06:07.000Z 2024-03-04T05:21:07.000Z'],
    ['+15m', '2024-03-04T05:06:07.000Z 2024-03-04T05:21:07.000Z'],
    ['04/01/2017 20:32:00 to 04/01/2017 20:35:00', '2017-04-01T20:32:00.000Z 2017-04-01T20:35:00.000Z'],
    ['04/01/2017 20:32:00 04/01/2017 20:35:00', '2017-04-01T20:32:00.000Z 2017-04-01T20:35:00.000Z'],
    ['04/01/2017', '2017-04-01T00:00:00.000Z 2024-03-04T05:06:07.000Z'],
  ])('%s', (text, expected) => {
    expect(rangeText(text)).toBe(expected);
  });
  it('refuses three times', () => {
    expect(rangeText('-3h to -2h to -1h')).toBe('`-3h to -2h to -1h` has more than two times');
  });
});

describe('parseDuration', () => {
  it.each([
    ['15m', 900_000],
    ['1.5h', 5_400_000],
    ['1d12h', 129_600_000],
    ['90 seconds', 90_000],
    ['250ms', 250],
    ['1x', null],
    ['m', null],
    ['', null],
    ['15', null],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
