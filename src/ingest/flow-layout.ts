import { splitRows } from '../engine/kernels/split-grid.ts';
/** The fields of one flow log format, in the order of its header line. */
export interface FlowLayout {
  /** The header line as it stands in the file. */
  readonly header: Uint8Array;
  /** Names of the fields as columns: `-` turned to `_`. */
  readonly columns: readonly string[];
  /** Position of the field that says when the record starts; of `end` without one; -1 without both. */
  readonly timeToken: number;
}

// Facts: AWS user guide, flow log fields of versions 2 to 11, and transit gateway flow logs (version 6).
const FLOW_FIELDS = new Set(
  `version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action
  log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type
  sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn
  ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id
  ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason
  resource-id encryption-status instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2
  interface-type next-hop-interface-type next-hop-interface-id next-hop-subnet-id next-hop-az-id
  next-hop-vpc-id resource-type tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id
  tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id
  tgw-dst-az-id tgw-pair-attachment-id packets-lost-no-route packets-lost-blackhole
  packets-lost-mtu-exceeded packets-lost-ttl-expired`.split(/\s+/),
);

// Words that ordinary log lines consist of, too: they alone do not make a header.
const EVERYDAY = new Set([
  'version',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'type',
  'region',
]);

const MAX_HEADER_BYTES = 4096;
const FIELD_NAME = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;

/**
 * The layout that a header line announces, or null when the line is none. A header has distinct field
 * names only, in `-` or `_` spelling. Names that are not known (of a later version) may be among them
 * when at least four names and two thirds of all are known. One name alone is a header only as the
 * first line of a file.
 */
