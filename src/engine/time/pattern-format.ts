import {
  type CivilDate,
  dayOfYear,
  daysOf,
  HOUR,
  MINUTE,
  SECOND,
  weekdayOf,
  weekOf,
  yearOfEra,
} from './civil.ts';
import type { PatternLetter, PatternPart } from './java-pattern.ts';
import { MONTHS, WEEKDAYS } from './names.ts';
import { offsetText, type Zone } from './zones.ts';

/** An instant with what the local calendar and clock read. */
export interface Moment {
  /** Epoch ms. */
  readonly instant: number;
  /** Ms ahead of UTC. */
  readonly offset: number;
  readonly zone: Zone;
  /** Local days since 1970-01-01, and ms since local midnight. */
  readonly day: number;
  readonly time: number;
  readonly date: CivilDate;
}

/** A printer for one part of a date pattern. */
export function formatPart(part: PatternPart): (moment: Moment) => string {
  if (part.kind === 'text') return () => part.text;
  const { letter, count } = part;
  const common = COMMON.get(letter.repeat(count));
  if (common !== undefined) return common;
  return (moment) => printField(letter, count, moment);
}

/** Printers of the fields that most patterns have, without the choice by letter per value. */
const COMMON: ReadonlyMap<string, (moment: Moment) => string> = new Map([
  ['yyyy', ({ date }) => pad(yearOfEra(date.year), 4)],
  ['MM', ({ date }) => pad(date.month, 2)],
  ['dd', ({ date }) => pad(date.day, 2)],
  ['HH', ({ time }) => pad(Math.floor(time / HOUR), 2)],
  ['mm', ({ time }) => pad(Math.floor(time / MINUTE) % 60, 2)],
  ['ss', ({ time }) => pad(Math.floor(time / SECOND) % 60, 2)],
]);

function printField(letter: PatternLetter, count: number, moment: Moment): string {
  const { day, time, date } = moment;
  const hour = Math.floor(time / HOUR);
  switch (letter) {
    case 'G':
      return date.year > 0 ? 'AD' : 'BC';
    case 'y':
      return yearText(date.year, count);
    case 'Y':
      return yearText(weekOf(day).weekYear, count);
    case 'M':
    case 'L': {
      if (count < 3) return pad(date.month, count);
      const name = MONTHS[date.month - 1] as string;
      return count === 3 ? name.slice(0, 3) : name;
    }
    case 'w':
      return pad(weekOf(day).week, count);
    case 'W': {
      const first = weekdayOf(daysOf(date.year, date.month, 1));
      return pad(Math.floor((date.day - 1 + first) / 7) + 1, count);
    }
    case 'D':
      return pad(dayOfYear(date), count);
    case 'd':
      return pad(date.day, count);
    case 'F':
      return pad(Math.floor((date.day - 1) / 7) + 1, count);
    case 'E': {
      const name = WEEKDAYS[weekdayOf(day)] as string;
      return count < 4 ? name.slice(0, 3) : name;
    }
    case 'u':
      return pad(((weekdayOf(day) + 6) % 7) + 1, count);
    case 'a':
      return hour < 12 ? 'AM' : 'PM';
    case 'H':
      return pad(hour, count);
    case 'k':
      return pad(hour === 0 ? 24 : hour, count);
    case 'K':
      return pad(hour % 12, count);
    case 'h':
      return pad(hour % 12 === 0 ? 12 : hour % 12, count);
    case 'm':
      return pad(Math.floor(time / MINUTE) % 60, count);
    case 's':
      return pad(Math.floor(time / SECOND) % 60, count);
    case 'S':
      return pad(time % SECOND, count);
    case 'z':
      return count < 4 ? moment.zone.shortName(moment.instant) : moment.zone.longName(moment.instant);
    case 'Z':
      return offsetText(moment.offset, '');
    case 'X':
      if (moment.offset === 0) return 'Z';
      if (count === 1) return offsetText(moment.offset, '').slice(0, 3);
      return offsetText(moment.offset, count === 2 ? '' : ':');
  }
}

/** Two letters print the last two digits; else the year of the era, padded. */
function yearText(year: number, count: number): string {
  const shown = yearOfEra(year);
  return count === 2 ? pad(shown % 100, 2) : pad(shown, count);
}

/** Most fields are numbers below 100 in two digits. */
const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

function pad(value: number, width: number): string {
  const known = width === 2 ? TWO_DIGITS[value] : undefined;
  return known ?? String(value).padStart(width, '0');
}
