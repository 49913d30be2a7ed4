import { readFile } from 'node:fs/promises';
import { messageOf } from './byte-stream.ts';
import { type CloudWatchOptions, cidrBlock, EVENTS_AS_THEY_ARE, listSetting } from './cloudwatch.ts';
import { describedInterfaces, inventoryOf } from './interface-inventory.ts';
import { parsedJson } from './json-values.ts';
import type { Checked } from './source-config.ts';

/**
 * What a source does to CloudWatch subscription events: the `cloudwatch` part of its file. The names in
 * brackets are the public Lambda's settings.
 */
export interface CloudWatchSettings {
  /** [LOG_FORMAT] */
  readonly format: CloudWatchOptions['format'];
  /** [INCLUDE_LOG_INFO] */
  readonly includeLogInfo: boolean;
  /** [LOG_STREAM_PREFIX] */
  readonly streamPrefixes: readonly string[];
  /** [VPC_CIDR_PREFIX]: plain text prefixes. */
  readonly internalPrefixes: readonly string[];
  /** Real CIDR blocks. */
  readonly internalBlocks: readonly string[];
  /** [INCLUDE_SECURITY_GROUP_INFO] from a saved answer of DescribeNetworkInterfaces; null without. */
  readonly inventory: { readonly file: string; readonly region: string } | null;
}

const FORMATS = ['as-is', 'Others', 'VPC-JSON', 'VPC-RAW'] as const;
const KEYS = [
  'format',
  'includeLogInfo',
  'streamPrefixes',
  'internalPrefixes',
  'internalBlocks',
  'inventory',
];

/** Reads the `cloudwatch` part of a source definition: all that is wrong at once. Nothing given: events as they are. */
export function readCloudWatchSettings(value: unknown): Checked<CloudWatchSettings> {
  const problems: string[] = [];
  if (typeof (value ?? {}) !== 'object' || Array.isArray(value)) {
    return { ok: false, problems: [`\`cloudwatch\` must be an object with the keys ${KEYS.join(', ')}`] };
  }
  const entries = new Map(Object.entries((value ?? {}) as object) as [string, unknown][]);
  for (const key of entries.keys()) {
    if (!KEYS.includes(key)) {
      problems.push(`\`cloudwatch\` has the unknown key \`${key}\`; known are ${KEYS.join(', ')}`);
    }
  }
  const given = entries.get('format') ?? 'as-is';
  const format = FORMATS.find((one) => one.toLowerCase() === String(given).toLowerCase());
  if (format === undefined) {
    problems.push(`\`cloudwatch.format\` must be one of ${FORMATS.join(', ')}, found \`${String(given)}\``);
  }
  const includeLogInfo = entries.get('includeLogInfo') ?? false;
  if (typeof includeLogInfo !== 'boolean') problems.push('`cloudwatch.includeLogInfo` must be true or false');
  const list = (key: string) => textList(entries.get(key), `cloudwatch.${key}`, problems);
  const internalBlocks = list('internalBlocks');
  for (const block of internalBlocks) {
    if (cidrBlock(block) === null)
      problems.push(`\`cloudwatch.internalBlocks\`: \`${block}\` is no CIDR block`);
  }
  const settings: CloudWatchSettings = {
    format: format ?? 'as-is',
    includeLogInfo: includeLogInfo === true,
    streamPrefixes: list('streamPrefixes'),
    internalPrefixes: list('internalPrefixes'),
    internalBlocks,
    inventory: inventorySetting(entries.get('inventory'), problems),
  };
  return problems.length === 0 ? { ok: true, value: settings } : { ok: false, problems };
}

/** A list of texts, or one text with commas as the Lambda's settings have them. */
function textList(value: unknown, key: string, problems: string[]): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return listSetting(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value as string[];
  problems.push(`\`${key}\` must be a list of texts`);
  return [];
}

function inventorySetting(value: unknown, problems: string[]): CloudWatchSettings['inventory'] {
  if (value === undefined || value === null) return null;
  const { file, region = '' } = value as { file?: unknown; region?: unknown };
  if (typeof file === 'string' && file !== '' && typeof region === 'string') return { file, region };
  problems.push(
    '`cloudwatch.inventory` must name a `file` (a saved answer of DescribeNetworkInterfaces) and its `region`',
  );
  return null;
}

/** The settings ready to run. Rejects with an Error in words for people when the inventory cannot be read. */
export async function openCloudWatchOptions(settings: CloudWatchSettings): Promise<CloudWatchOptions> {
  const { inventory, ...rest } = settings;
  if (inventory === null) return { ...EVENTS_AS_THEY_ARE, ...rest };
  const described = describedInterfaces(parsedJson(await inventoryText(inventory.file)));
  if (described === null) {
    throw new Error(`the inventory \`${inventory.file}\` is no saved answer of DescribeNetworkInterfaces`);
  }
  return { ...EVENTS_AS_THEY_ARE, ...rest, interfaces: inventoryOf(inventory.region, described) };
}

async function inventoryText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (failure) {
    throw new Error(`the inventory \`${file}\` cannot be read: ${messageOf(failure)}`);
  }
}
