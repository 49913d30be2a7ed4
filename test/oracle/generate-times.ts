import fc from 'fast-check';
import type { Message } from './generate-data.ts';

const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/St_Johns',
];
/** Near to these times clocks change, in one zone or another, or a year begins. */
const CHANGES = [
  '2024-03-10T07:00Z',
  '2024-03-31T01:00Z',
  '2023-10-01T15:30Z',
  '2023-11-05T06:00Z',
  '2024-01-01T00:00Z',
  '2011-12-30T10:00Z',
].map((text) => Date.parse(text));

const DATES = [
  '2024-02-29 23:59:59.007 PM +0530',
  '2023-02-29 01:02:03.004 AM Z',
  '03/10/2024 02:30:00 am',
  '3/4/2005 x',
  '12/31/1999 12:00:00 PM',
  'Fri, 05 Jan 2024 17:00:00 -0800',
  '20240304050607',
  '2024-13-01 00:00:00',
  'x 3/4/2005',
  '1 February 2024',
  '2024-02-29T23:59:59.5+05:30 and more',
  '',
];
const PATTERNS = [
  'yyyy-MM-dd HH:mm:ss',
  'yyyy-MM-dd HH:mm:ss.SSS a Z',
  'MM/dd/yyyy hh:mm:ss a',
  'M/d/yyyy',
  'EEE, dd MMM yyyy HH:mm:ss Z',
  'yyyyMMddHHmmss',
  'd MMMM yyyy',
  "yyyy-MM-dd'T'HH:mm:ss.SXXX",
];
const FORMATS = [...PATTERNS, "EEEE d 'of' MMMM yy, K:mm a", 'D/w YYYY u kk:mm:ss X', 'yyyy-MM-dd EEE XX'];

export interface Timed {
  readonly messages: readonly Message[];
  readonly zone: string;
  readonly from: number;
  readonly to: number;
  readonly query: string;
}

const quoted = (text: string) => JSON.stringify(text);

const query = fc.oneof(
  fc
    .constantFrom(
      '1d',
      '2d',
      '1w',
      '7d',
      '6h',
      '4h',
      '15m',
      '3 buckets',
      '10 buckets',
      '40 buckets',
      '200 buckets',
      '',
    )
    .map(
      (width) => `* | timeslice ${width} | count, min(_messageTime) as least by _timeslice, __timeslice_end`,
    ),
  fc
    .constantFrom('1d', '1w', '12h')
    .map((width) => `* | timeslice ${width} | count by _timeslice | fillmissing timeslice with 0 for _count`),
  fc
    .tuple(fc.constantFrom(...FORMATS), fc.option(fc.constantFrom(...ZONES)))
    .map(
      ([pattern, zone]) =>
        `* | formatDate(_messageTime, ${quoted(pattern)}${zone === null ? '' : `, "${zone}"`}) as f`,
    ),
  fc
    .tuple(
      fc.constantFrom(...PATTERNS),
      fc.option(fc.constantFrom(...ZONES.map((name) => name.toLowerCase()))),
    )
    .map(
      ([pattern, zone]) =>
        `* | parseDate(_raw, ${quoted(pattern)}${zone === null ? '' : `, "${zone}"`}) as f`,
    ),
  fc
    .constantFrom(...PATTERNS.slice(1, 5))
    .map(
      (pattern) =>
        `* | formatDate(_messageTime, ${quoted(pattern)}) as f | parseDate(f, ${quoted(pattern)}) as back`,
    ),
  fc.constant('* | queryEndTime() - queryStartTime() as length | queryTimeRange() as range | now() as n'),
);

/** Messages near to changes of clocks, a zone and a query that depends on it. */
export const timed: fc.Arbitrary<Timed> = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    change: fc.constantFrom(...CHANGES),
    span: fc.constantFrom(3_600_000, 86_400_000, 4 * 86_400_000, 40 * 86_400_000),
    parts: fc.array(
      fc.record({
        raw: fc.constantFrom(...DATES),
        at: fc.noBias(fc.double({ min: 0, max: 1, noNaN: true })),
      }),
      {
        maxLength: 25,
        size: 'max',
      },
    ),
    query,
  })
  .map(({ zone, change, span, parts, query: text }) => {
    const from = change - Math.floor(span * 0.6);
    const taken = new Set<number>();
    const messages = parts.flatMap(({ raw, at }) => {
      const time = from + Math.floor(at * (span - 1));
      if (taken.has(time)) return [];
      taken.add(time);
      return [{ raw, time, fields: new Map() }];
    });
    return { messages, zone, from, to: from + span, query: text };
  });
