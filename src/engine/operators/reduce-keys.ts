import { textId } from '../kernels/murmur3.ts';

export type KeyParser = 'json' | 'keyvalue';

/** The schema of messages in which no keys are found. */
const UNKNOWN_SCHEMA = 'unknown';

const MOST_KEYS = 100;
const KEY =
  /(?:"([^"\s]+)"|'([^'\s]+)'|(?<![\p{L}\p{N}_.-])([\p{L}_][\p{L}\p{N}_.-]*))\s*(?:=>|->|=|:(?!\/\/))/gu;

/** The keys of a message in alphabetical order and lower case, joined; `unknown` when it has none. */
export function schemaOf(message: string | null, parser: KeyParser, depth: number): string {
  if (message === null) return UNKNOWN_SCHEMA;
  const keys = parser === 'json' ? jsonKeys(message, depth) : textKeys(message);
  if (keys.size === 0) return UNKNOWN_SCHEMA;
  return [...keys].sort().join(', ');
}

/** 16 hex digits in upper case, all zero for messages without keys. */
export function schemaId(schema: string): string {
  return schema === UNKNOWN_SCHEMA ? '0'.repeat(16) : textId(schema).toUpperCase();
}

function jsonKeys(message: string, depth: number): Set<string> {
  const keys = new Set<string>();
  const start = message.indexOf('{');
  if (start < 0) return keys;
  try {
    collect(JSON.parse(message.slice(start)), '', depth, keys);
  } catch {
    // no JSON: no keys
  }
  return keys;
}

/** Leaves and what lies at the greatest depth; what is inside arrays does not count. */
function collect(value: unknown, path: string, depth: number, keys: Set<string>): void {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isObject && depth > 0 ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (path !== '' && keys.size < MOST_KEYS) keys.add(path.toLowerCase());
    return;
  }
  for (const [key, inner] of entries) collect(inner, path === '' ? key : `${path}.${key}`, depth - 1, keys);
}

function textKeys(message: string): Set<string> {
  const keys = new Set<string>();
  for (const [, double, single, bare] of message.matchAll(KEY)) {
    if (keys.size === MOST_KEYS) break;
    keys.add((double ?? single ?? bare ?? '').toLowerCase());
  }
  return keys;
}
