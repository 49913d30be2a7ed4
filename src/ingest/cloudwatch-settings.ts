import { readFile } from 'node:fs/promises';
import { reasonOf } from '../engine/reason-of.ts';
import { DefinitionReader } from '../rules/definition-reader.ts';
import type { ServiceAddress } from './aws-client.ts';
import { type CloudWatchOptions, cidrBlock, EVENTS_AS_THEY_ARE, listSetting } from './cloudwatch.ts';
import { describedInterfaces, type InterfaceInventory, inventoryOf } from './interface-inventory.ts';
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
  /** [INCLUDE_SECURITY_GROUP_INFO] Where network interfaces are known from; null without. */
  readonly interfaces: InterfacesSettings | null;
}

/** A saved answer of DescribeNetworkInterfaces, or (without a file) EC2 itself. */
export interface InterfacesSettings extends ServiceAddress {
  readonly file: string | null;
}

const FORMATS = ['as-is', 'Others', 'VPC-JSON', 'VPC-RAW'] as const;
const KEYS = [
  'format',
  'includeLogInfo',
  'streamPrefixes',
  'internalPrefixes',
  'internalBlocks',
  'interfaces',
];

/** Reads the `cloudwatch` part of a source definition: all that is wrong at once. Nothing given: events as they are. */
export function readCloudWatchSettings(value: unknown): Checked<CloudWatchSettings> {
  const reader = new DefinitionReader();
  const { problems } = reader;
  const entries = reader.object(value ?? {}, '`cloudwatch`', KEYS);
  const given = entries.get('format') ?? 'as-is';
  const format = FORMATS.find((one) => one.toLowerCase() === String(given).toLowerCase());
  if (format === undefined) {
    problems.push(`\`cloudwatch.format\` must be one of ${FORMATS.join(', ')}, found \`${String(given)}\``);
  }
  const list = (key: string) => textList(entries.get(key), `cloudwatch.${key}`, problems);
  const internalBlocks = list('internalBlocks');
  for (const block of internalBlocks) {
    if (cidrBlock(block) === null)
      problems.push(`\`cloudwatch.internalBlocks\`: \`${block}\` is no CIDR block`);
  }
  const settings: CloudWatchSettings = {
    format: format ?? 'as-is',
    includeLogInfo: reader.flag(entries.get('includeLogInfo'), 'cloudwatch.includeLogInfo', false),
    streamPrefixes: list('streamPrefixes'),
    internalPrefixes: list('internalPrefixes'),
    internalBlocks,
    interfaces: interfacesSetting(entries.get('interfaces'), problems),
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

function interfacesSetting(value: unknown, problems: string[]): InterfacesSettings | null {
  if (value === undefined || value === null) return null;
  const entries = new Map(typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : []);
  const wrong =
    typeof value !== 'object' ||
    [...entries].some(
      ([key, one]) => !['file', 'region', 'endpoint'].includes(key) || typeof one !== 'string',
    );
  if (wrong) {
    problems.push(
      '`cloudwatch.interfaces` must be an object with texts: `file` for a saved answer of DescribeNetworkInterfaces, `region` and `endpoint` for EC2',
    );
    return null;
  }
  const text = (key: string) => (entries.get(key) as string | undefined) || null;
  return { file: text('file'), region: text('region'), endpoint: text('endpoint') };
}

/**
 * The settings ready to run; `onFailure` hears of questions to EC2 that failed. Rejects with an Error in
 * words for people when the interfaces cannot be known.
 */
export async function openCloudWatchOptions(
  settings: CloudWatchSettings,
  onFailure: (problem: string) => void,
): Promise<CloudWatchOptions> {
  const interfaces =
    settings.interfaces === null ? null : await openInterfaces(settings.interfaces, onFailure);
  return { ...EVENTS_AS_THEY_ARE, ...settings, interfaces };
}

async function openInterfaces(
  { file, region, endpoint }: InterfacesSettings,
  onFailure: (problem: string) => void,
): Promise<InterfaceInventory> {
  if (file === null) {
    const { NetworkInterfaces } = await import('./network-interfaces.ts');
    return await NetworkInterfaces.open({ region, endpoint, onFailure });
  }
  const described = describedInterfaces(parsedJson(await savedText(file)));
  if (described !== null) return inventoryOf(region ?? '', described);
  throw new Error(`\`${file}\` is no saved answer of DescribeNetworkInterfaces`);
}

async function savedText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (failure) {
    throw new Error(`\`${file}\` cannot be read: ${reasonOf(failure)}`);
  }
}
