import { HOUR, MINUTE } from '../engine/time/civil.ts';
import { MONTHS, ZONE_ABBREVIATIONS } from '../engine/time/names.ts';

/** A date as it is written; not checked for months of 40 days. */
export interface WalkedDate {
  /** Null: it does not say. */
  readonly year: number | null;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Milliseconds ahead of UTC; null: it does not say. */
  readonly zone: number | null;
}

// The commonest forms of dates, read byte by byte. The patterns in timestamp-detection.ts read these
// and all others: a walk ends with null wherever it cannot be sure to say what they say.

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SLASH = 0x2f;
const COLON = 0x3a;
const LAST_BRACKET = 0x5d;
const UPPER_Z = 0x5a;

/** As syslog writes it: `Oct 11 22:14:15`, and no zone, fraction or year behind it. */
export function monthFirstWalk(data: Uint8Array, at: number, end: number): WalkedDate | null {
  const month = isUpper(data[at]) && isLower(data[at + 1]) && isLower(data[at + 2]) ? monthAt(data, at) : 0;
  if (month === 0 || data[at + 3] !== SPACE) return null;
  let place = at + 4;
  if (data[place] === SPACE) place++;
  if (!isDigit(data[place])) return null;
  let day = data[place++]! - 0x30;
  if (isDigit(data[place])) day = day * 10 + data[place++]! - 0x30;
  if (data[place] !== SPACE || !isClock(data, place + 1, end)) return null;
  const clock = place + 1;
  if (!endsPlainly(data, clock + 8, end)) return null;
  return { year: null, month, day, ...clockAt(data, clock), zone: null };
}

/** As web servers write it: `10/Oct/2000:13:55:36 -0700`. */
export function dayFirstWalk(data: Uint8Array, at: number, end: number): WalkedDate | null {
  const clock = at + 12;
  const month = data[at + 2] === SLASH && data[at + 6] === SLASH ? monthAt(data, at + 3) : 0;
  const day = twoDigits(data, at);
  const century = twoDigits(data, at + 7);
  const year = twoDigits(data, at + 9);
  if (month === 0 || day < 0 || century < 0 || year < 0) return null;
  if (data[at + 11] !== COLON || !isClock(data, clock, end)) return null;
  const after = clock + 8;
  const signed = data[after] === SPACE && (data[after + 1] === PLUS || data[after + 1] === MINUS);
  const zone = signed && after + 1 < end ? zoneAt(data, after, end) : null;
  if (zone === undefined || (zone === null && !endsPlainly(data, after, end))) return null;
  return { year: century * 100 + year, month, day, ...clockAt(data, clock), zone };
}

/** `HH:MM:SS` */
function isClock(data: Uint8Array, at: number, end: number): boolean {
  return (
    at + 8 <= end &&
    twoDigits(data, at) >= 0 &&
    data[at + 2] === COLON &&
    twoDigits(data, at + 3) >= 0 &&
    data[at + 5] === COLON &&
    twoDigits(data, at + 6) >= 0
  );
}

function clockAt(data: Uint8Array, at: number): Pick<WalkedDate, 'hour' | 'minute' | 'second'> {
  return { hour: twoDigits(data, at), minute: twoDigits(data, at + 3), second: twoDigits(data, at + 6) };
}

/** Whether a clock reading that ends at `at` surely goes on in no way: by a fraction, AM, PM, a zone or a year. */
function endsPlainly(data: Uint8Array, at: number, end: number): boolean {
  if (at >= end || data[at] === COLON || data[at] === LAST_BRACKET) return true;
  if (data[at] !== SPACE || at + 1 >= end) return false;
  // Zones and years begin with capitals, digits and signs.
  const next = data[at + 1]!;
  return isLower(next) && ((next !== 0x61 && next !== 0x70) || ((data[at + 2] ?? 0) | 0x20) !== 0x6d);
}

const UNKNOWN_ZONE = -1;
const zones = new Map(
  [['UTC', 0] as const, ['GMT', 0] as const, ...ZONE_ABBREVIATIONS].map(([name, hours]) => [
    zoneKey(Buffer.from(name), 0, name.length),
    hours * HOUR,
  ]),
);

/** A number for up to five capital letters. */
function zoneKey(data: Uint8Array, at: number, length: number): number {
  let key = 0;
  for (let place = at; place < at + length; place++) key = key * 32 + data[place]! - 0x40;
  return length <= 5 ? key : UNKNOWN_ZONE;
}

/** Milliseconds ahead of UTC that the bytes begin with (perhaps after a space), null when there is no zone; undefined: not sure. */
export function zoneAt(data: Uint8Array, at: number, end: number): number | null | undefined {
  const place = data[at] === SPACE ? at + 1 : at;
  if (place >= end) return null;
  const first = data[place]!;
  if (first === PLUS || first === MINUS) {
    const ahead = aheadAt(data, place + 1, end);
    return ahead !== null && first === MINUS ? -ahead : ahead;
  }
  let stop = place;
  while (stop < end && stop < place + 6 && isUpper(data[stop])) stop++;
  const length = stop - place;
  if (stop < end && (isDigit(data[stop]) || isLower(data[stop]))) return null;
  if (length === 1 && first === UPPER_Z) return 0;
  if (length < 3 || length > 5) return null;
  // `UTC+2` is read by the pattern.
  if (stop < end && (data[stop] === PLUS || data[stop] === MINUS)) return undefined;
  return zones.get(zoneKey(data, place, length)) ?? null;
}

/** Milliseconds of `HH`, `HHMM`, `HH:MM` or `HH:`, with neither a digit nor a colon behind; else null. */
function aheadAt(data: Uint8Array, at: number, end: number): number | null {
  const hours = at + 2 <= end ? twoDigits(data, at) : -1;
  if (hours < 0) return null;
  const from = at + 2 < end && data[at + 2] === COLON ? at + 3 : at + 2;
  const given = from + 2 <= end ? twoDigits(data, from) : -1;
  const after = given < 0 ? from : from + 2;
  if (after < end && (isDigit(data[after]) || data[after] === COLON)) return null;
  const minutes = Math.max(0, given);
  const ahead = hours * HOUR + minutes * MINUTE;
  return ahead > 18 * HOUR || minutes > 59 ? null : ahead;
}

const months = new Map(
  MONTHS.map((name, month) => [monthKey(Buffer.from(name.toLowerCase()), 0), month + 1] as const),
);

function monthKey(data: Uint8Array, at: number): number {
  return ((data[at]! | 0x20) << 16) | ((data[at + 1]! | 0x20) << 8) | (data[at + 2]! | 0x20);
}

/** 1 to 12 by the three letters at `at`, in any letter case; 0 for no month. */
export function monthAt(data: Uint8Array, at: number): number {
  for (let place = at; place < at + 3; place++) {
    if (!isUpper(data[place]) && !isLower(data[place])) return 0;
  }
  return months.get(monthKey(data, at)) ?? 0;
}

/** The number that two digits write, -1 when they are none. */
function twoDigits(data: Uint8Array, at: number): number {
  const tens = data[at];
  const ones = data[at + 1];
  return isDigit(tens) && isDigit(ones) ? (tens! - 0x30) * 10 + ones! - 0x30 : -1;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

function isLower(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x61 && byte <= 0x7a;
}
