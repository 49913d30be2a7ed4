import type { TimeRange } from '../source.ts';
import { DAY, dateOf, daysInMonth, daysOf, HOUR, isoText, MINUTE, SECOND, WEEK } from './civil.ts';
import { UTC, type Zone, zoneNamed } from './zones.ts';

/** What times are read against. */
export interface TimeSettings {
  /** Epoch ms that `now` and relative times mean. */
  readonly now: number;
  /** IANA name; for texts without a zone of their own. */
  readonly timeZone: string;
  /** Which end of a range the time is. A date without a year lies in the past at the start. Default `from`. */
  readonly edge?: 'from' | 'to';
}

/** A value, or what is wrong in words for people, with a hint of how to write it. */
export type TimeResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string; readonly hint: string };

const FORMS =
  'write ISO 8601 (`2024-03-04T05:06:07Z`), epoch milliseconds, `now`, `-24h`, `now-15m` or `03/04/2024 05:06:07`';

function failed(problem: string, hint = FORMS): { ok: false; problem: string; hint: string } {
  return { ok: false, problem, hint };
}

/**
 * Reads one point in time as epoch ms: ISO 8601 with or without a zone, a date alone (its midnight),
 * epoch ms, `now`, `-24h`, `now-15m`, `-1d -12h` is two points and no point, `MM/dd[/yyyy] [time]`,
 * a time of day (today), `yyyy/MM/dd` and `MM-dd` as in subqueries. Without a zone: the user's.
 */
export function parseTime(text: string, settings: TimeSettings): TimeResult<number> {
  const zone = zoneNamed(settings.timeZone);
  if (zone === null) {
    return failed(
      `\`${settings.timeZone}\` is no time zone`,
      'write a name of the tz database such as `Europe/Berlin`, or `UTC`',
    );
  }
  const trimmed = text.trim();
  if (trimmed === '') return failed('the time is empty');
  return (
    parseRelative(trimmed, settings.now) ??
    parseEpoch(trimmed) ??
    parseTimeOfDay(trimmed, settings.now, zone) ??
    parseCalendar(trimmed, settings, zone) ??
    failed(`\`${text}\` is no time`)
  );
}

/**
 * Reads a range `[from, to)` from its two ends. A missing end is open: `from` null is the beginning
 * of time; `to` null is the end of time, or now where `from` is given.
 */
export function parseRange(
  from: string | null,
  to: string | null,
  settings: TimeSettings,
): TimeResult<TimeRange> {
  const start = from === null ? null : parseTime(from, { ...settings, edge: 'from' });
  if (start !== null && !start.ok) return start;
  const end = to === null ? null : parseTime(to, { ...settings, edge: 'to' });
  if (end !== null && !end.ok) return end;
  const range = {
    from: start === null ? -Infinity : start.value,
    to: end === null ? (start === null ? Infinity : Math.max(settings.now, start.value)) : end.value,
  };
  if (to !== null && !hasYear(to)) range.to = yearAfter(range, settings);
  return checkOrder(range);
}

/** Reads a range from one text: `-1d`, `-1d -12h`, `now to +15m`, `04/01/2017 20:32 to 04/01/2017 20:35`. */
export function parseRangeText(text: string, settings: TimeSettings): TimeResult<TimeRange> {
  const trimmed = text.trim();
  const [from, to, more] = trimmed.split(/\s+to\s+/i) as [string, string?, string?];
  if (more !== undefined) return failed(`\`${text}\` has more than two times`, 'write `start to end`');
  if (to !== undefined) return parseRange(from, to, settings);
  const whole = parseTime(trimmed, settings);
  if (whole.ok) {
    // A single point in the future is the end, as in `+15m`: the range starts now.
    return whole.value > settings.now
      ? checkOrder({ from: settings.now, to: whole.value })
      : parseRange(trimmed, null, settings);
  }
  // Two points without `to`: split at each white space until both sides are times.
  for (const gap of trimmed.matchAll(/\s+/g)) {
    const left = trimmed.slice(0, gap.index);
    const right = trimmed.slice(gap.index + gap[0].length);
    if (parseTime(left, settings).ok && parseTime(right, { ...settings, edge: 'to' }).ok) {
      return parseRange(left, right, settings);
    }
  }
  return whole;
}

function checkOrder(range: TimeRange): TimeResult<TimeRange> {
  if (range.from < range.to) return { ok: true, value: range };
  return failed(
    `start must precede end: the range starts at ${isoText(range.from)} and ends at ${isoText(range.to)}`,
    'swap the two times, or make the end later',
  );
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND],
  ['sec', SECOND],
  ['second', SECOND],
  ['m', MINUTE],
  ['min', MINUTE],
  ['minute', MINUTE],
  ['h', HOUR],
  ['hr', HOUR],
  ['hour', HOUR],
  ['d', DAY],
  ['day', DAY],
  ['w', WEEK],
  ['week', WEEK],
]);

/** A length of time such as `15m`, `1d12h` or `90 seconds` in ms, or null. */
export function parseDuration(text: string): number | null {
  const pieces = [...text.trim().matchAll(/\s*(\d+(?:\.\d+)?)\s*([a-z]+)/gi)];
  if (pieces.length === 0 || pieces.map((piece) => piece[0]).join('') !== text.trim()) return null;
  let total = 0;
  for (const [, count, unit] of pieces) {
    const name = (unit as string).toLowerCase();
    const size = UNITS.get(name) ?? UNITS.get(name.replace(/s$/, ''));
    if (size === undefined) return null;
    total += Number(count) * size;
  }
  return total;
}