export function headerLayout(
  data: Uint8Array,
  start: number,
  end: number,
  firstOfFile: boolean,
): FlowLayout | null {
  const first = data[start];
  if (first === undefined || first < 0x61 || first > 0x7a || end - start > MAX_HEADER_BYTES) return null;
  // Ordinary lines end here: their first word is no field name (of this or of a later version).
  for (let at = start; at < end; at++) {
    const byte = data[at]!;
    const inName =
      (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f;
    if (!inName && byte !== 0x20 && byte !== 0x09) return null;
  }
  const names = latin1(data, start, end)
    .split(/[ \t]+/)
    .filter((name) => name !== '');
  const columns = names.map((name) => name.replaceAll('-', '_'));
  if (new Set(columns).size !== columns.length) return null;
  if (!names.every((name) => FIELD_NAME.test(name))) return null;
  const known = columns.filter((column) => FLOW_FIELDS.has(column.replaceAll('_', '-')));
  const telling = known.filter((column) => !EVERYDAY.has(column));
  const allKnown = known.length === columns.length;
  if (!allKnown && (known.length < 4 || known.length * 3 < columns.length * 2)) return null;
  if (telling.length === 0 && known.length < 4) return null;
  if (columns.length === 1 && !firstOfFile) return null;
  const startToken = columns.indexOf('start');
  return {
    header: data.slice(start, end),
    columns,
    timeToken: startToken >= 0 ? startToken : columns.indexOf('end'),
  };
}

/** Whether the line is, byte for byte, the header of `layout`. */
export function isHeaderOf(layout: FlowLayout, data: Uint8Array, start: number, end: number): boolean {
  const { header } = layout;
  if (end - start !== header.length) return false;
  for (let at = 0; at < header.length; at++) if (header[at] !== data[start + at]) return false;
  return true;
}

/** Tokens of the default format: 14, the record's start at position 10. */
export const DEFAULT_TOKENS = 14;
export const DEFAULT_START_TOKEN = 10;

/** Where the fields of messages lie: of field `f` and message `r` at `starts[f][r]`; null for a field that nobody reads. */
export interface FieldPositions {
  readonly starts: readonly (Uint32Array | null)[];
  readonly ends: readonly (Uint32Array | null)[];
  /** Messages whose number of tokens is not that of the layout; their positions mean nothing. */
  readonly odd: readonly number[];
}

/** The lines to split: see MessageBlock. */
export interface MessageLines {
  readonly data: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly length: number;
}

const SPACE = 0x20;
const TAB = 0x09;

/**
 * Splits messages at runs of spaces and tabs and keeps where the wanted fields lie. Nothing is shifted:
 * a wrong number of tokens makes the message odd.
 */
export function fieldPositions(block: MessageLines, wanted: readonly boolean[]): FieldPositions {
  const split = singleSpaced(block, wanted);
  if (split !== null) return { ...split, odd: split.others === null ? [] : scan(block, split, split.others) };
  const { length } = block;
  const starts = wanted.map((read) => (read ? new Uint32Array(length) : null));
  const ends = wanted.map((read) => (read ? new Uint32Array(length) : null));
  return { starts, ends, odd: scan(block, { starts, ends }, null) };
}

type Positions = Pick<FieldPositions, 'starts' | 'ends'>;

/**
 * Splits the messages that have single spaces and as many tokens as they should, by the SIMD kernels;
 * `others` has 1 for each message that has not, null when there is none. Null without kernels.
 */
export function singleSpaced(
  { data, starts, ends, length }: MessageLines,
  wanted: readonly boolean[],
): (Positions & { readonly others: Uint8Array | null }) | null {
  const subject = { kind: 'text', length, data, starts, ends, validity: null } as const;
  const split = splitRows(subject, SPACE, wanted.length, wanted);
  if (split === null) return null;
  let others = split.odd();
  if (hasTab(data, starts[0]!, ends[length - 1]!)) {
    others ??= new Uint8Array(length);
    for (let row = 0; row < length; row++) if (hasTab(data, starts[row]!, ends[row]!)) others[row] = 1;
  }
  return { starts: split.starts, ends: split.ends, others };
}

/** By the search of `Buffer`, which is many times faster than that of a typed array. */
function hasTab(data: Uint8Array, start: number, end: number): boolean {
  return Buffer.from(data.buffer, data.byteOffset + start, end - start).includes(TAB);
}

/** Puts the positions of messages (of those with 1 in `only`, or all) into arrays; the messages that are odd. */
function scan(
  { data, starts: lineStarts, ends: lineEnds, length }: MessageLines,
  { starts, ends }: Positions,
  only: Uint8Array | null,
): number[] {
  const odd: number[] = [];
  for (let row = 0; row < length; row++) {
    if (only !== null && only[row] === 0) continue;
    const end = lineEnds[row]!;
    let at = lineStarts[row]!;
    let token = 0;
    while (at < end) {
      let byte = data[at]!;
      if (byte === SPACE || byte === TAB) {
        at++;
        continue;
      }
      const from = at;
      do byte = data[++at]!;
      while (at < end && byte !== SPACE && byte !== TAB);
      const to = starts[token];
      if (to) {
        to[row] = from;
        ends[token]![row] = at;
      }
      token++;
    }
    if (token !== starts.length) odd.push(row);
  }
  return odd;
}

/**
 * The time of a record in the default format without a header: exactly 14 tokens, the first an
 * integer, the eleventh unix time in s or ms. NaN when the text is not such a record.
 */
export function defaultRecordTime(data: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (data[at] === 0x20 || data[at] === 0x09)) at++;
  // The version comes first: most text that is no record is known as such at once.
  while (at < end && data[at]! >= 0x30 && data[at]! <= 0x39) at++;
  if (at === start || (data[at] !== 0x20 && data[at] !== 0x09)) return NaN;
  let token = 1;
  let time = NaN;
  while (at < end) {
    let byte = data[at]!;
    if (byte === 0x20 || byte === 0x09) {
      at++;
      continue;
    }
    const from = at;
    do byte = data[++at]!;
    while (at < end && byte !== 0x20 && byte !== 0x09);
    if (token === DEFAULT_START_TOKEN) {
      time = unixTime(data, from, at);
      if (Number.isNaN(time)) return NaN;
    }
    if (++token > DEFAULT_TOKENS) return NaN;
  }
  return token === DEFAULT_TOKENS ? time : NaN;
}

/** Ten digits are seconds, thirteen milliseconds; the result is epoch ms. NaN for anything else. */
export function unixTime(data: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length !== 10 && length !== 13) return NaN;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = data[at]! - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return length === 10 ? value * 1000 : value;
}

const DAY = 86_400_000;

/**
 * The start of a record in a custom format whose header is not known: the first two neighbouring
 * tokens that are unix times of the same width, not more than a day apart. NaN when there are none.
 */
export function adjacentTimes(data: Uint8Array, start: number, end: number): number {
  let before = NaN;
  let widthBefore = 0;
  let at = start;
  while (at < end) {
    if (data[at] === 0x20) {
      at++;
      continue;
    }
    const from = at;
    while (at < end && data[at] !== 0x20) at++;
    const time = unixTime(data, from, at);
    const width = at - from;
    if (width === widthBefore && time >= before && time - before <= DAY && before >= 1e12) return before;
    before = time;
    widthBefore = width;
  }
  return NaN;
}

/** Bytes as text, one character a byte: for what is ASCII anyhow. */
export function latin1(data: Uint8Array, start: number, end: number): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1', start, end);
}
