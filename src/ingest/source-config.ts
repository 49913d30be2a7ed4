import { MESSAGE_FIELDS } from '../engine/source.ts';
import { DefinitionReader, typeName } from '../rules/definition-reader.ts';
import { importedSource } from './source-import.ts';

/**
 * What a source says about the messages that come through it: the YAML file and the stored form.
 * Everything is plain data; `compileSource` makes it ready to run.
 */
export interface SourceConfig {
  readonly category: string | null;
  readonly name: string | null;
  readonly host: string | null;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Label of the Encoding standard. */
  readonly encoding: string;
  readonly timestamp: TimestampConfig;
  readonly multiline: MultilineConfig;
  readonly processingRules: readonly RuleConfig[];
  /** Messages with an earlier time are left out: an ISO time, epoch ms or `-7d`. */
  readonly cutoff: string | null;
}

/** How message times are read. `enabled: false` gives every message its receipt time. */
export interface TimestampConfig {
  readonly enabled: boolean;
  readonly formats: readonly { readonly locator: string | null; readonly format: string }[];
  /** Whether times are recognised by themselves when no format applies. */
  readonly automatic: boolean;
  readonly timeZone: string;
  readonly forceTimeZone: boolean;
}

/** One line, one message (`off`); the whole request or file (`request`); or several lines. */
export type MultilineConfig =
  | { readonly kind: 'off' | 'inferred' | 'request' }
  | { readonly kind: 'boundary'; readonly regex: string };

/** One processing rule as written. `mask` and `algorithm` are those of their type. */
export interface RuleConfig {
  readonly type: 'include' | 'exclude' | 'mask' | 'hash';
  readonly name: string;
  readonly regex: string;
  readonly mask: string;
  readonly algorithm: 'md5' | 'sha256';
}

/** A value, or everything that is wrong with it in words for people. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A source that says nothing: one line is one message, times are recognised. */
export const DEFAULT_SOURCE: SourceConfig = {
  category: null,
  name: null,
  host: null,
  fields: [],
  encoding: 'utf-8',
  timestamp: { enabled: true, formats: [], automatic: true, timeZone: 'UTC', forceTimeZone: false },
  multiline: { kind: 'off' },
  processingRules: [],
  cutoff: null,
};

/** Checks a source definition. The JSON form of the cloud product's sources is understood, too. */
export function readSourceConfig(value: unknown): Checked<SourceConfig> {
  const reader = new DefinitionReader();
  const entries = reader.object(importedSource(value) ?? value ?? {}, 'the source definition', KEYS);
  const config: SourceConfig = {
    category: reader.optionalText(entries.get('category'), 'category', 1024),
    name: reader.optionalText(entries.get('name'), 'name', 1024),
    host: reader.optionalText(entries.get('host'), 'host', 128),
    fields: fieldsOf(reader, entries.get('fields')),
    encoding: encodingOf(reader, entries.get('encoding')),
    timestamp: timestampOf(reader, entries.get('timestamp')),
    multiline: multilineOf(reader, entries.get('multiline')),
    processingRules: rulesOf(reader, entries.get('processingRules')),
    cutoff: cutoffOf(reader, entries.get('cutoff')),
  };
  return reader.problems.length === 0
    ? { ok: true, value: config }
    : { ok: false, problems: reader.problems };
}

const KEYS = [
  'category',
  'name',
  'host',
  'fields',
  'encoding',
  'timestamp',
  'multiline',
  'processingRules',
  'cutoff',
];
const MAX_FIELDS = 10;
const MAX_RULES = 100;
const MAX_RULE_NAME = 32;

/** The source field that makes fields of a request's headers; it is none of the messages' own. */
const HEADERS_AS_FIELDS = '_convertHeadersToFields';

export function isHeadersAsFields(name: string): boolean {
  return name.toLowerCase() === HEADERS_AS_FIELDS.toLowerCase();
}

/** What is wrong with a field that users attach to messages, or null. */
export function fieldProblem(name: string, value: string): string | null {
  if (name === '') return 'a field needs a name';
  if (name.length > 255) return `the field name \`${name.slice(0, 40)}…\` is longer than 255 characters`;
  if (MESSAGE_FIELDS.some((known) => known.toLowerCase() === name.toLowerCase())) {
    return `the field \`${name}\` is built in and cannot be set as a field`;
  }
  if (name.startsWith('_')) return `the field \`${name}\` starts with \`_\`, which is for built-in fields`;
  return value.length > 200 ? `the value of field \`${name}\` is longer than 200 characters` : null;
}

function fieldsOf(reader: DefinitionReader, value: unknown): (readonly [string, string])[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    reader.problem(`\`fields\` must be an object of names and values, found ${typeName(value)}`);
    return [];
  }
  const fields = Object.entries(value).map(([name, one]) => [name, scalarText(one)] as const);
  if (fields.length > MAX_FIELDS) {
    reader.problem(`\`fields\` has ${fields.length} fields; at most ${MAX_FIELDS} are allowed`);
  }
  return fields.flatMap(([name, one]) => {
    const problem =
      one === null
        ? `the value of field \`${name}\` must be a text`
        : isHeadersAsFields(name)
          ? headersAsFieldsProblem(one)
          : fieldProblem(name, one);
    if (problem !== null) reader.problem(problem);
    return one === null ? [] : [[name, one] as const];
  });
}

