import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UTC, zoneNamed } from '../../src/engine/time/zones.ts';
import { detectTime } from '../../src/ingest/timestamp-detection.ts';
import { epochText } from '../../src/ingest/timestamps.ts';
import { collect, NOW, settingsOf, times } from './collected.ts';

function detected(text: string, options: { zone?: string; force?: boolean } = {}): string | null {
  const data = Buffer.from(text);
  const time = detectTime(data, 0, data.length, {
    zone: zoneNamed(options.zone ?? 'UTC') ?? UTC,
    forceZone: options.force ?? false,
    receiptTime: NOW,
  });
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

describe('recognised by themselves', () => {
  test.each([
    ['2021-12-03T04:20:02.215468Z', '2021-12-03T04:20:02.215Z'],
    ['https 2021-12-03T04:20:02+05:30 x', '2021-12-02T22:50:02.000Z'],
    ['2021-12-03 04:20:02,5 -0800', '2021-12-03T12:20:02.500Z'],
    ['2021-12-03 04:20:02 UTC', '2021-12-03T04:20:02.000Z'],
    ['2021-12-03\t04:20:02\tx', '2021-12-03T04:20:02.000Z'],
    ['2021/12/03 04:20 [error]', '2021-12-03T04:20:00.000Z'],
    ['[2021-12-03_04:20:02]', '2021-12-03T04:20:02.000Z'],
    ['20211203T042002Z', '2021-12-03T04:20:02.000Z'],
    ['20211203 04:20:02.7', '2021-12-03T04:20:02.700Z'],
    ['h [13/Dec/2021:09:29:20 +0200] x', '2021-12-13T07:29:20.000Z'],
    ['Mon, 13 Dec 2021 09:29:20 GMT', '2021-12-13T09:29:20.000Z'],
    ['13-Dec-2021 09:29:20.25', '2021-12-13T09:29:20.250Z'],
    ['Mon Dec 13 09:29:20 2021', '2021-12-13T09:29:20.000Z'],
    ['Mon Dec 13 09:29:20 EST 2021', '2021-12-13T14:29:20.000Z'],
    ['December 13, 2021 9:29:20 PM', '2021-12-13T21:29:20.000Z'],
    ['12/13/2021 12:05:01 AM x', '2021-12-13T00:05:01.000Z'],
    ['13/12/2021 12:05:01', '2021-12-13T12:05:01.000Z'],
    ['13.12.2021 12:05:01', '2021-12-13T12:05:01.000Z'],
    ['12/13/21 12:05', '2021-12-13T12:05:00.000Z'],
    ['21/12/13 12:05:01 INFO', '2021-12-13T12:05:01.000Z'],
    ['<34>Oct  1 22:14:15 host su: x', '2023-10-01T22:14:15.000Z'],
    ['Jan  1 12:00:00 tomorrow is near', '2024-01-01T12:00:00.000Z'],
    ['Jan  3 12:00:00 a year ago', '2023-01-03T12:00:00.000Z'],
    ['Feb 29 12:00:00 only in leap years', '2020-02-29T12:00:00.000Z'],
    ['1700000000123 x', '2023-11-14T22:13:20.123Z'],
    ['1700000000123456 x', '2023-11-14T22:13:20.123Z'],
    ['1700000000123456789', '2023-11-14T22:13:20.123Z'],
    ['1700000000.5 x', '2023-11-14T22:13:20.500Z'],
    ['1700000000,x', '2023-11-14T22:13:20.000Z'],
    ['[1700000000] x', '2023-11-14T22:13:20.000Z'],
    ['a,b,c,d,1700000000,2021-12-03T04:20:02Z', '2023-11-14T22:13:20.000Z'],
    ['{"a":"b","timestamp": 1700000000123}', '2023-11-14T22:13:20.123Z'],
  ])('%s', (text, time) => expect(detected(text)).toBe(time));

  test('the form of web servers is read from its bytes as from its text', () => {
    const two = fc.integer({ min: 0, max: 70 }).map((value) => String(value).padStart(2, '0'));
    const form = fc.tuple(
      fc.integer({ min: 1, max: 32 }).map((day) => String(day).padStart(2, '0')),
      fc.constantFrom('Jan', 'feb', 'MAY', 'Nov', 'Nox'),
      fc.constantFrom('2023', '2024', '1960'),
      fc.integer({ min: 0, max: 25 }).map((hour) => String(hour).padStart(2, '0')),
      two,
      two,
      fc.constantFrom('+0000', '-0530', '+1801', '+0099', '+2x00'),
    );
    fc.assert(
      fc.property(form, ([day, month, year, hour, minute, second, zone]) => {
        const text = `${day}/${month}/${year}:${hour}:${minute}:${second} ${zone}`;
        // Without a byte behind it, only the general way reads it.
        expect(detected(`${text}]`, { zone: 'Asia/Tokyo' })).toBe(detected(text, { zone: 'Asia/Tokyo' }));
      }),
      { numRuns: 2000 },
    );
    expect(detected('[14/Nov/2023:22:13:20 -0530]')).toBe('2023-11-15T03:43:20.000Z');
  });

  test.each([
    ['nothing at all'],
    ['2021-13-03T04:20:02Z'],
    ['2021-02-29T04:20:02Z'],
    ['2021-12-03T24:20:02Z'],
    ['2021-12-03'],
    ['10.0.0.1 10.255.12.20 443'],
    ['id 1700000000123 in the middle'],
    ['{"stamp":1700000000123}'],
    ['99/99/2021 10:00:00'],
    ['Dec 32 10:00:00'],
    ['1234567890123456789012 x'],
    [''],
  ])('not in: %s', (text) => expect(detected(text)).toBe(null));

  test('the leftmost wins, and what looks like one is passed by', () => {
    expect(detected('2021-02-30T00:00:00Z then 12/03/2021 01:02:03 then 2022-01-01T00:00:00Z')).toBe(
      '2021-12-03T01:02:03.000Z',
    );
  });

  test('without a zone the source says which; or always, when forced', () => {
    expect(detected('2021-07-03 04:20:02', { zone: 'Europe/Berlin' })).toBe('2021-07-03T02:20:02.000Z');
    expect(detected('2021-07-03 04:20:02Z', { zone: 'Europe/Berlin' })).toBe('2021-07-03T04:20:02.000Z');
    expect(detected('2021-07-03 04:20:02Z', { zone: 'Europe/Berlin', force: true })).toBe(
      '2021-07-03T02:20:02.000Z',
    );
  });

  test('every ISO time is read back', () => {
    const date = fc.date({ min: new Date('1971-01-01'), max: new Date('2199-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.constantFrom('', 'x ', '[', '{"t":"'), (time, before) => {
        expect(detected(`${before}${time.toISOString()}`)).toBe(time.toISOString());
      }),
    );
  });

  test('any bytes: no crash, and never a time out of range', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789-/:.,TZ JanFebDec+"{}[]'), maxLength: 60 }),
        (text) => {
          const time = detected(text);
          if (time !== null) expect(Date.parse(time)).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('a long message of digits is searched quickly', { timeout: 20_000 }, () => {
    expect(detected('1.'.repeat(500_000))).toBeNull();
    expect(detected('12/12/2021 '.repeat(100_000))).toBeNull();
  });
});

describe('as the source says', () => {
  const iso = (config: unknown, line: string) =>
    collect(line, settingsOf({ timestamp: config })).then((all) => times(all)[0]);

  test('formats are tried in their order, then times are recognised, then receipt', async () => {
    const config = { formats: [{ format: 'dd.MM.yyyy HH:mm' }, { format: 'epoch', locator: 't=(\\d+)' }] };
    expect(await iso(config, 'at 03.04.2021 05:06 t=1700000000')).toBe('2021-04-03T05:06:00.000Z');
    expect(await iso(config, 'at never, t=1700000000')).toBe('2023-11-14T22:13:20.000Z');
    expect(await iso(config, 'at 2022-01-01T00:00:00Z')).toBe('2022-01-01T00:00:00.000Z');
    expect(await iso(config, 'at never')).toBe('receipt');
    expect(await iso({ ...config, automatic: false }, 'at 2022-01-01T00:00:00Z')).toBe('receipt');
  });

  test('a locator chooses among several times', async () => {
    const config = { locator: 'end="([^"]*)"', format: "yyyy-MM-dd'T'HH:mm:ssZ" };
    expect(await iso(config, 'start="2021-01-01T00:00:00+0000" end="2022-01-01T00:00:00+0100"')).toBe(
      '2021-12-31T23:00:00.000Z',
    );
  });

  test('a form without a year means the last such time', async () => {
    expect(await iso({ format: 'MMM d HH:mm:ss' }, 'x Dec 5 01:02:03')).toBe('2023-12-05T01:02:03.000Z');
  });

  test('zones', async () => {
    const config = { format: 'yyyy-MM-dd HH:mm', timeZone: 'America/New_York' };
    expect(await iso(config, '2021-01-01 00:00')).toBe('2021-01-01T05:00:00.000Z');
  });

  test('`receipt` and `enabled: false` take the receipt time and do not count it', async () => {
    for (const config of ['receipt', { enabled: false }]) {
      const result = await collect('2021-01-01T00:00:00Z\n', settingsOf({ timestamp: config }));
      expect(times(result)).toEqual(['receipt']);
      expect(result.tally.flagged.size).toBe(0);
    }
  });

  test('messages before the cutoff are left out and counted', async () => {
    const lines = '2021-01-01T00:00:00Z\n2023-12-31T12:00:00Z\nno time\n';
    const result = await collect(lines, settingsOf({ cutoff: '-1d' }));
    expect(times(result)).toEqual(['2023-12-31T12:00:00.000Z', 'receipt']);
    expect([...result.tally.skipped]).toEqual([['before-cutoff', 1]]);
  });

  test('epoch: 10, 13, 16 or 19 digits, with a dot after the tenth', () => {
    expect(
      ['1700000000', '1700000000.25', '1700000000123', '1700000000123456', '1700000000123456789'].map(
        epochText,
      ),
    ).toEqual([1700000000000, 1700000000250, 1700000000123, 1700000000123, 1700000000123]);
    expect(['170000000', '17000000001', 'x', '', '-1700000000'].map(epochText)).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
  });
});
