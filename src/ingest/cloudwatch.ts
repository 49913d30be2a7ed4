import { BlockList, isIP } from 'node:net';
import type { CloudWatchEvent, CloudWatchPayload } from './cloudwatch-event.ts';
import { fieldPairs, withFields } from './given-fields.ts';
import { type InterfaceInventory, securityFields } from './interface-inventory.ts';
import { jsonText, member, parsedJson } from './json-values.ts';
import { blockOfTexts, type MessageBlock, type Origin } from './message-block.ts';
import type { Tally } from './receipt.ts';

/** What becomes of subscription events: as they are, or as the public Lambda forwards them. */
export interface CloudWatchOptions {
  /** `as-is`: the event's message, nothing else. `Others`, `VPC-JSON`: JSON objects. `VPC-RAW`: bare text. */
  readonly format: 'as-is' | 'Others' | 'VPC-JSON' | 'VPC-RAW';
  /** Adds logStream and logGroup to each JSON object. */
  readonly includeLogInfo: boolean;
  /** Only streams whose name begins with one of these, in any letter case; empty: all. */
  readonly streamPrefixes: readonly string[];
  /** VPC_CIDR_PREFIX: a record whose tokens 4 and 5 both begin with one of these texts is left out. */
  readonly internalPrefixes: readonly string[];
  /** The better form: real CIDR blocks, IPv4 or IPv6. */
  readonly internalBlocks: readonly string[];
  /** Where security-group information comes from; only used with VPC-JSON. */
  readonly interfaces: InterfaceInventory | null;
  /** Metadata overrides, for every record. */
  readonly origin: Origin;
}

export const NO_ORIGIN: Origin = { category: null, name: null, host: null, fields: new Map() };

/** Messages as they are, with the stream as source name and the group as host. */
export const EVENTS_AS_THEY_ARE: CloudWatchOptions = {
  format: 'as-is',
  includeLogInfo: false,
  streamPrefixes: [],
  internalPrefixes: [],
  internalBlocks: [],
  interfaces: null,
  origin: NO_ORIGIN,
};

/** Splits a comma-separated setting such as VPC_CIDR_PREFIX or LOG_STREAM_PREFIX. */
export function listSetting(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The messages of one payload, in blocks of one origin each. Counts what is left out. */
export function payloadBlocks(
  payload: CloudWatchPayload,
  options: CloudWatchOptions,
  tally: Tally,
): readonly MessageBlock[] {
  const events = payload.events;
  if (payload.messageType === 'CONTROL_MESSAGE') {
    // A control message without events is one message all the same, so that it appears in the receipt.
    const messages = Math.max(1, events.length);
    tally.read += messages;
    tally.skip('control-message', messages);
    return [];
  }
  tally.read += events.length;
  if (!wantedStream(payload.logStream, options.streamPrefixes)) {
    tally.skip('stream-prefix', events.length);
    return [];
  }
  const groups = new Map<string, { origin: Origin; texts: string[]; times: number[] }>();
  const isInternal = internalTest(options);
  let requestId: string | null = null;
  for (const event of events) {
    const record = toRecord(event, requestId, options);
    requestId = record.requestId;
    if (record.empty) {
      tally.skip('empty');
      continue;
    }
    if (isInternal(record.message)) {
      tally.skip('internal-traffic');
      continue;
    }
    const origin = originOf(payload, record.metadata, options);
    const key = JSON.stringify([origin.category, origin.name, origin.host, [...origin.fields]]);
    let group = groups.get(key);
    if (group === undefined) {
      group = { origin, texts: [], times: [] };
      groups.set(key, group);
    }
    group.texts.push(recordText(record, event, payload, options));
    group.times.push(event.timestamp ?? NaN);
  }
  return [...groups.values()].map(({ origin, texts, times }) => blockOfTexts(texts, times, origin));
}

function wantedStream(stream: string, prefixes: readonly string[]): boolean {
  const name = stream.toLowerCase();
  return prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix.toLowerCase()));
}

/** One event on its way: its message is a text, or whatever JSON the text was. */
interface CloudWatchRecord {
  readonly message: unknown;
  readonly requestId: string | null;
  readonly metadata: unknown;
  readonly empty: boolean;
}

const CONSOLE_PREFIX =
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z\s(\w+-\w+-\w+-\w+-\w+)\s(?:INFO|ERROR|WARN|DEBUG)?/;
const REQUEST_ID = /(?:RequestId:|Z)\s+([\w-]+)/;

