import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDatePattern, type DatePattern } from '../../../src/engine/time/java-pattern.ts';
import { UTC, type Zone, zoneNamed } from '../../../src/engine/time/zones.ts';

function pattern(source: string): DatePattern {
  const found = compileDatePattern(source);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

const zone = (name: string): Zone => zoneNamed(name) ?? UTC;
const MOMENT = Date.parse('2024-03-04T05:06:07.089Z');

describe('format', () => {
  it.each([
    ['yyyy-MM-dd HH:mm:ss.SSS', '2024-03-04 05:06:07.089'],
    ['yy/M/d h:mm a', '24/3/4 5:06 AM'],
    ['EEE EEEE MMM MMMM', 'Mon Monday Mar March'],
    ['D w W F u', '64 10 2 1 1'],
    ['DDD', '064'],
    ['YYYY', '2024'],
    ['k K', '5 5'],
    ["yyyy-MM-dd'T'HH:mm:ss'Z'", '2024-03-04T05:06:07Z'],
    ["h 'o''clock'", "5 o'clock"],
    ["''yy''", "'24'"],
    ['z Z ZZZZ X XX XXX', 'UTC +0000 +0000 Z Z Z'],
    ['G', 'AD'],
    ['S SSSSSS', '89 000089'],
    ['', ''],
  ])('%j', (source, expected) => {
    expect(pattern(source).format(MOMENT, UTC)).toBe(expected);
  });

  it('prints the zone', () => {
    expect(pattern('HH:mm z Z X XX XXX').format(MOMENT, zone('America/Los_Angeles'))).toBe(
      '21:06 PST -0800 -08 -0800 -08:00',
    );
    expect(pattern('zzzz').format(MOMENT, zone('Europe/Berlin'))).toBe('Central European Standard Time');
  });

  it('tells the week year from the year', () => {
    const last = Date.parse('2024-12-30T00:00:00Z');
    expect(pattern('YYYY yyyy w').format(last, UTC)).toBe('2025 2024 1');
  });

  it('prints midnight and noon', () => {
    expect(pattern('H k K h a').format(Date.parse('2024-01-01T00:00:00Z'), UTC)).toBe('0 24 0 12 AM');
    expect(pattern('H k K h a').format(Date.parse('2024-01-01T12:00:00Z'), UTC)).toBe('12 12 0 12 PM');
  });

  it('gives null for times that no calendar holds', () => {
    expect(pattern('yyyy').format(Number.POSITIVE_INFINITY, UTC)).toBeNull();
    expect(pattern('yyyy').format(Number.NaN, UTC)).toBeNull();
    expect(pattern('yyyy').format(1e16, UTC)).toBeNull();
  });

  it('prints times before 1970', () => {
    expect(pattern('yyyy-MM-dd HH:mm:ss.SSS').format(-1, UTC)).toBe('1969-12-31 23:59:59.999');
  });
});

describe('parse', () => {
  it.each([
    ['yyyyMMddHHmmss', '20240304050607', '2024-03-04T05:06:07Z'],
    ['MM/dd/yyyy', '3/4/2005 and more', '2005-03-04T00:00:00Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2024-03-04T05:06:07.089+02:00', '2024-03-04T03:06:07.089Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSZ", '2024-03-04T05:06:07.089-0800', '2024-03-04T13:06:07.089Z'],
    ["yyyy-MM-dd'T'HH:mm:ssX", '2024-03-04T05:06:07Z', '2024-03-04T05:06:07Z'],
    ['EEE MMM dd HH:mm:ss z yyyy', 'Mon Mar 04 05:06:07 PST 2024', '2024-03-04T13:06:07Z'],
    ['EEEE, d MMMM yyyy', 'monday, 4 march 2024', '2024-03-04T00:00:00Z'],
    ['dd/MMM/yyyy:HH:mm:ss Z', '04/Mar/2024:05:06:07 +0000', '2024-03-04T05:06:07Z'],
    ['HH:mm:ss', '00:12:34', '1970-01-01T00:12:34Z'],
    ['hh:mm a', '12:05 am', '1970-01-01T00:05:00Z'],
    ['hh:mm a', '12:05 PM', '1970-01-01T12:05:00Z'],
    ['yy-MM-dd', '99-01-02', '1999-01-02T00:00:00Z'],
    ['yy-MM-dd', '24-01-02', '2024-01-02T00:00:00Z'],
    ['yyyy-DDD', '2024-366', '2024-12-31T00:00:00Z'],
    ['YYYY w u', '2024 10 1', '2024-03-04T00:00:00Z'],
    ['yyyy-MM-dd HH:mm:ss.SSSSSS', '2024-03-04 05:06:07.089123', '2024-03-04T05:06:07.089Z'],
    ['yyyy-MM-dd HH:mm z', '2024-07-01 10:00 Europe/Berlin', '2024-07-01T08:00:00Z'],
    ['yyyy-MM-dd HH:mm z', '2024-07-01 10:00 GMT+02:00', '2024-07-01T08:00:00Z'],
  ])('%j of %j', (source, text, expected) => {
    expect(pattern(source).parse(text, UTC)?.ms).toBe(Date.parse(expected));
  });

  it.each([
    ['MM/dd/yyyy', 'x 3/4/2005'],
    ['MM/dd/yyyy', '13/01/2024'],
    ['yyyy-MM-dd', '2023-02-29'],
    ['HH:mm', '24:00'],
    ['HH:mm', '10:60'],
    ['hh:mm a', '13:00 PM'],
    ['EEE yyyy-MM-dd', 'Tue 2024-03-04'],
    ['yyyy-DDD', '2023-366'],
    ['yyyyMMdd', '2024030'],
    ['yyyy-MM-dd X', '2024-03-04 PST'],
    ['MMM', 'Foo'],
    ['yyyy', ''],
  ])('%j refuses %j', (source, text) => {
    expect(pattern(source).parse(text, UTC)).toBeNull();
  });

  it('reads local times by the zone', () => {
    expect(pattern('yyyy-MM-dd HH:mm').parse('2024-07-01 10:00', zone('Europe/Berlin'))?.ms).toBe(
      Date.parse('2024-07-01T08:00:00Z'),
    );
  });

  it('tells where the pattern ended', () => {
    expect(pattern('yyyy-MM-dd').parse('2024-03-04 rest', UTC)?.end).toBe(10);
  });

  it('reads back what format printed', () => {
    const zones = ['UTC', 'America/New_York', 'Asia/Kolkata'];
    const sources = [
      "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
      'EEE, dd MMM yyyy hh:mm:ss.SSS a Z',
      'yyyyDDDHHmmssSSSZ',
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Date.parse('2100-01-01') }),
        fc.constantFrom(...zones),
        fc.constantFrom(...sources),
        (ms, name, source) => {
          const text = pattern(source).format(ms, zone(name)) ?? '';
          expect(pattern(source).parse(text, UTC)).toEqual({ ms, end: text.length });
        },
      ),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (source, text) => {
        const found = compileDatePattern(source);
        if (!('problem' in found)) found.parse(text, UTC);
      }),
    );
  });
});

describe('problems', () => {
  it('names a letter without meaning', () => {
    expect(compileDatePattern('yyyy-MM-ddTHH')).toEqual({
      problem: "the letter `T` in the date pattern `yyyy-MM-ddTHH` has no meaning; quote texts as in `'T'`",
    });
  });
  it('names a quote without end', () => {
    expect(compileDatePattern("yyyy 'at")).toEqual({
      problem: "a quoted text in the date pattern `yyyy 'at` has no end",
    });
  });
});
