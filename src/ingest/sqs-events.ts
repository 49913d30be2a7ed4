import { member, parsedJson } from './json-values.ts';

/** An object that a notification tells of. */
export interface NotifiedObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
  /** Bytes; 0 when not told. */
  readonly size: number;
}

/** The objects that a message says were made, or null when it is no notification of a bucket. A test event tells of none. */
export function notifiedObjects(body: string): readonly NotifiedObject[] | null {
  const value = parsedJson(body);
  // A topic wraps the notification, unless it delivers raw messages.
  const inside = member(value, 'Message');
  if (typeof inside === 'string') return eventObjects(parsedJson(inside));
  return eventObjects(value);
}

function eventObjects(event: unknown): readonly NotifiedObject[] | null {
  if (member(event, 'Event') === 's3:TestEvent') return [];
  const detail = member(event, 'detail');
  if (detail !== undefined && member(event, 'source') === 'aws.s3') return busObjects(event, detail);
  const records = member(event, 'Records');
  if (!Array.isArray(records)) return null;
  const objects: NotifiedObject[] = [];
  for (const record of records as readonly unknown[]) {
    const s3 = member(record, 's3');
    const name = member(record, 'eventName');
    if (s3 === undefined || typeof name !== 'string') return null;
    if (!/^(s3:)?(ObjectCreated|ObjectRestore:Completed)/.test(name)) continue;
    const object = objectOf(s3, decodedKey);
    if (object === null) return null;
    objects.push(object);
  }
  return objects;
}

/** The form of the event bus, whose keys are not encoded. */
function busObjects(event: unknown, detail: unknown): readonly NotifiedObject[] | null {
  const type = member(event, 'detail-type');
  if (type !== 'Object Created' && type !== 'Object Restore Completed') return [];
  const object = objectOf(detail, (key) => key);
  return object === null ? null : [object];
}

function objectOf(s3: unknown, decoded: (key: string) => string | null): NotifiedObject | null {
  const bucket = member(member(s3, 'bucket'), 'name');
  const object = member(s3, 'object');
  const written = member(object, 'key');
  const key = typeof written === 'string' ? decoded(written) : null;
  if (typeof bucket !== 'string' || key === null || key === '') return null;
  const versionId = member(object, 'versionId') ?? member(object, 'version-id');
  const size = member(object, 'size');
  return {
    bucket,
    key,
    versionId: typeof versionId === 'string' && versionId !== '' && versionId !== 'null' ? versionId : null,
    size: typeof size === 'number' ? size : 0,
  };
}

/** Keys stand in notifications as in a form: percent-encoded, with `+` for a space. */
function decodedKey(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