function toRecord(
  event: CloudWatchEvent,
  requestIdBefore: string | null,
  options: CloudWatchOptions,
): CloudWatchRecord {
  if (options.format === 'as-is') {
    const message = event.message.replace(/\r?\n$/, '');
    return { message, requestId: null, metadata: undefined, empty: message === '' };
  }
  let text = event.message.replace(/\n$/, '');
  let requestId = REQUEST_ID.exec(text)?.[1] ?? requestIdBefore;
  const console = CONSOLE_PREFIX.exec(text);
  if (console !== null) {
    requestId = console[1]!;
    text = text.slice(console[0].length);
  }
  const value = parsedJson(text);
  const message = value === undefined || isLost(value) ? text.trim() : value;
  const empty = message === '' || message === null || message === 0 || message === false;
  const metadata = member(message, '_sumo_metadata');
  return {
    message: metadata === undefined ? message : without(message as object),
    requestId,
    metadata,
    empty,
  };
}

/** Whether a value would not survive being written again: too deep, or a number too large for one. */
function isLost(value: unknown): boolean {
  return typeof value === 'number' ? !Number.isFinite(value) : jsonText(value) === null;
}

function without(message: object): object {
  return Object.fromEntries(Object.entries(message).filter(([key]) => key !== '_sumo_metadata'));
}

function originOf(payload: CloudWatchPayload, metadata: unknown, options: CloudWatchOptions): Origin {
  const { origin } = options;
  const own = (key: string) => {
    const value = member(metadata, key);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const fields = own('sourceFieldsOverride');
  return {
    category: own('category') ?? origin.category,
    name: own('sourceName') ?? origin.name ?? (payload.logStream || null),
    host: own('sourceHost') ?? origin.host ?? (payload.logGroup || null),
    fields: fields === null ? origin.fields : withFields(origin.fields, fieldPairs(fields)).fields,
  };
}

function recordText(
  record: CloudWatchRecord,
  event: CloudWatchEvent,
  payload: CloudWatchPayload,
  options: CloudWatchOptions,
): string {
  const { message, requestId } = record;
  const { format } = options;
  if (format === 'as-is' || format === 'VPC-RAW') {
    return typeof message === 'string' ? message : JSON.stringify(message);
  }
  const entries: [string, unknown][] = [];
  if (format === 'Others' && event.timestamp !== null) entries.push(['timestamp', event.timestamp]);
  entries.push(['message', message]);
  if (requestId !== null) entries.push(['requestID', requestId]);
  if (options.includeLogInfo) entries.push(['logStream', payload.logStream], ['logGroup', payload.logGroup]);
  if (format === 'VPC-JSON' && options.interfaces !== null && typeof message === 'string') {
    entries.push(...securityFields(message, options.interfaces));
  }
  return JSON.stringify(Object.fromEntries(entries));
}

/**
 * Whether both ends of a record are internal, by text prefix or by CIDR block. Source and destination
 * are the fourth and fifth token, whatever the format. Records with fewer tokens and JSON messages
 * are kept (the Lambda fails on them).
 */
function internalTest(options: CloudWatchOptions): (message: unknown) => boolean {
  const prefixes = options.internalPrefixes;
  if (!options.format.startsWith('VPC') || (prefixes.length === 0 && options.internalBlocks.length === 0)) {
    return () => false;
  }
  const blocks = blockList(options.internalBlocks);
  const isInside = (address: string) => {
    const family = isIP(address);
    return family !== 0 && blocks.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  const hasPrefix = (address: string) => prefixes.some((prefix) => address.startsWith(prefix));
  return (message) => {
    if (typeof message !== 'string') return false;
    const [, , , source, destination] = message.split(' ');
    if (source === undefined || destination === undefined) return false;
    return (hasPrefix(source) && hasPrefix(destination)) || (isInside(source) && isInside(destination));
  };
}

function blockList(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const parsed = cidrBlock(block);
    if (parsed !== null) list.addSubnet(parsed.address, parsed.bits, parsed.family);
  }
  return list;
}

/** A CIDR block in parts, or null when the text is none; a bare address is a block of one. */
export function cidrBlock(
  text: string,
): { readonly address: string; readonly bits: number; readonly family: 'ipv4' | 'ipv6' } | null {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] ?? '';
  const version = isIP(address);
  if (match === null || version === 0) return null;
  const most = version === 6 ? 128 : 32;
  const bits = match[2] === undefined ? most : Number(match[2]);
  return bits <= most ? { address, bits, family: version === 6 ? 'ipv6' : 'ipv4' } : null;
}
