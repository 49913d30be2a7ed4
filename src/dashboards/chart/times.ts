import { DAY, HOUR, MINUTE, SECOND, yearOfEra } from '../../engine/time/civil.ts';
import { localTime } from '../../engine/time/local-time.ts';
import { MONTHS } from '../../engine/time/names.ts';
import { UTC, type Zone, zoneNamed } from '../../engine/time/zones.ts';

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
  const zone = zoneOf(timeZone);
  const offset = zone.offsetAt(from);
  const ticks: TimeTick[] = [];
  let day = '';
  for (let time = Math.ceil((from + offset) / step) * step - offset; time <= to; time += step) {
    const { date, clock } = partsOf(time, zone);
    const text = step < MINUTE ? clock : clock.slice(0, 5);
    ticks.push({ time, label: step >= DAY || (date !== day && clock.startsWith('00:00')) ? date : text });
    day = date;
  }
  return ticks;
}

/** `24 Sept`, and what the clock shows. */
function partsOf(time: number, zone: Zone): { date: string; clock: string; year: number } {
  const { date, clock } = localTime(time, zone);
  const month = MONTHS[date.month - 1]!;
  const short = month === 'September' ? 'Sept' : month.slice(0, 3);
  return { date: `${String(date.day).padStart(2, '0')} ${short}`, clock, year: yearOfEra(date.year) };
}

function zoneOf(timeZone: string): Zone {
  return zoneNamed(timeZone) ?? UTC;
}

/** A time for people: `24 Sept 2026 14:05` or, with seconds where there are some, `14:05:07`. */
export function timeText(time: number, timeZone: string): string {
  if (!Number.isFinite(time) || Math.abs(time) > 8.64e15) return String(time);
  const { date, clock, year } = partsOf(time, zoneOf(timeZone));
  return `${date} ${year} ${clock.endsWith(':00') ? clock.slice(0, 5) : clock}`;
}