function parseRelative(text: string, now: number): TimeResult<number> | null {
  if (/^now(?:\s*\(\s*\))?$/i.test(text)) return { ok: true, value: now };
  const match = /^(?:now\s*)?([+-])\s*(\S.*)$/is.exec(text);
  if (match === null) return null;
  const [, sign, rest] = match as unknown as [string, string, string];
  const duration = parseDuration(rest);
  if (duration === null) {
    if (/^\d+$/.test(rest)) return null;
    return failed(
      `\`${text}\` is no relative time`,
      'write a number and a unit: `-24h`; units are s, m, h, d and w',
    );
  }
  return { ok: true, value: now + (sign === '-' ? -duration : duration) };
}

function parseEpoch(text: string): TimeResult<number> | null {
  // Fewer digits are a year (`2024`) or seconds written by mistake.
  if (!/^-?\d{5,16}$/.test(text)) return null;
  const ms = Number(text);
  if (Math.abs(ms) <= 8.64e15) return { ok: true, value: ms };
  return failed(`\`${text}\` is too large for epoch milliseconds`);
}

const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap]m)?`;

function parseTimeOfDay(text: string, now: number, zone: Zone): TimeResult<number> | null {
  const match = new RegExp(`^${CLOCK}$`, 'i').exec(text);
  if (match === null) return null;
  const time = clockTime(match.slice(1));
  if (time === null) return failed(`\`${text}\` is no time of day`, 'write `17:32:00` or `5:32pm`');
  const today = Math.floor((now + zone.offsetAt(now)) / DAY);
  return { ok: true, value: zone.instantOf(today * DAY + time) };
}

/** Ms since midnight of hour, minute, second, fraction and `am` or `pm`; null when out of range. */
function clockTime(parts: readonly (string | undefined)[]): number | null {
  const [hh, mm, ss, fraction, half] = parts;
  let hour = Number(hh);
  const minute = Number(mm ?? 0);
  const second = Number(ss ?? 0);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  }
  if (minute > 59 || second > 59 || hour > 24 || (hour === 24 && minute + second > 0)) return null;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
  return hour * HOUR + minute * MINUTE + second * SECOND + ms;
}

const ISO = new RegExp(
  String.raw`^(\d{4})-(\d{2})-(\d{2})(?:(?:T|\s+)${CLOCK}\s*(Z|[A-Za-z]+(?:/[A-Za-z_]+)*|[+-]\d{2}(?::?\d{2})?)?)?$`,
  'i',
);
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})/(\d{1,2})/(\d{1,2})(?:\s+${CLOCK})?$`, 'i');
const MONTH_FIRST = new RegExp(String.raw`^(\d{1,2})([/-])(\d{1,2})(?:\2(\d{4}))?(?:\s+${CLOCK})?$`, 'i');

function parseCalendar(text: string, settings: TimeSettings, zone: Zone): TimeResult<number> | null {
  const iso = ISO.exec(text);
  if (iso !== null) return parseIso(text, iso, zone);
  const yearFirst = YEAR_FIRST.exec(text);
  if (yearFirst !== null) {
    const [, year, month, day, ...clock] = yearFirst;
    return instant(text, Number(year), Number(month), Number(day), clock, zone);
  }
  const monthFirst = MONTH_FIRST.exec(text);
  if (monthFirst === null) return null;
  const [, month, , day, year, ...clock] = monthFirst;
  if (year !== undefined) return instant(text, Number(year), Number(month), Number(day), clock, zone);
  const thisYear = dateOf(Math.floor((settings.now + zone.offsetAt(settings.now)) / DAY)).year;
  const found = instant(text, thisYear, Number(month), Number(day), clock, zone);
  if (!found.ok || found.value <= settings.now || settings.edge === 'to') return found;
  return instant(text, thisYear - 1, Number(month), Number(day), clock, zone);
}

function parseIso(text: string, match: RegExpExecArray, zone: Zone): TimeResult<number> {
  const [, year, month, day, hh, mm, ss, fraction, half, zoneText] = match;
  let own = zone;
  if (zoneText !== undefined) {
    const named = zoneNamed(zoneText);
    if (named === null) return failed(`\`${zoneText}\` in \`${text}\` is no time zone`);
    own = named;
  }
  const clock = hh === undefined ? [] : [hh, mm, ss, fraction, half];
  return instant(text, Number(year), Number(month), Number(day), clock, own);
}

function instant(
  text: string,
  year: number,
  month: number,
  day: number,
  clock: readonly (string | undefined)[],
  zone: Zone,
): TimeResult<number> {
  if (month < 1 || month > 12) return failed(`\`${text}\` has no month ${month}`);
  if (day < 1 || day > daysInMonth(year, month)) return failed(`\`${text}\` has no day ${day} in its month`);
  const time = clock[0] === undefined ? 0 : clockTime(clock);
  if (time === null) return failed(`\`${text}\` has no such time of day`, 'hours go to 23, minutes to 59');
  return { ok: true, value: zone.instantOf(daysOf(year, month, day) * DAY + time) };
}

function hasYear(text: string): boolean {
  return !/^\s*\d{1,2}[/-]\d{1,2}(?:\s|$)/.test(text);
}

/** An end without a year belongs to the first such date after the start, but not one in the next year needlessly. */
function yearAfter(range: TimeRange, settings: TimeSettings): number {
  const zone = zoneNamed(settings.timeZone) ?? UTC;
  const local = range.to + zone.offsetAt(range.to);
  const date = dateOf(Math.floor(local / DAY));
  const time = local - Math.floor(local / DAY) * DAY;
  const previous = zone.instantOf(daysOf(date.year - 1, date.month, date.day) * DAY + time);
  return previous > range.from && range.to > settings.now ? previous : range.to;
}
