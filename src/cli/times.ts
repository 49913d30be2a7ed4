import type { TimeRange } from '../engine/source.ts';
import { parseRange } from '../engine/time/range.ts';
import { zoneNamed } from '../engine/time/zones.ts';
import { wrongRequest } from './failure.ts';

/** The options that every command with a time range has. */
export interface RangeOptions {
  readonly from?: string;
  readonly to?: string;
  readonly tz: string;
}

/** The range of `--from` and `--to`; without them everything. Ends the command when a time makes no sense. */
export function rangeOf(options: RangeOptions, now = Date.now()): TimeRange {
  if (zoneNamed(options.tz) === null) {
    throw wrongRequest(`\`${options.tz}\` is no time zone`, 'write a name such as `Europe/Berlin`, or `UTC`');
  }
  const range = parseRange(options.from ?? null, options.to ?? null, { now, timeZone: options.tz });
  if (!range.ok) throw wrongRequest(range.problem, range.hint);
  return range.value;
}
