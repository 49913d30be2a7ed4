import {
  DAY,
  daysInMonth,
  daysOf,
  firstWeekStart,
  HOUR,
  isLeapYear,
  MINUTE,
  SECOND,
  weekdayOf,
} from './civil.ts';
import type { ParsedDate, PatternLetter, PatternPart } from './java-pattern.ts';
import { MONTHS, WEEKDAYS, ZONE_ABBREVIATIONS } from './names.ts';
import { type Zone, zoneNamed } from './zones.ts';

/** What a text said so far; a letter maps to its number. */
interface Fields {
  readonly numbers: Map<PatternLetter, number>;
  /** Milliseconds ahead of UTC that the text named, or null. */
  offset: number | null;
  zone: Zone | null;
}

/** Reads the parts one after the other at the start of `text`; see `DatePattern.parse`. */
export function parseParts(parts: readonly PatternPart[], text: string, zone: Zone): ParsedDate | null {
  const fields: Fields = { numbers: new Map(), offset: null, zone: null };
  let at = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as PatternPart;
    if (part.kind === 'text') {
      if (!text.startsWith(part.text, at)) return null;
      at += part.text.length;
      continue;
    }
    const next = parts[index + 1];
    const end = readField(
      part.letter,
      part.count,
      next?.kind === 'letter' && isDigits(next),
      text,
      at,
      fields,
    );
    if (end < 0) return null;
    at = end;
  }
  const local = localOf(fields.numbers);
  if (local === null) return null;
  const ms = fields.offset !== null ? local - fields.offset : (fields.zone ?? zone).instantOf(local);
  return { ms, end: at };
}

/** Whether a field is made of digits: then a field before it must stop after its own width. */
function isDigits(part: PatternPart & { kind: 'letter' }): boolean {
  if (part.letter === 'M' || part.letter === 'L') return part.count < 3;
  return !'GEazZX'.includes(part.letter);
}

/** Reads one field at `at`: where it ends, or -1. */
function readField(
  letter: PatternLetter,
  count: number,
  adjacent: boolean,
  text: string,
  at: number,
  fields: Fields,
): number {
  switch (letter) {
    case 'G': {
      const era = /^(AD|BC|CE|BCE)\b/i.exec(text.slice(at, at + 4))?.[1];
      if (era === undefined) return -1;
      fields.numbers.set('G', era.toUpperCase().startsWith('B') ? 0 : 1);
      return at + era.length;
    }
    case 'M':
    case 'L':
      return count < 3
        ? readNumber('M', count, adjacent, text, at, fields)
        : readName('M', MONTHS, 1, text, at, fields);
    case 'E':
      return readName('E', WEEKDAYS, 0, text, at, fields);
    case 'a': {
      const half = text.slice(at, at + 2).toUpperCase();
      if (half !== 'AM' && half !== 'PM') return -1;
      fields.numbers.set('a', half === 'AM' ? 0 : 1);
      return at + 2;
    }
    case 'z':
    case 'Z':
    case 'X':
      return readZone(letter, text, at, fields);
    default:
      return readNumber(letter, count, adjacent, text, at, fields);
  }
}

/** Longest run of digits that a number field takes when nothing numeric follows it. */
const LONGEST: Partial<Record<PatternLetter, number>> = { y: 6, Y: 6, D: 3, S: 9 };

function readNumber(
  letter: PatternLetter,
  count: number,
  adjacent: boolean,
  text: string,
  at: number,
  fields: Fields,
): number {
  const most = adjacent ? count : Math.max(count, LONGEST[letter] ?? 2);
  let end = at;
  let value = 0;
  while (end < text.length && end - at < most) {
    const digit = text.charCodeAt(end) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    end++;
  }
  const digits = end - at;
  if (digits === 0 || (adjacent && digits < count)) return -1;
  if (letter === 'S' && digits > 3) value = Math.floor(value / 10 ** (digits - 3));
  if ((letter === 'y' || letter === 'Y') && count <= 2 && digits === 2) value = fullYear(value);
  fields.numbers.set(letter, value);
  return end;
}

/** Two-digit years as POSIX reads them: 69 to 99 are 19xx, the others 20xx, whatever today is. */
function fullYear(twoDigits: number): number {
  return twoDigits >= 69 ? 1900 + twoDigits : 2000 + twoDigits;
}

function readName(
  letter: PatternLetter,
  names: readonly string[],
  first: number,
  text: string,
  at: number,
  fields: Fields,
): number {
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    for (const form of [name, name.slice(0, 3)]) {
      if (text.slice(at, at + form.length).toLowerCase() !== form.toLowerCase()) continue;
      fields.numbers.set(letter, index + first);
      return at + form.length;
    }
  }
  return -1;
}

