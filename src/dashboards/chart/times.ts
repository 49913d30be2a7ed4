const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  4 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
];

/** A labelled point of a time axis. */
export interface TimeTick {
  readonly time: number;
  readonly label: string;
}

/** Round points in time for an axis, `target` of them at most, labelled in the zone: hours, or days where they begin. */
export function timeTicks(from: number, to: number, target: number, timeZone: string): readonly TimeTick[] {
  const span = to - from;
  if (!(span > 0)) return [];
  const step = STEPS.find((each) => span / each <= target) ?? Math.ceil(span / target / DAY) * DAY;
  const offset = offsetAt(from, timeZone);
  const ticks: TimeTick[] = [];
  let day = '';
  for (let time = Math.ceil((from + offset) / step) * step - offset; time <= to; time += step) {
    const { date, clock } = partsOf(time, timeZone);
    const text = step < MINUTE ? clock : clock.slice(0, 5);
    ticks.push({ time, label: step >= DAY || (date !== day && clock.startsWith('00:00')) ? date : text });
    day = date;
  }
  return ticks;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: 'short',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  return format;
}

function partsOf(
  time: number,
  timeZone: string,
): { date: string; clock: string; year: string; month: string; day: string } {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return {
    date: `${get('day')} ${get('month')}`,
    clock: `${get('hour')}:${get('minute')}:${get('second')}`,
    year: get('year'),
    month: get('month'),
    day: get('day'),
  };
}

/** How far the zone is ahead of UTC at a time, ms. */
function offsetAt(time: number, timeZone: string): number {
  const { year, month, day, clock } = partsOf(time, timeZone);
  return Date.parse(`${day} ${month} ${year} ${clock} UTC`) - Math.floor(time / SECOND) * SECOND;
}

/** A time for people: `24 Sep 2026 14:05` or, with seconds where there are some, `14:05:07`. */
export function timeText(time: number, timeZone: string): string {
  if (!Number.isFinite(time) || Math.abs(time) > 8.64e15) return String(time);
  const { date, clock, year } = partsOf(time, timeZone);
  return `${date} ${year} ${clock.endsWith(':00') ? clock.slice(0, 5) : clock}`;
}
