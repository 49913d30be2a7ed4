import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UTC } from '../../src/engine/time/zones.ts';
import { dayFirstWalk, monthFirstWalk, zoneAt } from '../../src/ingest/date-walks.ts';
import { dayFirstTime, detectTime, monthFirstTime } from '../../src/ingest/timestamp-detection.ts';

// Walks over the bytes of a date must say what the patterns say, or nothing.
const context = { zone: UTC, forceZone: false, receiptTime: Date.UTC(2026, 10, 25, 12) };

const two = fc.nat(70).map((value) => String(value).padStart(2, '0'));
const month = fc.constantFrom('Jan', 'Feb', 'mar', 'May', 'JUN', 'Oct', 'Octo', 'Nov', 'Dez', 'Dec');
const clock = fc.tuple(two, two, two).map((parts) => parts.join(':'));
const tail = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    ': x',
    '] "GET',
    ' am x',
    ' PM',
    'pm',
    ' a',
    ' p',
    ' host app',
    ' 2024',
    ' UTC 2024',
    '.123',
    ',5',
  ),
  fc.constantFrom(
    ' +0200',
    ' -07:00',
    ' +02',
    ' +02:',
    ' +02:00:00',
    ' +1',
    ' Z',
    ' ZZ',
    ' EST x',
    ' UTC+2',
    ' INFO',
    '\tPM',
  ),
  fc.string({
    unit: fc.constantFrom(
      ' ',
      '+',
      '-',
      ':',
      '0',
      '2',
      '5',
      'A',
      'P',
      'M',
      'Z',
      'U',
      'T',
      'C',
      'a',
      'm',
      '.',
      ']',
    ),
    maxLength: 9,
  }),
);
const encoder = new TextEncoder();

/** The instant of what a walk found; as the general functions would give it. */
function sameAsPattern(walked: unknown, byPattern: number, byDetection: number): void {
  if (walked !== null) expect(byDetection).toEqual(byPattern);
}

test('law: dates that begin with a month', () => {
  const day = fc.oneof(
    two,
    fc.nat(40).map(String),
    fc.nat(9).map((value) => ` ${value}`),
  );
  fc.assert(
    fc.property(month, day, clock, tail, (name, number, time, rest) => {
      const text = `${name} ${number} ${time}${rest}`;
      const bytes = encoder.encode(`${text}`);
      const walked = monthFirstWalk(bytes, 0, bytes.length);
      sameAsPattern(
        walked,
        monthFirstTime(text.slice(0, 64), context),
        detectTime(bytes, 0, bytes.length, context),
      );
    }),
    { numRuns: 3000 },
  );
  const plain = encoder.encode('Oct  1 22:14:15 host app: x');
  expect(monthFirstWalk(plain, 0, plain.length)).not.toBe(null);
});

test('law: dates that begin with a day', () => {
  const mark = fc.constantFrom('/', '/', '/', '-', ' ');
  const year = fc.constantFrom('2024', '1999', '1960', '24', '20245');
  fc.assert(
    fc.property(two, month, year, mark, clock, tail, (day, name, number, separator, time, rest) => {
      const text = `${day}${separator}${name}${separator}${number}:${time}${rest}`;
      const bytes = encoder.encode(text);
      const walked = dayFirstWalk(bytes, 0, bytes.length);
      sameAsPattern(
        walked,
        dayFirstTime(text.slice(0, 64), context),
        detectTime(bytes, 0, bytes.length, context),
      );
    }),
    { numRuns: 3000 },
  );
  const plain = encoder.encode('10/Oct/2000:13:55:36 -0700] "GET');
  expect(dayFirstWalk(plain, 0, plain.length)?.zone).toBe(-7 * 3_600_000);
});

test('law: zones behind a time of day, as the pattern for all dates reads them', () => {
  fc.assert(
    fc.property(tail, (rest) => {
      const bytes = encoder.encode(rest);
      const zone = zoneAt(bytes, 0, bytes.length);
      if (zone === undefined || !/^ ?[-+A-Z]/.test(rest) || /^ ?[AaPp][Mm]/.test(rest)) return;
      // Eight digits are a date whose zone is read by the pattern.
      const date = encoder.encode(`20240301 12:00:00${rest}`);
      const byPattern = detectTime(date, 0, date.length, context);
      expect(byPattern).toBe(Date.UTC(2024, 2, 1, 12) - (zone ?? 0));
    }),
    { numRuns: 3000 },
  );
});
