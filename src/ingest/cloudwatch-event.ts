import { jsonText, member, parsedJson } from './json-values.ts';
import type { PayloadUnpacker } from './payload-unpacker.ts';

/** What a CloudWatch Logs subscription delivers, decoded. */
export interface CloudWatchPayload {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly events: readonly CloudWatchEvent[];
}

export interface CloudWatchEvent {
  /** Epoch ms; null when the event has none. */
  readonly timestamp: number | null;
  readonly message: string;
}

const PAYLOAD_KEYS = '(?:messageType|owner|logGroup|logStream|subscriptionFilters|logEvents)';
const PAYLOAD_START = new RegExp(String.raw`^\s*(?:\[\s*)?\{\s*"${PAYLOAD_KEYS}"\s*:`);
const ENCODED_START = /^\s*(?:\[\s*)?\{\s*"awslogs"\s*:\s*\{\s*"data"\s*:/;

/** Whether the beginning of a file (several kilobytes) is that of subscription events, encoded or decoded. */
export function looksLikeCloudWatch(head: string): boolean {
  if (ENCODED_START.test(head)) return true;
  // In this order: to find out that plain text is no JSON costs much.
  if (!PAYLOAD_START.test(head) || firstLineIsAnother(head)) return false;
  // Two of the keys: one alone may begin any JSON log.
  return new Set(head.match(new RegExp(`"${PAYLOAD_KEYS}"`, 'g'))).size > 1;
}

/** Whether the first line is a JSON object but no event: a forwarder names stream and group beside each message. */
function firstLineIsAnother(head: string): boolean {
  const value = parsedJson(head.slice(0, Math.max(head.indexOf('\n'), 0)));
  return typeof value === 'object' && value !== null && !Array.isArray(value) && readPayload(value) === null;
}

/**
 * The payload of an event in any of its forms: `{"awslogs":{"data":"<base64 of gzip>"}}`, or decoded.
 * Null when the value is no such event, or its payload cannot be read: it is kept as the text it is.
 */
export function readEvent(value: unknown, unpacker: PayloadUnpacker): CloudWatchPayload | null {
  const data = member(member(value, 'awslogs'), 'data');
  if (typeof data !== 'string') return readPayload(value);
  return readPayload(parsedJson(unpacker.unpack(Buffer.from(data, 'base64'))?.toString('utf8') ?? ''));
}

function readPayload(value: unknown): CloudWatchPayload | null {
  const messageType = member(value, 'messageType');
  const events = member(value, 'logEvents');
  if (typeof messageType !== 'string' || !Array.isArray(events)) return null;
  const decoded: CloudWatchEvent[] = [];
  for (const event of events) {
    const message = messageText(member(event, 'message'));
    // The event is kept as the text it is.
    if (message === null) return null;
    const timestamp = member(event, 'timestamp');
    decoded.push({
      timestamp: typeof timestamp === 'number' && Number.isFinite(timestamp) ? Math.trunc(timestamp) : null,
      message,
    });
  }
  return {
    messageType,
    owner: textOr(member(value, 'owner'), ''),
    logGroup: textOr(member(value, 'logGroup'), ''),
    logStream: textOr(member(value, 'logStream'), ''),
    events: decoded,
  };
}

/** The message of an event; what is no text is written as JSON, and null when that is not possible. */
function messageText(message: unknown): string | null {
  if (typeof message === 'string') return message;
  return message === undefined ? '' : jsonText(message);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** The records of a Firehose HTTP delivery request, decoded from base64; null when the body is none. */
export function firehoseRecords(
  value: unknown,
  unpacker: PayloadUnpacker,
): { readonly requestId: string; readonly records: readonly Buffer[] } | null {
  const requestId = member(value, 'requestId');
  const records = member(value, 'records');
  if (typeof requestId !== 'string' || !Array.isArray(records)) return null;
  const decoded: Buffer[] = [];
  for (const record of records) {
    const data = member(record, 'data');
    if (typeof data !== 'string') return null;
    const bytes = unpacker.unpack(Buffer.from(data, 'base64'));
    if (bytes === null) return null;
    decoded.push(bytes);
  }
  return { requestId, records: decoded };
}
