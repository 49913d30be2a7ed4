const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    const two = '2-digit';
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...({ year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const),
    });
    formats.set(zone, format);
  }
  return format;
}

/** What the clocks of the zone show, as the ms at which clocks in UTC show the same. */
export function localTime(ms: number, zone: string): number {
  const seconds = Math.floor(ms / 1000) * 1000;
  const parts = new Map(
    formatIn(zone)
      .formatToParts(seconds)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const day = Date.UTC(part('year'), part('month') - 1, part('day'));
  return day + (part('hour') * 3600 + part('minute') * 60 + part('second')) * 1000 + (ms - seconds);
}

const DAY = 86_400_000;

/** The first ms at which clocks show `local`; where clocks jump over it, that of as much after the jump. */
export function instantOf(local: number, zone: string): number {
  const [before, after] = [local - DAY, local + DAY].map((near) => localTime(near, zone) - near);
  const guesses = [local - before!, local - after!].sort((a, b) => a - b);
  return guesses.find((guess) => localTime(guess, zone) === local) ?? local - before!;
}

/** The slice of so many ms in which a time lies. Slices of whole days begin at midnight, of whole weeks on Monday. */
export function sliceOf(
  ms: number,
  width: number,
  zone: string,
): { readonly start: number; readonly end: number } {
  const origin = width % (7 * DAY) === 0 ? Date.UTC(1969, 11, 29) : 0;
  const clock = width % DAY === 0 ? zone : 'UTC';
  const start = Math.floor((localTime(ms, clock) - origin) / width) * width + origin;
  return { start: instantOf(start, clock), end: instantOf(start + width, clock) };
}

/** The slices that cover `[from, to)`. */
export function slicesOver(from: number, to: number, width: number, zone: string): number[] {
  const starts: number[] = [];
  for (let at = sliceOf(from, width, zone); at.start < to; at = sliceOf(at.end, width, zone))
    starts.push(at.start);
  return starts;
}