function headersAsFieldsProblem(value: string): string | null {
  return /^(true|false)$/i.test(value) ? null : `\`${HEADERS_AS_FIELDS}\` must be true or false`;
}

function encodingOf(reader: DefinitionReader, value: unknown): string {
  const label = reader.optionalText(value, 'encoding', 64) ?? 'utf-8';
  try {
    return new TextDecoder(label).encoding;
  } catch {
    reader.problem(`\`encoding\` names no known character encoding: \`${label}\``);
    return 'utf-8';
  }
}

function timestampOf(reader: DefinitionReader, value: unknown): TimestampConfig {
  if (value === undefined || value === null) return DEFAULT_SOURCE.timestamp;
  if (value === 'receipt') return { ...DEFAULT_SOURCE.timestamp, enabled: false };
  const keys = ['enabled', 'locator', 'format', 'formats', 'automatic', 'timeZone', 'forceTimeZone'];
  const entries = reader.object(value, '`timestamp`', keys);
  const several = reader.list(entries.get('formats'), 'timestamp.formats');
  const single =
    entries.has('format') || entries.has('locator')
      ? [{ format: entries.get('format'), locator: entries.get('locator') }]
      : [];
  return {
    enabled: reader.flag(entries.get('enabled'), 'timestamp.enabled', true),
    formats: [...single, ...several].map((one) => formatOf(reader, one)),
    automatic: reader.flag(entries.get('automatic'), 'timestamp.automatic', true),
    timeZone: reader.optionalText(entries.get('timeZone'), 'timestamp.timeZone', 64) ?? 'UTC',
    forceTimeZone: reader.flag(entries.get('forceTimeZone'), 'timestamp.forceTimeZone', false),
  };
}

function formatOf(
  reader: DefinitionReader,
  value: unknown,
): { readonly locator: string | null; readonly format: string } {
  const entries = reader.object(value, 'a timestamp format', ['locator', 'format']);
  return {
    locator: reader.optionalText(entries.get('locator'), 'timestamp.locator', 1024),
    format: textOf(reader, entries.get('format'), 'timestamp.format'),
  };
}

function multilineOf(reader: DefinitionReader, value: unknown): MultilineConfig {
  // YAML 1.1 readers, and people, take `off` for false.
  if (value === undefined || value === null || value === false || value === 'off') return { kind: 'off' };
  if (value === true || value === 'inferred') return { kind: 'inferred' };
  if (value === 'request') return { kind: 'request' };
  if (typeof value !== 'object') {
    reader.problem('`multiline` must be `off`, `inferred`, `request` or `{ boundary: <regex> }`');
    return { kind: 'off' };
  }
  const entries = reader.object(value, '`multiline`', ['boundary']);
  return { kind: 'boundary', regex: textOf(reader, entries.get('boundary'), 'multiline.boundary') };
}

function rulesOf(reader: DefinitionReader, value: unknown): RuleConfig[] {
  const rules = reader.list(value, 'processingRules');
  if (rules.length > MAX_RULES) {
    reader.problem(`\`processingRules\` has ${rules.length} rules; at most ${MAX_RULES} are allowed`);
  }
  return rules.map((one, index) => ruleOf(reader, one, index + 1));
}

function ruleOf(reader: DefinitionReader, value: unknown, place: number): RuleConfig {
  const what = `processing rule ${place}`;
  const entries = reader.object(value, what, ['type', 'name', 'regex', 'mask', 'algorithm']);
  const type = entries.get('type');
  const known = type === 'include' || type === 'exclude' || type === 'mask' || type === 'hash';
  if (!known) reader.problem(`${what} needs a \`type\`: \`include\`, \`exclude\`, \`mask\` or \`hash\``);
  const name = reader.optionalText(entries.get('name'), `name of ${what}`, MAX_RULE_NAME);
  const mask = reader.optionalText(entries.get('mask'), `mask of ${what}`, 1024) ?? '#';
  if (mask.includes(':')) reader.problem(`the mask of ${what} may not contain \`:\``);
  const algorithm = String(entries.get('algorithm') ?? 'md5')
    .toLowerCase()
    .replace('-', '');
  if (algorithm !== 'md5' && algorithm !== 'sha256') {
    reader.problem(`the algorithm of ${what} must be \`MD5\` or \`SHA-256\``);
  }
  return {
    type: known ? type : 'include',
    name: name ?? `rule ${place}`,
    regex: textOf(reader, entries.get('regex'), `regex of ${what}`),
    mask,
    algorithm: algorithm === 'sha256' ? 'sha256' : 'md5',
  };
}

function cutoffOf(reader: DefinitionReader, value: unknown): string | null {
  return value instanceof Date ? value.toISOString() : reader.optionalText(value, 'cutoff', 64);
}

function textOf(reader: DefinitionReader, value: unknown, key: string): string {
  if (typeof value === 'string' && value !== '') return value;
  reader.problem(`\`${key}\` must be a text, found ${typeName(value)}`);
  return '';
}

function scalarText(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}
