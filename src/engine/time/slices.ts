import { DAY, HOUR, MINUTE, SECOND, WEEK } from './civil.ts';
import { UTC, type Zone } from './zones.ts';

/** Time cut into slices `[start, end)` of one width that start where clocks say so. All in epoch ms. */
export interface Slices {
  /** The nominal width; a slice of whole days may be an hour off at a clock change. */
  readonly width: number;
  startOf(ms: number): number;
  /** The end of the slice that starts at `start`: the start of the next one. */
  endOf(start: number): number;
  /** When set, slice starts are exactly `origin + n * width`. */
  readonly origin: number | null;
}

/** The Monday on or before 1970-01-01, in days. Whole weeks count from there. */
const FIRST_MONDAY = -3;

/** Slices of `width` ms: whole days follow the zone's midnights, whole weeks its Mondays, the rest UTC. */
export function slicesOf(width: number, zone: Zone): Slices {
  const origin = width % WEEK === 0 ? FIRST_MONDAY * DAY : 0;
  if (width % DAY !== 0 || zone === UTC) {
    return {
      width,
      origin,
      startOf: (ms) => Math.floor((ms - origin) / width) * width + origin,
      endOf: (start) => start + width,
    };
  }
  return {
    width,
    origin: null,
    startOf(ms) {
      const local = ms + zone.offsetAt(ms);
      return zone.instantOf(Math.floor((local - origin) / width) * width + origin);
    },
    endOf(start) {
      // The middle of a slice lies safely away from a clock change at its start.
      const local = start + zone.offsetAt(start + HOUR) + HOUR;
      return zone.instantOf((Math.floor((local - origin) / width) + 1) * width + origin);
    },
  };
}

const WIDTHS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((hours) => hours * HOUR),
  DAY,
  2 * DAY,
  WEEK,
];

/** The narrowest usual width that cuts `[from, to)` into at most `buckets` clock-aligned slices. */
export function widthForBuckets(buckets: number, from: number, to: number, zone: Zone): number {
  const fits = (width: number) => {
    const slices = slicesOf(width, zone);
    return (slices.startOf(Math.max(from, to - 1)) - slices.startOf(from)) / width < buckets - 0.5;
  };
  const usual = WIDTHS.find(fits);
  if (usual !== undefined) return usual;
  let weeks = 2;
  while (weeks < 2 ** 12 && !fits(weeks * WEEK)) weeks++;
  return weeks * WEEK;
}

/** A slice width as people write it: `15m`, `1d`. */
export function widthText(width: number): string {
  const [unit, letter] =
    [[WEEK, 'w'] as const, [DAY, 'd'] as const, [HOUR, 'h'] as const, [MINUTE, 'm'] as const].find(
      ([ms]) => width % ms === 0,
    ) ?? ([SECOND, 's'] as const);
  return `${width / unit}${letter}`;
}
