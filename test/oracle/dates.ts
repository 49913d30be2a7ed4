import { instantOf, localTime } from './clock.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const DAY = 86_400_000;

/** The pieces of a pattern of Java's SimpleDateFormat: runs of one letter, and literal text. */
function piecesOf(
  pattern: string,
): { readonly letter: string; readonly size: number; readonly text: string }[] {
  return [...pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g)].map(([all, quoted, letter]) => {
    const text = quoted === '' ? "'" : (quoted?.replaceAll("''", "'") ?? all);
    return { letter: letter ?? '', size: all.length, text };
  });
}

const padded = (value: number, size: number) => String(value).padStart(size, '0');

function offsetText(minutes: number, colon: string): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60), 2)}${colon}${padded(size % 60, 2)}`;
}

/** The year and the week in it; weeks begin on Sunday, and the first is that of January 1. */
function weekOf(local: number): { readonly year: number; readonly week: number } {
  const saturday = new Date(local + (6 - new Date(local).getUTCDay()) * DAY);
  const year = saturday.getUTCFullYear();
  return { year, week: Math.floor((saturday.getTime() - Date.UTC(year, 0, 1)) / DAY / 7) + 1 };
}

/** A time as the clocks of a zone show it. */
export function formatDate(ms: number, pattern: string, zone: string): string {
  const local = localTime(ms, zone);
  const date = new Date(local);
  const hour = date.getUTCHours();
  const minutes = Math.round((local - ms) / 60_000);
  const print = (letter: string, size: number): string => {
    switch (letter) {
      case 'y':
        return size === 2 ? padded(date.getUTCFullYear() % 100, 2) : padded(date.getUTCFullYear(), size);
      case 'Y':
        return size === 2 ? padded(weekOf(local).year % 100, 2) : padded(weekOf(local).year, size);
      case 'M': {
        const name = MONTHS[date.getUTCMonth()]!;
        return size < 3 ? padded(date.getUTCMonth() + 1, size) : size === 3 ? name.slice(0, 3) : name;
      }
      case 'E': {
        const name = DAYS[date.getUTCDay()]!;
        return size < 4 ? name.slice(0, 3) : name;
      }
      case 'w':
        return padded(weekOf(local).week, size);
      case 'D':
        return padded(Math.floor((local - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1, size);
      case 'd':
        return padded(date.getUTCDate(), size);
      case 'u':
        return padded(date.getUTCDay() || 7, size);
      case 'H':
        return padded(hour, size);
      case 'k':
        return padded(hour || 24, size);
      case 'K':
        return padded(hour % 12, size);
      case 'h':
        return padded(hour % 12 || 12, size);
      case 'm':
        return padded(date.getUTCMinutes(), size);
      case 's':
        return padded(date.getUTCSeconds(), size);
      case 'S':
        return padded(date.getUTCMilliseconds(), size);
      case 'a':
        return hour < 12 ? 'AM' : 'PM';
      case 'Z':
        return offsetText(minutes, '');
      case 'X':
        if (minutes === 0) return 'Z';
        return size === 1 ? offsetText(minutes, '').slice(0, 3) : offsetText(minutes, size === 2 ? '' : ':');
      default:
        throw new Error(`the oracle does not print ${letter}`);
    }
  };
  return piecesOf(pattern)
    .map(({ letter, size, text }) => (letter === '' ? text : print(letter, size)))
    .join('');
}

/** The time that a text begins with; null where it does not, and for dates that there are not. */
export function parseDate(text: string, pattern: string, zone: string): number | null {
  const pieces = piecesOf(pattern);
  const source = pieces.map(({ letter, size, text: literal }, at) => {
    if (letter === '') return literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    if (letter === 'a') return '(am|pm)';
    if (letter === 'M' && size >= 3)
      return `(${MONTHS.map((name) => `${name}|${name.slice(0, 3)}`).join('|')})`;
    if (letter === 'E') return `(${DAYS.map((name) => `${name}|${name.slice(0, 3)}`).join('|')})`;
    if (letter === 'Z' || letter === 'X') return '([+-]\\d\\d:?(?:\\d\\d)?|z)';
    const numberNext = /[yMdHhmsS]/.test(pieces[at + 1]?.letter ?? '');
    return numberNext ? `(\\d{${size}})` : '(\\d+)';
  });
  const match = new RegExp(`^${source.join('')}`, 'i').exec(text);
  if (match === null) return null;
  const letters = pieces.flatMap(({ letter }) => (letter === '' ? [] : [letter]));
  const found = new Map(letters.map((letter, at) => [letter, match[at + 1]!]));
  const number = (letter: string, otherwise: number) =>
    found.has(letter) ? Number(found.get(letter)) : otherwise;
  const month = found.get('M') ?? '1';
  const byName = MONTHS.findIndex(
    (name) => name.slice(0, 3).toLowerCase() === month.slice(0, 3).toLowerCase(),
  );
  const afternoon = found.get('a')?.toLowerCase() === 'pm' ? 12 : 0;
  const fields = {
    year: number('y', 1970),
    month: byName >= 0 ? byName + 1 : Number(month),
    day: number('d', 1),
    hour: found.has('h') ? (number('h', 12) % 12) + afternoon : number('H', 0),
    minute: number('m', 0),
    second: number('s', 0),
    ms: number('S', 0),
  };
  if (found.has('h') && (number('h', 12) < 1 || number('h', 12) > 12)) return null;
  const date = new Date(0);
  date.setUTCFullYear(fields.year, fields.month - 1, fields.day);
  date.setUTCHours(fields.hour, fields.minute, fields.second, fields.ms);
  const exists =
    date.getUTCFullYear() === fields.year &&
    date.getUTCMonth() === fields.month - 1 &&
    date.getUTCDate() === fields.day &&
    date.getUTCHours() === fields.hour &&
    date.getUTCMinutes() === fields.minute &&
    date.getUTCSeconds() === fields.second &&
    date.getUTCMilliseconds() === fields.ms;
  if (!exists) return null;
  const offset = found.get('Z') ?? found.get('X');
  if (offset === undefined) return instantOf(date.getTime(), zone);
  if (/^z$/i.test(offset)) return date.getTime();
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset)!;
  return date.getTime() - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
}