const OFFSET = /(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?/iy;
const ZONE_NAME = /[A-Za-z]+(?:[/_-][A-Za-z_]+)*/y;

function readZone(letter: PatternLetter, text: string, at: number, fields: Fields): number {
  OFFSET.lastIndex = at;
  const offset = OFFSET.exec(text);
  if (offset !== null) {
    const [whole, sign, hours, minutes, seconds] = offset;
    if (Number(hours) > 23 || Number(minutes ?? 0) > 59 || Number(seconds ?? 0) > 59) return -1;
    const ms = Number(hours) * HOUR + Number(minutes ?? 0) * MINUTE + Number(seconds ?? 0) * SECOND;
    fields.offset = sign === '-' ? -ms : ms;
    return at + whole.length;
  }
  const character = text[at];
  if ((character === 'Z' || character === 'z') && !/[A-Za-z]/.test(text[at + 1] ?? '')) {
    fields.offset = 0;
    return at + 1;
  }
  if (letter === 'X') return -1;
  ZONE_NAME.lastIndex = at;
  const name = ZONE_NAME.exec(text)?.[0];
  if (name === undefined) return -1;
  const hours = ZONE_ABBREVIATIONS.get(name.toUpperCase());
  if (hours !== undefined) {
    fields.offset = hours * HOUR;
    return at + name.length;
  }
  const zone = zoneNamed(name);
  if (zone === null) return -1;
  fields.zone = zone;
  return at + name.length;
}

/** The local ms that the fields name, or null when one is out of its range. */
function localOf(numbers: ReadonlyMap<PatternLetter, number>): number | null {
  const day = dayNumberOf(numbers);
  const time = timeOf(numbers);
  return day === null || time === null ? null : day * DAY + time;
}

function dayNumberOf(numbers: ReadonlyMap<PatternLetter, number>): number | null {
  let year = numbers.get('y') ?? 1970;
  if (numbers.get('G') === 0) year = 1 - year;
  const weekday = numbers.get('E') ?? weekdayFromNumber(numbers.get('u'));
  if (weekday === null) return null;
  const yearDay = numbers.get('D');
  if (yearDay !== undefined) {
    return yearDay >= 1 && yearDay <= (isLeapYear(year) ? 366 : 365)
      ? daysOf(year, 1, 1) + yearDay - 1
      : null;
  }
  const week = numbers.get('w');
  if (week !== undefined && !numbers.has('M') && !numbers.has('d')) {
    if (week < 1 || week > 53) return null;
    return firstWeekStart(numbers.get('Y') ?? year) + (week - 1) * 7 + (weekday ?? 0);
  }
  if (numbers.has('Y') && !numbers.has('y')) year = numbers.get('Y') as number;
  const month = numbers.get('M') ?? 1;
  const day = numbers.get('d') ?? 1;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const found = daysOf(year, month, day);
  // A weekday that contradicts a full date means that the text is no such date.
  const full = numbers.has('y') && numbers.has('M') && numbers.has('d');
  if (full && weekday !== undefined && weekdayOf(found) !== weekday) return null;
  return found;
}

function weekdayFromNumber(value: number | undefined): number | null | undefined {
  if (value === undefined) return undefined;
  return value >= 1 && value <= 7 ? value % 7 : null;
}

function timeOf(numbers: ReadonlyMap<PatternLetter, number>): number | null {
  const hour = hourOf(numbers);
  const minute = numbers.get('m') ?? 0;
  const second = numbers.get('s') ?? 0;
  const fraction = numbers.get('S') ?? 0;
  if (hour === null || minute > 59 || second > 59 || fraction > 999) return null;
  return hour * HOUR + minute * MINUTE + second * SECOND + fraction;
}

function hourOf(numbers: ReadonlyMap<PatternLetter, number>): number | null {
  const whole = numbers.get('H');
  if (whole !== undefined) return whole <= 23 ? whole : null;
  const counted = numbers.get('k');
  if (counted !== undefined) return counted >= 1 && counted <= 24 ? counted % 24 : null;
  const half = (numbers.get('a') ?? 0) * 12;
  const from12 = numbers.get('h');
  if (from12 !== undefined) return from12 >= 1 && from12 <= 12 ? (from12 % 12) + half : null;
  const from0 = numbers.get('K') ?? 0;
  return from0 <= 11 ? from0 + half : null;
}
