import type { Value } from '../engine/columns/value.ts';
import type { LookupTable } from '../engine/source.ts';
import { parseNetwork } from './address.ts';
import { indexNetworks } from './network-index.ts';
import { indexRows } from './row-index.ts';

/** How sure a feed is of an indicator, most sure first. */
export const THREAT_LEVELS = ['high', 'medium', 'low', 'unverified'] as const;
export type ThreatLevel = (typeof THREAT_LEVELS)[number];

/** STIX's scale of confidence: 70 and more is high, 30 medium, 1 low, else nothing is known. */
export function levelOfConfidence(confidence: number | null): ThreatLevel {
  if (confidence === null || confidence < 1) return 'unverified';
  if (confidence >= 70) return 'high';
  return confidence >= 30 ? 'medium' : 'low';
}

/** One indicator of a feed. Times are epoch seconds. */
export interface Indicator {
  /** The address, network, domain, URL or hash. */
  readonly threat: string;
  /** `ip_address`, `domain`, `url`, `hash_sha256`, `hash_sha1`, `hash_md5`, `email_address`. */
  readonly type: string;
  readonly actor: string | null;
  readonly threatlevel: ThreatLevel;
  /** Everything known, as JSON text: malware_families, labels[].name, last_updated and more. */
  readonly raw: string;
  readonly id: string | null;
  /** 0 to 100. */
  readonly confidence: number | null;
  readonly killChain: string | null;
  readonly source: string | null;
  readonly threatType: string | null;
  readonly updated: number | null;
  readonly validFrom: number | null;
  readonly validUntil: number | null;
  readonly imported: number | null;
}

/** The columns of a threat table: those of the old lookup, then those that `threatlookup` shows. */
const THREAT_COLUMNS = [
  'threat',
  'type',
  'actor',
  'threatlevel',
  'malicious_confidence',
  'raw',
  'raw_threat',
  'actors',
  'confidence',
  'fields',
  'id',
  'imported',
  'indicator',
  'kill_chain',
  'source',
  'threat_type',
  'updated',
  'valid_from',
  'valid_until',
] as const;

function rowOf(indicator: Indicator): readonly Value[] {
  const { threat, type, actor, threatlevel, raw, id, confidence, imported, killChain } = indicator;
  return [
    threat,
    type,
    actor,
    threatlevel,
    threatlevel,
    raw,
    raw,
    actor,
    confidence,
    raw,
    id,
    imported,
    threat,
    killChain,
    indicator.source,
    indicator.threatType,
    indicator.updated,
    indicator.validFrom,
    indicator.validUntil,
  ];
}

/**
 * A feed as a table: matches the `threat` column in any letter case. An indicator that is a network
 * matches every address in it. Several indicators for one key come newest last.
 */
export function threatTable(name: string, indicators: readonly Indicator[]): LookupTable {
  const sorted = indicators.toSorted((a, b) => (a.updated ?? 0) - (b.updated ?? 0));
  const rows = sorted.map(rowOf);
  const index = indexRows(THREAT_COLUMNS, rows, 'case-insensitive', false);
  const ranges = sorted.map(({ threat }) => (threat.includes('/') ? parseNetwork(threat) : null));
  const networks = indexNetworks(ranges);
  const findAll = (keyColumns: readonly string[], key: readonly Value[]): readonly (readonly Value[])[] => {
    const exact = index.find(keyColumns, key).map((row) => rows[row]!);
    const [only] = key;
    const column = keyColumns[0]?.toLowerCase();
    if (exact.length > 0 || keyColumns.length !== 1 || typeof only !== 'string') return exact;
    if (column !== 'threat' && column !== 'indicator') return exact;
    const row = rows[networks.find(only)];
    return row === undefined ? exact : [row];
  };
  return {
    name,
    columns: THREAT_COLUMNS,
    keys: [],
    match: 'case-insensitive',
    findsByText: ranges.every((range) => range === null),
    find: (keyColumns, key) => findAll(keyColumns, key).at(-1) ?? null,
    findAll,
    rows: () => rows,
  };
}
