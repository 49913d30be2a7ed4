import type { ByteRegex } from '../engine/regex/compile-regex.ts';
import type { DatePattern } from '../engine/time/java-pattern.ts';
import type { Zone } from '../engine/time/zones.ts';
import { isDigit } from './date-walks.ts';
import { adjacentTimes, defaultRecordTime, latin1 } from './flow-layout.ts';
import { detectTime, epochOf, type TimeContext } from './timestamp-detection.ts';

/** One configured way to read the time: where it stands, and its form. */
export interface TimestampFormat {
  /** Has exactly one capture group, which holds the time; null: the message is searched for the form. */
  readonly locator: ByteRegex | null;
  readonly pattern: DatePattern | 'epoch';
}

/** How a source reads message times. */
export interface TimestampSettings {
  /** False: every message gets its receipt time. */
  readonly enabled: boolean;
  /** Tried in this order; the first that gives a time wins. */
  readonly formats: readonly TimestampFormat[];
  /** Whether times are recognised by themselves when no format applies. */
  readonly automatic: boolean;
  readonly zone: Zone;
  readonly forceZone: boolean;
}

/** Only this many characters are searched for a configured form without locator. */
const SEARCHED_CHARACTERS = 4096;

/** The locator that flow log collectors are set up with; the commonest by far, so it has a byte walk. */
const FLOW_LOCATOR = String.raw`\s(\d{10,13})\s\d{10,13}`;

/** Finds message times by the settings of one source. */
export class MessageTimes {
  readonly #settings: TimestampSettings;
  readonly #context: TimeContext;

  constructor(settings: TimestampSettings, receiptTime: number) {
    this.#settings = settings;
    this.#context = { zone: settings.zone, forceZone: settings.forceZone, receiptTime };
  }

  /** True when nothing but automatic detection is asked for, so that known positions may be used instead. */
  get automaticOnly(): boolean {
    return this.#settings.enabled && this.#settings.automatic && this.#settings.formats.length === 0;
  }

  /** Whether messages have a time of their own at all. */
  get enabled(): boolean {
    return this.#settings.enabled;
  }

