import { DAY, HOUR, MINUTE } from './civil.ts';

/** A time zone: what local clocks show at an instant, and back. All times are epoch milliseconds. */
export interface Zone {
  /** The canonical name: `UTC`, `Europe/Berlin`, `+05:30`. */
  readonly name: string;
  /** Milliseconds to add to an instant for the local clock's reading. */
  offsetAt(ms: number): number;
  /**
   * The instant at which the local clock reads `local` (ms since 1970-01-01 00:00 local). A reading
   * that a clock change skips moves forward by the change; one that occurs twice is the first.
   */
  instantOf(local: number): number;
  /** The zone's short name at an instant: `UTC`, `PST`, `CEST`, else `GMT+05:30`. */
  shortName(ms: number): string;
  /** The zone's long name at an instant: `Pacific Standard Time`. */
  longName(ms: number): string;
}

/** A span of time in which an IANA zone changes its offset at most once. */
const WINDOW = 4 * DAY;

export const UTC: Zone = fixedZone('UTC', 0);

const known = new Map<string, Zone | null>([
  ['utc', UTC],
  ['gmt', UTC],
  ['z', UTC],
  ['etc/utc', UTC],
]);

/** More names than this come from data, not from people: they are looked up each time. */
const REMEMBERED_NAMES = 2000;

/**
 * The zone of a name in any letter case, or null: a tz database name (`europe/berlin`), `UTC`, `Z`,
 * an offset (`+05:30`, `-0800`, `GMT+2`, `UTC-3`) or an abbreviation that the tz data knows (`PST`).
 */
export function zoneNamed(name: string): Zone | null {
  const key = name.trim().toLowerCase();
  const found = known.get(key);
  if (found !== undefined) return found;
  const zone = makeZone(key);
  if (known.size < REMEMBERED_NAMES) known.set(key, zone);
  return zone;
}

function makeZone(key: string): Zone | null {
  const offset = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(key);
  if (offset !== null) {
    const hours = Number(offset[2]);
    const minutes = Number(offset[3] ?? 0);
    if (hours > 18 || minutes > 59) return null;
    const ms = (hours * HOUR + minutes * MINUTE) * (offset[1] === '-' ? -1 : 1);
    return ms === 0 ? UTC : fixedZone(offsetText(ms, ':'), ms);
  }
  if (!/^[a-z][a-z0-9_+\-/]*$/.test(key)) return null;
  try {
    const canonical = new Intl.DateTimeFormat('en-US', { timeZone: key }).resolvedOptions().timeZone;
    return canonical === 'UTC' ? UTC : tzZone(canonical);
  } catch {
    return null; // Intl throws a RangeError for a name that it does not know.
  }
}

/** `+05:30`, or `+0530` with an empty separator. */
export function offsetText(offset: number, separator: string): string {
  const minutes = Math.abs(Math.trunc(offset / MINUTE));
  const hh = String(Math.trunc(minutes / 60)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hh}${separator}${String(minutes % 60).padStart(2, '0')}`;
}

function fixedZone(name: string, offset: number): Zone {
  const shown = offset === 0 ? name : `GMT${name}`;
  return {
    name,
    offsetAt: () => offset,
    instantOf: (local) => local - offset,
    shortName: () => shown,
    longName: () => (offset === 0 ? 'Coordinated Universal Time' : shown),
  };
}

/** Offsets of one window: `before` until `change`, then `after`. */
interface Window {
  readonly change: number;
  readonly before: number;
  readonly after: number;
}

function tzZone(name: string): Zone {
  const clock = localClock(name);
  const windows = new Map<number, Window>();
  let lastIndex = Number.NaN;
  let last: Window = { change: 0, before: 0, after: 0 };

  function offsetAt(ms: number): number {
    const index = Math.floor(ms / WINDOW);
    if (index !== lastIndex) {
      if (!Number.isFinite(index)) return 0;
      let window = windows.get(index);
      if (window === undefined) {
        window = findWindow(index * WINDOW, clock);
        windows.set(index, window);
      }
      last = window;
      lastIndex = index;
    }
    return ms < last.change ? last.before : last.after;
  }

  function instantOf(local: number): number {
    // The offset a day earlier and a day later: one of them is right unless the reading was skipped.
    const early = offsetAt(local - DAY);
    const late = offsetAt(local + DAY);
    if (offsetAt(local - early) === early) return local - early;
    if (offsetAt(local - late) === late) return local - late;
    return local - early;
  }

  const names = new Map<string, string>();
  function named(ms: number, length: 'short' | 'long'): string {
    const offset = offsetAt(ms);
    const key = `${length}${offset}${isWinter(ms)}`;
    let text = names.get(key);
    if (text === undefined) {
      text = zoneText(name, ms, length) ?? `GMT${offsetText(offset, ':')}`;
      names.set(key, text);
    }
    return text;
  }

  return {
    name,
    offsetAt,
    instantOf,
    shortName: (ms) => named(ms, 'short'),
    longName: (ms) => named(ms, 'long'),
  };
}

/** Half-years keep names apart of zones that share an offset over the year. */
function isWinter(ms: number): boolean {
  const month = new Date(ms).getUTCMonth();
  return month < 3 || month > 8;
}

/** Locales whose short zone names are letters, for the zones that people there use. */
const NAME_LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-NZ', 'ja-JP', 'ko-KR'];

function zoneText(timeZone: string, ms: number, length: 'short' | 'long'): string | null {
  for (const locale of length === 'long' ? ['en-US'] : NAME_LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: length }).formatToParts(ms);
    const text = parts.find((part) => part.type === 'timeZoneName')?.value;
    if (text !== undefined && (length === 'long' || /^[A-Z]{3,5}$/.test(text))) return text;
  }
  return null;
}

/** The offset at an instant, slowly: what Intl says the local clock reads, minus the instant. */
function localClock(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const whole = Math.floor(ms / 1000) * 1000;
    if (Math.abs(whole) > 8.64e15) return 0;
    const fields = new Map(format.formatToParts(whole).map((part) => [part.type, part.value]));
    const read = (type: Intl.DateTimeFormatPartTypes) => Number(fields.get(type) ?? 0);
    const year = (fields.get('era') ?? 'A').startsWith('B') ? 1 - read('year') : read('year');
    const local = new Date(0);
    local.setUTCFullYear(year, read('month') - 1, read('day'));
    local.setUTCHours(read('hour'), read('minute'), read('second'));
    return local.getTime() - whole;
  };
}

function findWindow(start: number, clock: (ms: number) => number): Window {
  const before = clock(start);
  const after = clock(start + WINDOW - 1000);
  if (before === after) return { change: start, before, after };
  let low = start;
  let high = start + WINDOW;
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (clock(middle) === before) low = middle;
    else high = middle;
  }
  return { change: high, before, after };
}
