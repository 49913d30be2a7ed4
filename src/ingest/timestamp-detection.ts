import { daysInMonth, daysOf, HOUR, MINUTE, SECOND } from '../engine/time/civil.ts';
import { MONTHS, ZONE_ABBREVIATIONS } from '../engine/time/names.ts';
import type { Zone } from '../engine/time/zones.ts';
import { dayFirstWalk, isDigit, monthAt, monthFirstWalk, type WalkedDate, zoneAt } from './date-walks.ts';
import { latin1 } from './flow-layout.ts';

/** How to read times that leave something open. */
export interface TimeContext {
  /** For times without a zone. */
  readonly zone: Zone;
  /** Whether `zone` counts even where the text names another. */
  readonly forceZone: boolean;
  /** When the message came, epoch ms: times without a year are the last such before a day from then. */
  readonly receiptTime: number;
}

/** Only this many bytes at the beginning of a message are searched. */
const SEARCHED_BYTES = 16_384;
/** No date that is recognised is longer. */
const DATE_BYTES = 64;
const DAY = 24 * HOUR;
const COMMA = 0x2c;
/** The fifth value between commas begins in so many bytes. */
const SEARCHED_FOR_COMMAS = 512;

/**
 * The leftmost time that is recognised in a message, epoch ms; NaN when there is none. Recognised are
 * ISO 8601 and its kin, the forms of web servers, syslog, mail and C, American and German dates, each
 * with time of day, fraction, AM or PM, and zone; and Unix times where the surroundings say so: at the
 * beginning of the message, as fifth value between commas, after `"timestamp":`.
 */
export function detectTime(data: Uint8Array, start: number, end: number, context: TimeContext): number {
  const stop = Math.min(end, start + SEARCHED_BYTES);
  let before = 0;
  for (let at = start; at < stop; at++) {
    const byte = data[at]!;
    if (isDigit(byte)) {
      if (before === COMMA && isFifthValue(data, start, at, end)) {
        return epochOf(data, at, digitsEnd(data, at, end), true);
      }
      const runEnd = digitsEnd(data, at, stop);
      const time = timeAtDigits(data, start, at, runEnd, end, context);
      if (!Number.isNaN(time)) return time;
      at = runEnd - 1;
      before = data[at]!;
      continue;
    }
    if (isMonthLetter(byte) && !isLetter(before)) {
      const time = timeAtMonth(data, at, end, context);
      if (!Number.isNaN(time)) return time;
    }
    before = byte;
  }
  return NaN;
}

function timeAtDigits(
  data: Uint8Array,
  messageStart: number,
  at: number,
  runEnd: number,
  end: number,
  context: TimeContext,
): number {
  switch (runEnd - at) {
    case 1:
    case 2:
      if (!startsDate(data, runEnd)) return NaN;
      return (
        timeOfWalk(dayFirstWalk(data, at, end), context) ??
        dayFirstTime(latin1(data, at, Math.min(end, at + DATE_BYTES)), context)
      );
    case 4:
      return yearFirstTime(data, at, end, context);
    case 8:
      return basicIsoTime(latin1(data, at, Math.min(end, at + DATE_BYTES)), context);
    case 10:
    case 13:
    case 16:
    case 19:
      return epochByPlace(data, messageStart, at, runEnd, end);
    default:
      return NaN;
  }
}

/**
 * Whether a number of a day or month that ends at `at` may be the beginning of a date: the name of a
 * month follows, or two more numbers, as in no address. Keeps most numbers from the slow tests.
 */
function startsDate(data: Uint8Array, at: number): boolean {
  const separator = data[at];
  if (monthAt(data, at + 1) > 0) return separator === 0x20 || separator === 0x2f || separator === 0x2d;
  if (separator !== 0x2f && separator !== 0x2d && separator !== 0x2e) return false;
  const middle = digitsEnd(data, at + 1, at + 4);
  if (middle === at + 1 || data[middle] !== separator) return false;
  const last = digitsEnd(data, middle + 1, middle + 6);
  if (last !== middle + 3 && last !== middle + 5) return false;
  const next = data[last];
  return next === 0x20 || next === 0x54 || next === COMMA || next === 0x5f || next === 0x2d;
}

// ---- year first, from bytes: the form most logs have ------------------------------------------