  /** Epoch ms, or NaN when the message has no time. */
  timeOf(data: Uint8Array, start: number, end: number): number {
    if (!this.#settings.enabled) return NaN;
    for (const format of this.#settings.formats) {
      const time = this.#configured(format, data, start, end);
      if (!Number.isNaN(time)) return time;
    }
    return this.#settings.automatic ? this.#automatic(data, start, end) : NaN;
  }

  /** The time of a message that came with `eventTime`: formats and flow records are looked at first. */
  timeOfEvent(data: Uint8Array, start: number, end: number, eventTime: number): number {
    if (!this.#settings.enabled) return NaN;
    for (const format of this.#settings.formats) {
      const time = this.#configured(format, data, start, end);
      if (!Number.isNaN(time)) return time;
    }
    if (!this.#settings.automatic) return eventTime;
    const record = recordTime(data, start, end);
    if (!Number.isNaN(record)) return record;
    return Number.isNaN(eventTime) ? this.#automatic(data, start, end) : eventTime;
  }

  #automatic(data: Uint8Array, start: number, end: number): number {
    const first = data[start];
    if (first === 0x7b) {
      const value = messageValue(data, start, end);
      if (value !== null) {
        // Before anything else that looks like a time: a forwarder puts that of the delivery beside the record.
        const time = recordTime(data, start, end);
        if (!Number.isNaN(time)) return time;
        const detected = detectTime(data, start, end, this.#context);
        return Number.isNaN(detected) ? adjacentTimes(data, value.start, value.end) : detected;
      }
    } else {
      const time = defaultRecordTime(data, start, end);
      if (!Number.isNaN(time)) return time;
    }
    const detected = detectTime(data, start, end, this.#context);
    return Number.isNaN(detected) ? adjacentTimes(data, start, end) : detected;
  }

  #configured(format: TimestampFormat, data: Uint8Array, start: number, end: number): number {
    const { locator, pattern } = format;
    if (locator !== null && pattern === 'epoch' && locator.source === FLOW_LOCATOR) {
      return flowLocatorTime(data, start, end);
    }
    if (locator !== null) {
      if (!locator.searchBytes(data, start, end) || locator.slots[2]! < 0) return NaN;
      return this.#read(latin1(data, locator.slots[2]!, locator.slots[3]!).trim(), pattern, true);
    }
    const text = latin1(data, start, Math.min(end, start + SEARCHED_CHARACTERS));
    return pattern === 'epoch' ? epochIn(text) : this.#search(text, pattern);
  }

  #read(text: string, pattern: DatePattern | 'epoch', whole: boolean): number {
    if (pattern === 'epoch') return epochText(text);
    const parsed = pattern.parse(text, this.#context.zone);
    if (parsed === null || (whole && /[0-9A-Za-z]/.test(text[parsed.end] ?? ''))) return NaN;
    return hasYear(pattern) ? parsed.ms : this.#withYear(pattern, parsed.ms);
  }

  #search(text: string, pattern: DatePattern): number {
    for (let at = 0; at < text.length; at++) {
      const before = text[at - 1] ?? ' ';
      const here = text[at]!;
      // A date does not begin in the middle of a number or a word.
      if (/\d/.test(here) ? /\d/.test(before) : /[A-Za-z]/.test(here) && /[A-Za-z]/.test(before)) continue;
      const time = this.#read(text.slice(at, at + 100), pattern, false);
      if (!Number.isNaN(time)) return time;
    }
    return NaN;
  }

  /** A form without a year reads as 1970: the latest such time not more than a day after receipt is meant. */
  #withYear(pattern: DatePattern, in1970: number): number {
    if (!pattern.parts.some((part) => part.kind === 'letter' && 'MLdD'.includes(part.letter))) return in1970;
    const receipt = new Date(this.#context.receiptTime).getUTCFullYear();
    for (let year = receipt + 1; year > receipt - 2; year--) {
      const moved = new Date(in1970);
      moved.setUTCFullYear(year);
      if (moved.getTime() <= this.#context.receiptTime + 86_400_000) return moved.getTime();
    }
    return in1970;
  }
}

/** The start of a flow record of any format: raw or in the `message` of a JSON object; NaN when it is none. */
function recordTime(data: Uint8Array, start: number, end: number): number {
  const place = data[start] === 0x7b ? messageValue(data, start, end) : { start, end };
  if (place === null) return NaN;
  const time = defaultRecordTime(data, place.start, place.end);
  if (!Number.isNaN(time)) return time;
  // A record in a custom format begins with its version more often than not; other text may hold anything.
  let at = place.start;
  while (at < place.end && at - place.start < 2 && isDigit(data[at]!)) at++;
  return at > place.start && data[at] === 0x20 ? adjacentTimes(data, place.start, place.end) : NaN;
}

function hasYear(pattern: DatePattern): boolean {
  return pattern.parts.some((part) => part.kind === 'letter' && (part.letter === 'y' || part.letter === 'Y'));
}

const EPOCH = /^(\d{10})(?:\.(\d{1,9})|(\d{3}|\d{6}|\d{9}))?$/;

/** Unix time of 10, 13, 16 or 19 digits, with an optional dot after the tenth; NaN for other text. */
export function epochText(text: string): number {
  const match = EPOCH.exec(text);
  if (match === null) return NaN;
  const [, seconds, fraction, more] = match;
  const digits = (fraction ?? more ?? '').padEnd(3, '0').slice(0, 3);
  return Number(seconds) * 1000 + Number(digits);
}

function epochIn(text: string): number {
  // 16 and 19 digits are too easily something else: they need a locator.
  const match = /(?<!\d)(\d{13}|\d{10}(?:\.\d{1,9})?)(?!\d)/.exec(text);
  return match === null ? NaN : epochText(match[1]!);
}

/**
 * `\s(\d{10,13})\s\d{10,13}`, first match, read as `epoch`. As written it takes byte counts of ten
 * digits before the start for a time: that is what people who configured it have.
 */
function flowLocatorTime(data: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (!isSpace(data[at]!)) continue;
    const from = at + 1;
    let to = from;
    while (to < end && to - from < 14 && isDigit(data[to]!)) to++;
    const digits = to - from;
    if (digits < 10 || digits > 13 || to >= end || !isSpace(data[to]!)) continue;
    let next = to + 1;
    while (next < end && next - to <= 10 && isDigit(data[next]!)) next++;
    if (next - to - 1 >= 10) return digits === 10 || digits === 13 ? epochOf(data, from, to, false) : NaN;
  }
  return NaN;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

const MESSAGE_KEY = Buffer.from('"message"');

/** Where the text of a JSON object's `message` lies, without its quotes; null when there is none. */
export function messageValue(
  data: Uint8Array,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } | null {
  // A view of the row to search in would cost more than to look at its bytes.
  let key = start + 1;
  const last = end - MESSAGE_KEY.length;
  while (key <= last && (data[key] !== 0x22 || !isMessageKey(data, key, end))) key++;
  if (key > last) return null;
  let at = key + MESSAGE_KEY.length;
  while (at < end && (data[at] === 0x20 || data[at] === 0x09)) at++;
  if (data[at] !== 0x3a) return null;
  at++;
  while (at < end && (data[at] === 0x20 || data[at] === 0x09)) at++;
  if (at >= end || data[at] !== 0x22) return null;
  const from = ++at;
  while (at < end && data[at] !== 0x22) at += data[at] === 0x5c ? 2 : 1;
  return at < end ? { start: from, end: at } : null;
}

function isMessageKey(data: Uint8Array, at: number, end: number): boolean {
  if (at + MESSAGE_KEY.length > end) return false;
  for (let index = 0; index < MESSAGE_KEY.length; index++) {
    if (data[at + index] !== MESSAGE_KEY[index]) return false;
  }
  return true;
}
