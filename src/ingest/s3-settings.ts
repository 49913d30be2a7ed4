import { parseTime } from '../engine/time/range.ts';
import type { Checked } from './source-config.ts';

/** Which objects a source reads and how it gets at them: the `s3` part of its file. */
export interface S3Settings {
  readonly bucket: string;
  /** Keys to read; `*` is any run of characters, also of `/`. */
  readonly path: string;
  /** Null: as the environment or the user's AWS configuration says. */
  readonly region: string | null;
  /** Address of another service that speaks S3; null for AWS. */
  readonly endpoint: string | null;
  /** Whether the bucket's name stands in the path of requests instead of the host. */
  readonly forcePathStyle: boolean;
  /** Ms between the end of a scan and the next one. */
  readonly scanInterval: number;
  /** Only objects changed from this time on: `now` (when the source was added), `all`, or a time such as `-7d`, counted from then. */
  readonly start: string;
  readonly notifications: QueueSettings | null;
}

/** The queue that tells of new objects. */
export interface QueueSettings {
  /** Its URL. */
  readonly queue: string;
  readonly region: string | null;
  /** Address of another service that speaks SQS; null: where the URL points for such a service, else AWS. */
  readonly endpoint: string | null;
}

const KEYS = [
  'bucket',
  'path',
  'region',
  'endpoint',
  'forcePathStyle',
  'scanInterval',
  'start',
  'notifications',
];
const QUEUE_KEYS = ['queue', 'region', 'endpoint'];
const DEFAULT_SCAN_INTERVAL = 300_000;
const LEAST_SCAN_INTERVAL = 1000;
const MOST_SCAN_INTERVAL = 7 * 86_400_000;
const UNITS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Reads the `s3` part of a source definition: the settings, or everything that is wrong at once. */
export function readS3Settings(value: unknown): Checked<S3Settings> {
  const problems: string[] = [];
  const entries = objectOf(value, 's3', KEYS, problems);
  const text = (key: string) => textOf(entries.get(key), `s3.${key}`, problems);
  const bucket = text('bucket') ?? '';
  if (bucket === '') problems.push('`s3.bucket` is missing: the name of the bucket');
  else if (/[/\s*]/.test(bucket)) problems.push(`\`s3.bucket\`: \`${bucket}\` is no name of a bucket`);
  const endpoint = addressOf(text('endpoint'), 's3.endpoint', problems);
  const forcePathStyle = entries.get('forcePathStyle') ?? endpoint !== null;
  if (typeof forcePathStyle !== 'boolean') problems.push('`s3.forcePathStyle` must be true or false');
  const start = text('start') ?? 'now';
  startTime(start, Date.now(), problems);
  const settings: S3Settings = {
    bucket,
    path: text('path') ?? '*',
    region: text('region'),
    endpoint,
    forcePathStyle: forcePathStyle === true,
    scanInterval: intervalOf(entries.get('scanInterval'), problems),
    start,
    notifications: queueOf(entries.get('notifications'), problems),
  };
  return problems.length === 0 ? { ok: true, value: settings } : { ok: false, problems };
}

/** The earliest change, epoch ms, of objects that a source added at `added` reads. S3 tells times in whole seconds. */
export function startTime(start: string, added: number, problems: string[] = []): number {
  if (start === 'all') return -Infinity;
  const time = parseTime(start, { now: added, timeZone: 'UTC' });
  if (time.ok) return Math.floor(time.value / 1000) * 1000;
  problems.push(`\`s3.start\`: ${time.problem}; write \`now\`, \`all\` or a time such as \`-7d\``);
  return added;
}

function queueOf(value: unknown, problems: string[]): QueueSettings | null {
  if (value === undefined || value === null) return null;
  const given = typeof value === 'string' ? { queue: value } : value;
  const entries = objectOf(given, 's3.notifications', QUEUE_KEYS, problems);
  const queue = addressOf(
    textOf(entries.get('queue'), 's3.notifications.queue', problems),
    's3.notifications.queue',
    problems,
  );
  if (queue === null) {
    problems.push('`s3.notifications` must be the URL of a queue');
    return null;
  }
  return {
    queue,
    region: textOf(entries.get('region'), 's3.notifications.region', problems),
    endpoint: addressOf(
      textOf(entries.get('endpoint'), 's3.notifications.endpoint', problems),
      's3.notifications.endpoint',
      problems,
    ),
  };
}

/** A number of seconds, or a text such as `30s`, `5m`, `1h`. */
function intervalOf(value: unknown, problems: string[]): number {
  if (value === undefined || value === null) return DEFAULT_SCAN_INTERVAL;
  const match = /^(\d+(?:\.\d+)?)\s*([smhd]?)$/.exec(String(value));
  const interval = match === null ? NaN : Number(match[1]) * (UNITS.get(match[2] || 's') ?? NaN);
  if (interval >= LEAST_SCAN_INTERVAL && interval <= MOST_SCAN_INTERVAL) return interval;
  problems.push(
    `\`s3.scanInterval\` must be seconds or a time such as \`5m\`, from 1 s to 7 d; found \`${String(value)}\``,
  );
  return DEFAULT_SCAN_INTERVAL;
}

function objectOf(
  value: unknown,
  what: string,
  keys: readonly string[],
  problems: string[],
): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push(`\`${what}\` must be an object with the keys ${keys.join(', ')}`);
    return new Map();
  }
  const entries = new Map<string, unknown>(Object.entries(value));
  for (const key of entries.keys()) {
    if (!keys.includes(key))
      problems.push(`\`${what}\` has the unknown key \`${key}\`; known are ${keys.join(', ')}`);
  }
  return entries;
}

function textOf(value: unknown, key: string, problems: string[]): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  problems.push(`\`${key}\` must be a text`);
  return null;
}

function addressOf(text: string | null, key: string, problems: string[]): string | null {
  if (text === null) return null;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  problems.push(`\`${key}\`: \`${text}\` is no http or https address`);
  return null;
}