function yearFirstTime(data: Uint8Array, at: number, end: number, context: TimeContext): number {
  const separator = data[at + 4];
  if (end - at < 16 || (separator !== 0x2d && separator !== 0x2f && separator !== 0x2e)) return NaN;
  if (data[at + 7] !== separator) return NaN;
  const year = number(data, at, 4);
  const month = number(data, at + 5, 2);
  const day = number(data, at + 8, 2);
  const between = data[at + 10];
  // `T`, space, tab, `_`, `-` and `:` are all seen between date and time.
  if (
    between !== 0x54 &&
    between !== 0x20 &&
    between !== 0x09 &&
    between !== 0x5f &&
    between !== 0x3a &&
    between !== 0x2d &&
    between !== 0x74
  ) {
    return NaN;
  }
  if (data[at + 13] !== 0x3a) return NaN;
  const hour = number(data, at + 11, 2);
  const minute = number(data, at + 14, 2);
  let second = 0;
  let fraction = 0;
  let next = at + 16;
  if (next + 2 < end && data[next] === 0x3a && isDigit(data[next + 1]!) && isDigit(data[next + 2]!)) {
    second = number(data, next + 1, 2);
    next += 3;
    const mark = data[next];
    if ((mark === 0x2e || mark === 0x2c) && next + 1 < end && isDigit(data[next + 1]!)) {
      let scale = 100;
      for (next++; next < end && isDigit(data[next]!); next++) {
        fraction += (data[next]! - 0x30) * scale;
        scale = scale > 1 ? scale / 10 : 0;
      }
    }
  }
  const local = localTime(year, month, day, hour, minute, second, fraction);
  if (Number.isNaN(local)) return NaN;
  const mark = next < end ? data[next]! : 0;
  if (mark === 0x5a || mark === 0x7a) return instant(local, 0, context);
  if (mark !== 0x2b && mark !== 0x2d && mark !== 0x20) return instant(local, null, context);
  const zone = zoneAt(data, next, end);
  const offset = zone === undefined ? zoneOffset(latin1(data, next, Math.min(end, next + 12))) : zone;
  return instant(local, offset, context);
}

/** The number that `digits` bytes at `at` write, NaN when one is no digit. */
function number(data: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let place = at; place < at + digits; place++) {
    const byte = data[place];
    if (byte === undefined || !isDigit(byte)) return NaN;
    value = value * 10 + byte - 0x30;
  }
  return value;
}

// ---- other forms, from a short text -----------------------------------------------------------

