/** A calendar date of the proleptic Gregorian calendar; `month` and `day` count from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** Days from 1970-01-01 to a date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
export function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** The date that lies `days` after 1970-01-01; the reverse of `daysOf`. */
export function dateOf(days: number): CivilDate {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** An instant as `2024-01-31T13:45:00.250Z`; the number itself where it is too far away for that. */
export function isoText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}

/** The year as people write it, from 1 in its era: the year 0 of the calendar is 1 BC. */
export function yearOfEra(year: number): number {
  return year > 0 ? year : 1 - year;
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Number of days of a month (1 to 12). */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Day of the week of a day number: 0 is Sunday. */
export function weekdayOf(days: number): number {
  const weekday = (days + 4) % 7;
  return weekday < 0 ? weekday + 7 : weekday;
}

/** Day of the year, 1 for the first of January. */
export function dayOfYear(date: CivilDate): number {
  return daysOf(date.year, date.month, date.day) - daysOf(date.year, 1, 1) + 1;
}

/** Week-based year and week as in the United States: weeks start on Sunday, week 1 holds January 1. */
export function weekOf(days: number): { readonly weekYear: number; readonly week: number } {
  const { year } = dateOf(days);
  const next = firstWeekStart(year + 1);
  if (days >= next) return { weekYear: year + 1, week: 1 };
  return { weekYear: year, week: Math.floor((days - firstWeekStart(year)) / 7) + 1 };
}

/** The Sunday on or before January 1, as a day number. */
export function firstWeekStart(year: number): number {
  const newYear = daysOf(year, 1, 1);
  return newYear - weekdayOf(newYear);
}
