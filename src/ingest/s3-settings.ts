import { parseTime } from '../engine/time/range.ts';
import { DefinitionReader } from '../rules/definition-reader.ts';
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
  const reader = new DefinitionReader();
  const { problems } = reader;
  const entries = reader.object(value, '`s3`', KEYS);
  const text = (key: string) => reader.optionalText(entries.get(key), `s3.${key}`);
  const bucket = text('bucket') ?? '';
  if (bucket === '') problems.push('`s3.bucket` is missing: the name of the bucket');
  else if (/[/\s*]/.test(bucket)) problems.push(`\`s3.bucket\`: \`${bucket}\` is no name of a bucket`);
  const endpoint = addressOf(text('endpoint'), 's3.endpoint', problems);
  const start = text('start') ?? 'now';
  startTime(start, Date.now(), problems);
  const settings: S3Settings = {
    bucket,
    path: text('path') ?? '*',
    region: text('region'),
    endpoint,
    forcePathStyle: reader.flag(entries.get('forcePathStyle'), 's3.forcePathStyle', endpoint !== null),
    scanInterval: intervalOf(entries.get('scanInterval'), problems),
    start,
    notifications: queueOf(entries.get('notifications'), reader),
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

function queueOf(value: unknown, reader: DefinitionReader): QueueSettings | null {
  if (value === undefined || value === null) return null;
  const given = typeof value === 'string' ? { queue: value } : value;
  const entries = reader.object(given, '`s3.notifications`', QUEUE_KEYS);
  const text = (key: string) => reader.optionalText(entries.get(key), `s3.notifications.${key}`);
  const address = (key: string) => addressOf(text(key), `s3.notifications.${key}`, reader.problems);
  const queue = address('queue');
  if (queue === null) {
    reader.problem('`s3.notifications` must be the URL of a queue');
    return null;
  }
  return { queue, region: text('region'), endpoint: address('endpoint') };
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

function addressOf(text: string | null, key: string, problems: string[]): string | null {
  if (text === null) return null;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  problems.push(`\`${key}\`: \`${text}\` is no http or https address`);
  return null;
}