const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s?([AaPp])[Mm]\b)?`;
const BASIC =
  /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})|[ _-](\d{2}):(\d{2}):(\d{2}))(?:[.,](\d{1,9}))?/;
const DAY_MONTH_NAME = new RegExp(String.raw`^(\d{1,2})[/ -]([A-Za-z]{3,9})[/ -](\d{4})[: T]+${CLOCK}`);
const DAY_OR_MONTH = new RegExp(String.raw`^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})[ T,_-]+${CLOCK}`);
const MONTH_NAME = new RegExp(
  String.raw`^([A-Z][a-z]{2,8})\.?[ ]+(\d{1,2})(?:st|nd|rd|th)?,?[ ]+(?:(\d{4}),?[ ]+)?${CLOCK}`,
);

function basicIsoTime(text: string, context: TimeContext): number {
  const match = BASIC.exec(text);
  if (match === null) return NaN;
  const [whole, year, month, day, h1, m1, s1, h2, m2, s2, fraction] = match;
  const local = localTime(
    Number(year),
    Number(month),
    Number(day),
    Number(h1 ?? h2),
    Number(m1 ?? m2),
    Number(s1 ?? s2),
    milliseconds(fraction),
  );
  return instant(local, zoneOffset(text.slice(whole.length)), context);
}

/** The time that a text begins with: day, month and year, or month, day and year. */
export function dayFirstTime(text: string, context: TimeContext): number {
  const named = DAY_MONTH_NAME.exec(text);
  if (named !== null) {
    const [whole, day, name, year, ...clock] = named;
    return clockTime(Number(year), monthNamed(name!), Number(day), clock, text.slice(whole.length), context);
  }
  const match = DAY_OR_MONTH.exec(text);
  if (match === null) return NaN;
  const [whole, first, separator, second, third, ...clock] = match;
  const [year, month, day] = yearMonthDay(Number(first), separator!, Number(second), third!);
  return clockTime(year, month, day, clock, text.slice(whole.length), context);
}

/** `.` is day first; `/` and `-` month first, unless the number is no month: then day first, or year first when the last has two digits. */
function yearMonthDay(
  first: number,
  separator: string,
  second: number,
  third: string,
): readonly [number, number, number] {
  if (third.length === 4) {
    return separator === '.' || first > 12 ? [Number(third), second, first] : [Number(third), first, second];
  }
  if (separator === '.') return [century(Number(third)), second, first];
  if (first > 12) return [century(first), second, Number(third)];
  return [century(Number(third)), first, second];
}

function century(year: number): number {
  return year < 70 ? 2000 + year : 1900 + year;
}

function timeAtMonth(data: Uint8Array, at: number, end: number, context: TimeContext): number {
  if (end - at < 12 || monthAt(data, at) === 0) return NaN;
  return (
    timeOfWalk(monthFirstWalk(data, at, end), context) ??
    monthFirstTime(latin1(data, at, Math.min(end, at + DATE_BYTES)), context)
  );
}

/** The time that a text begins with: the name of a month first. */
export function monthFirstTime(text: string, context: TimeContext): number {
  const match = MONTH_NAME.exec(text);
  if (match === null) return NaN;
  const [whole, name, day, year, ...clock] = match;
  const month = monthNamed(name!);
  const rest = text.slice(whole.length);
  // As C prints it, the year comes last, with or without a zone before it.
  const late = /^(?: [A-Z]{3,5}| [+-]\d{4})? (\d{4})\b/.exec(rest);
  if (year !== undefined) return clockTime(Number(year), month, Number(day), clock, rest, context);
  if (late !== null) return clockTime(Number(late[1]), month, Number(day), clock, rest, context);
  return yearlessTime(month, Number(day), clock, rest, context);
}

/** The latest such time that is not more than a day after receipt. */
function yearlessTime(
  month: number,
  day: number,
  clock: readonly (string | undefined)[],
  rest: string,
  context: TimeContext,
): number {
  return latestYear(context, (year) => clockTime(year, month, day, clock, rest, context));
}

function latestYear(context: TimeContext, timeIn: (year: number) => number): number {
  const year = yearOf(context.receiptTime);
  for (let back = -1; back < 8; back++) {
    const time = timeIn(year - back);
    if (time <= context.receiptTime + DAY) return time;
  }
  return NaN;
}

let knownYear: readonly [time: number, year: number] = [NaN, 0];

/** The year of a time, remembered: one time is asked for again and again. */
function yearOf(time: number): number {
  if (knownYear[0] !== time) knownYear = [time, new Date(time).getUTCFullYear()];
  return knownYear[1];
}

/** The time of a date whose bytes were walked; null when the walk did not come to its end. */
function timeOfWalk(date: WalkedDate | null, context: TimeContext): number | null {
  if (date === null) return null;
  const { year, month, day, hour, minute, second, zone } = date;
  const timeIn = (some: number): number =>
    instant(localTime(some, month, day, hour, minute, second, 0), zone, context);
  return year === null ? latestYear(context, timeIn) : timeIn(year);
}

function clockTime(
  year: number,
  month: number,
  day: number,
  [hours, minutes, seconds, fraction, half]: readonly (string | undefined)[],
  rest: string,
  context: TimeContext,
): number {
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return NaN;
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  const local = localTime(
    year,
    month,
    day,
    hour,
    Number(minutes),
    Number(seconds ?? 0),
    milliseconds(fraction),
  );
  return instant(local, zoneOffset(rest), context);
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
}

/** 1 to 12 by the first three letters, 0 for no month. */
function monthNamed(name: string): number {
  const short = name.slice(0, 3).toLowerCase();
  const month = SHORT_MONTHS.indexOf(short);
  if (month < 0 || (name.length > 3 && !LONG_MONTHS[month]!.startsWith(name.toLowerCase()))) return 0;
  return month + 1;
}
const LONG_MONTHS = MONTHS.map((name) => name.toLowerCase());
const SHORT_MONTHS = LONG_MONTHS.map((name) => name.slice(0, 3));

/** Clock reading as ms since 1970-01-01 00:00 local; NaN when there is no such date or time. */
function localTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  fraction: number,
): number {
  if (!(year >= 1970 && year <= 2199 && month >= 1 && month <= 12)) return NaN;
  if (!(day >= 1 && day <= daysInMonth(year, month))) return NaN;
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return NaN;
  return daysOf(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + fraction;
}

function instant(local: number, offset: number | null, context: TimeContext): number {
  if (Number.isNaN(local)) return NaN;
  return offset === null || context.forceZone ? context.zone.instantOf(local) : local - offset;
}

const ZONE =
  /^ ?(?:(Z)(?![A-Za-z0-9])|(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})?(?![\d:])|([A-Z]{3,5})(?![A-Za-z0-9]))/;

/** Milliseconds ahead of UTC that the text begins with (perhaps after a space), or null. */
function zoneOffset(text: string): number | null {
  const match = ZONE.exec(text);
  if (match === null) return null;
  const [, zulu, sign, hours, minutes, name] = match;
  if (zulu !== undefined) return 0;
  if (sign !== undefined) {
    const ahead = Number(hours) * HOUR + Number(minutes ?? 0) * MINUTE;
    if (ahead > 18 * HOUR || Number(minutes ?? 0) > 59) return null;
    return sign === '-' ? -ahead : ahead;
  }
  if (name === 'UTC' || name === 'GMT') return 0;
  const hoursAhead = ZONE_ABBREVIATIONS.get(name!);
  return hoursAhead === undefined ? null : hoursAhead * HOUR;
}

// ---- Unix times -------------------------------------------------------------------------------

/** A Unix time where its place says that it is one: see `detectTime`. */
function epochByPlace(
  data: Uint8Array,
  messageStart: number,
  at: number,
  runEnd: number,
  end: number,
): number {
  const after = runEnd < end ? data[runEnd]! : 0;
  const before = at > messageStart ? data[at - 1]! : 0;
  const digits = runEnd - at;
  if (at === messageStart) {
    if (digits > 10) return isLetter(after) ? NaN : epochOf(data, at, runEnd, true);
    if (after === 0x2c) return epochOf(data, at, runEnd, true);
    if (after === 0x2e) return epochOf(data, at, runEnd, true) + fractionMs(data, runEnd + 1, end);
    return NaN;
  }
  const bracketed =
    (before === 0x5b && after === 0x5d) ||
    (before === 0x28 && after === 0x29) ||
    (before === 0x3c && after === 0x3e);
  if (at === messageStart + 1 && bracketed) return epochOf(data, at, runEnd, true);
  if ((digits === 10 || digits === 13) && isAfterTimestampKey(data, messageStart, at)) {
    return epochOf(data, at, runEnd, true);
  }
  return NaN;
}

function fractionMs(data: Uint8Array, at: number, end: number): number {
  let value = 0;
  let scale = 100;
  if (at >= end || !isDigit(data[at]!)) return NaN;
  for (let place = at; place < end && isDigit(data[place]!); place++) {
    value += (data[place]! - 0x30) * scale;
    scale = scale > 1 ? scale / 10 : 0;
  }
  return value;
}

const TIMESTAMP_KEY = Buffer.from('"timestamp"');

function isAfterTimestampKey(data: Uint8Array, start: number, at: number): boolean {
  let place = at - 1;
  if (place >= start && data[place] === 0x22) place--;
  while (place >= start && data[place] === 0x20) place--;
  if (data[place] !== 0x3a) return false;
  place--;
  while (place >= start && data[place] === 0x20) place--;
  const from = place - TIMESTAMP_KEY.length + 1;
  if (from < start) return false;
  for (let index = 0; index < TIMESTAMP_KEY.length; index++) {
    if (data[from + index] !== TIMESTAMP_KEY[index]) return false;
  }
  return true;
}

/** Whether the number at `at`, which follows a comma, is the fifth value between commas: 10 or 13 digits and nothing else. */
function isFifthValue(data: Uint8Array, start: number, at: number, end: number): boolean {
  if (at > start + SEARCHED_FOR_COMMAS) return false;
  const runEnd = digitsEnd(data, at, end);
  if (runEnd - at !== 10 && runEnd - at !== 13) return false;
  if (runEnd < end && data[runEnd] !== COMMA) return false;
  let commas = 0;
  for (let place = start; place < at; place++) if (data[place] === COMMA) commas++;
  return commas === 4;
}

/**
 * The instant of a Unix time of 10 (s), 13 (ms), 16 (µs) or 19 (ns) digits, as epoch ms without
 * fraction. NaN for another number of digits and, if `sensible`, for times before 2001 or after 2199.
 */
export function epochOf(data: Uint8Array, start: number, end: number, sensible: boolean): number {
  const digits = end - start;
  if (digits !== 10 && digits !== 13 && digits !== 16 && digits !== 19) return NaN;
  // The first 13 digits are milliseconds, whatever follows.
  const value = number(data, start, Math.min(digits, 13));
  const time = digits === 10 ? value * 1000 : value;
  return sensible && !(time >= 1e12 && time < 7.26e12) ? NaN : time;
}

// ---- bytes ------------------------------------------------------------------------------------

function digitsEnd(data: Uint8Array, at: number, end: number): number {
  let place = at;
  while (place < end && isDigit(data[place]!)) place++;
  return place;
}

function isLetter(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a);
}

/** J F M A S O N D */
function isMonthLetter(byte: number): boolean {
  return (
    byte === 0x4a ||
    byte === 0x46 ||
    byte === 0x4d ||
    byte === 0x41 ||
    byte === 0x53 ||
    byte === 0x4f ||
    byte === 0x4e ||
    byte === 0x44
  );
}
