import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../../src/engine/time/civil.ts';
import { type Zone, zoneNamed } from '../../../src/engine/time/zones.ts';

function zone(name: string): Zone {
  const found = zoneNamed(name);
  if (found === null) throw new Error(`no zone ${name}`);
  return found;
}

const at = (iso: string) => Date.parse(iso);

describe('zoneNamed', () => {
  it.each([
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Z', 'UTC'],
    ['europe/BERLIN', 'Europe/Berlin'],
    ['+05:30', '+05:30'],
    ['-0800', '-08:00'],
    ['GMT+2', '+02:00'],
    ['UTC-3', '-03:00'],
  ])('%s is %s', (name, canonical) => {
    expect(zone(name).name).toBe(canonical);
  });

  it.each(['Mars/Olympus', '', 'not a zone', '+99:00', '__proto__'])('%j is no zone', (name) => {
    expect(zoneNamed(name)).toBeNull();
  });
});

describe('offsets', () => {
  it.each([
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Africa/Casablanca',
    'UTC',
  ])('of %s agree with Intl at random instants', (name) => {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    fc.assert(
      fc.property(fc.integer({ min: at('1980-01-01'), max: at('2037-12-31') }), (ms) => {
        const text = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? '';
        const [, sign, hours, minutes] = /GMT(?:([+-])(\d+):(\d+))?/.exec(text) ?? [];
        const expected = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000 * (sign === '-' ? -1 : 1);
        expect(zone(name).offsetAt(ms)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('change at the exact instant', () => {
    const berlin = zone('Europe/Berlin');
    expect(berlin.offsetAt(at('2024-03-31T00:59:59.999Z'))).toBe(HOUR);
    expect(berlin.offsetAt(at('2024-03-31T01:00:00Z'))).toBe(2 * HOUR);
  });

  it('are 0 for times that no calendar holds', () => {
    expect(zone('Europe/Berlin').offsetAt(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(zone('Europe/Berlin').offsetAt(1e18)).toBe(0);
  });
});

describe('instantOf', () => {
  const berlin = zone('Europe/Berlin');
  it('moves a reading that the clock skips forward', () => {
    expect(berlin.instantOf(at('2024-03-31T02:30:00Z'))).toBe(at('2024-03-31T01:30:00Z'));
  });
  it('takes the first of two equal readings', () => {
    expect(berlin.instantOf(at('2024-10-27T02:30:00Z'))).toBe(at('2024-10-27T00:30:00Z'));
  });
  it('is the reverse of offsetAt', () => {
    fc.assert(
      fc.property(fc.integer({ min: at('1990-01-01'), max: at('2030-01-01') }), (ms) => {
        const local = ms + berlin.offsetAt(ms);
        const back = berlin.instantOf(local);
        expect(back + berlin.offsetAt(back)).toBe(local);
      }),
    );
  });
});

describe('names', () => {
  it.each([
    ['America/Los_Angeles', '2024-01-01', 'PST', 'Pacific Standard Time'],
    ['America/Los_Angeles', '2024-07-01', 'PDT', 'Pacific Daylight Time'],
    ['Europe/Berlin', '2024-07-01', 'CEST', 'Central European Summer Time'],
    ['UTC', '2024-07-01', 'UTC', 'Coordinated Universal Time'],
    ['+05:30', '2024-07-01', 'GMT+05:30', 'GMT+05:30'],
  ])('%s on %s', (name, day, short, long) => {
    expect(zone(name).shortName(at(day))).toBe(short);
    expect(zone(name).longName(at(day))).toBe(long);
  });
});
