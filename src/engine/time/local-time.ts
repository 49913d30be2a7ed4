import { type CivilDate, DAY, dateOf, HOUR, MINUTE, SECOND } from './civil.ts';
import type { Zone } from './zones.ts';

/** What the calendars and clocks of a zone show at an instant. */
interface LocalTime {
  readonly date: CivilDate;
  /** `14:05:07` */
  readonly clock: string;
}

/** The local time of a finite instant (epoch ms); a started second counts as begun. */
export function localTime(ms: number, zone: Zone): LocalTime {
  const local = ms + zone.offsetAt(ms);
  const day = Math.floor(local / DAY);
  const time = local - day * DAY;
  const parts = [Math.floor(time / HOUR), Math.floor(time / MINUTE) % 60, Math.floor(time / SECOND) % 60];
  return { date: dateOf(day), clock: parts.map((part) => String(part).padStart(2, '0')).join(':') };
}
