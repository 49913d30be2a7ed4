import { daysInMonth, daysOf, HOUR, MINUTE, SECOND } from '../engine/time/civil.ts';
import { MONTHS, ZONE_ABBREVIATIONS } from '../engine/time/names.ts';
import type { Zone } from '../engine/time/zones.ts';
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

/**
 * The leftmost time that is recognised in a message, epoch ms; NaN when there is none. Recognised are
 * ISO 8601 and its kin, the forms of web servers, syslog, mail and C, American and German dates, each
 * with time of day, fraction, AM or PM, and zone; and Unix times where the surroundings say so: at the
 * beginning of the message, as fifth value between commas, after `"timestamp":`.
 */
export function detectTime(data: Uint8Array, start: number, end: number, context: TimeContext): number {
  const stop = Math.min(end, start + SEARCHED_BYTES);
  let csv: number | null = null;
  let before = 0;
  for (let at = start; at < stop; at++) {
    const byte = data[at]!;
    if (isDigit(byte)) {
      const runEnd = digitsEnd(data, at, stop);
      if (runEnd - at === 10 || runEnd - at === 13) {
        csv ??= fifthValue(data, start, end);
        if (csv === at) return epochOf(data, at, runEnd, true);
      }
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
      if (!startsDate(data[runEnd], data[runEnd + 1])) return NaN;
      if (runEnd - at === 2 && end - at > WEB_SERVER_BYTES) {
        const time = webServerTime(data, at, context);
        if (!Number.isNaN(time)) return time;
      }
      return dayFirstTime(latin1(data, at, Math.min(end, at + DATE_BYTES)), context);
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

/** Whether a day or month number may be followed by these bytes: keeps most numbers from the slow tests. */
function startsDate(separator: number | undefined, next: number | undefined): boolean {
  if (next === undefined) return false;
  if (separator === 0x20) return isLetter(next);
  return (
    (separator === 0x2f || separator === 0x2d || separator === 0x2e) && (isDigit(next) || isLetter(next))
  );
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
  return instant(local, zoneOffset(latin1(data, next, Math.min(end, next + 12))), context);
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

// ---- as web servers write it, from bytes: `14/Nov/2023:22:13:20 +0000` ------------------------

const WEB_SERVER_BYTES = 26;

/** The time in just this form, with a byte behind it; NaN for any other, which `dayFirstTime` may know. */
function webServerTime(data: Uint8Array, at: number, context: TimeContext): number {
  const marks =
    data[at + 2] === 0x2f &&
    data[at + 6] === 0x2f &&
    data[at + 11] === 0x3a &&
    data[at + 14] === 0x3a &&
    data[at + 17] === 0x3a &&
    data[at + 20] === 0x20;
  const sign = data[at + 21];
  const behind = data[at + WEB_SERVER_BYTES]!;
  if (!marks || (sign !== 0x2b && sign !== 0x2d) || isDigit(behind) || behind === 0x3a) return NaN;
  const month = SHORT_MONTH_BYTES.indexOf(
    (data[at + 3]! << 16) | (data[at + 4]! << 8) | data[at + 5]! | 0x202020,
  );
  const hoursAhead = number(data, at + 22, 2);
  const minutesAhead = number(data, at + 24, 2);
  const ahead = hoursAhead * HOUR + minutesAhead * MINUTE;
  if (month < 0 || !(ahead <= 18 * HOUR && minutesAhead <= 59)) return NaN;
  const local = localTime(
    number(data, at + 7, 4),
    month + 1,
    number(data, at, 2),
    number(data, at + 12, 2),
    number(data, at + 15, 2),
    number(data, at + 18, 2),
    0,
  );
  return instant(local, sign === 0x2d ? -ahead : ahead, context);
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

function dayFirstTime(text: string, context: TimeContext): number {
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
  // Nine in ten capital letters begin no month: look at three bytes before making a text.
  if (end - at < 12 || monthNamed(latin1(data, at, at + 3)) === 0) return NaN;
  const text = latin1(data, at, Math.min(end, at + DATE_BYTES));
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
  const year = new Date(context.receiptTime).getUTCFullYear();
  for (let back = -1; back < 8; back++) {
    const time = clockTime(year - back, month, day, clock, rest, context);
    if (time <= context.receiptTime + DAY) return time;
  }
  return NaN;
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
/** The bytes of the three letters as one number. */
const SHORT_MONTH_BYTES = SHORT_MONTHS.map((name) =>
  [...Buffer.from(name)].reduce((bytes, byte) => (bytes << 8) | byte, 0),
);

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

/** Where the fifth value between commas begins, when it is 10 or 13 digits and nothing else; else -1. */
function fifthValue(data: Uint8Array, start: number, end: number): number {
  let commas = 0;
  const stop = Math.min(end, start + 512);
  for (let at = start; at < stop; at++) {
    if (data[at] !== 0x2c || ++commas < 4) continue;
    const from = at + 1;
    const runEnd = digitsEnd(data, from, end);
    const digits = runEnd - from;
    if (digits !== 10 && digits !== 13) return -1;
    return runEnd === end || data[runEnd] === 0x2c ? from : -1;
  }
  return -1;
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

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
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
