import { reasonOf } from '../engine/reason-of.ts';
import { nameList } from '../grammar/name-list.ts';
import { parseAddress, parseNetwork } from './address.ts';
import { type CsvFile, readCsv } from './csv.ts';
import { LookupError } from './lookup-error.ts';
import { indicatorsFromStix } from './stix.ts';
import { type Indicator, levelOfConfidence, THREAT_LEVELS, type ThreatLevel } from './threat-table.ts';
import { valueAtPath } from './value-at-path.ts';

/**
 * Reads a threat feed: CSV with a `threat` column (or `indicator`, `ip`), or a STIX 2.1 bundle.
 * `imported` is the time of reading, epoch ms.
 */
export function readThreatFeed(text: string, fileName: string, imported: number): readonly Indicator[] {
  if (/^\s*[{[]/.test(text)) return indicatorsFromStix(parseJson(text, fileName), fileName, imported);
  return indicatorsFromCsv(readCsv(text, fileName), fileName, imported);
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LookupError(`\`${fileName}\` is not valid JSON: ${reasonOf(error)}`);
  }
}

function indicatorsFromCsv(file: CsvFile, fileName: string, imported: number): Indicator[] {
  const at = (...names: string[]) =>
    file.columns.findIndex((column) => names.includes(column.trim().toLowerCase()));
  const threat = at('threat', 'indicator', 'ip', 'ip_address', 'value');
  if (threat < 0) {
    throw new LookupError(
      `\`${fileName}\` has no \`threat\` column; its columns are ${nameList(file.columns)}`,
      'a threat feed needs the columns threat, type, actor, threatlevel and raw; only threat is required',
    );
  }
  const positions = {
    type: at('type'),
    actor: at('actor', 'actors'),
    level: at('threatlevel', 'malicious_confidence'),
    confidence: at('confidence'),
    raw: at('raw', 'raw_threat'),
    id: at('id'),
    source: at('source'),
    killChain: at('kill_chain'),
    threatType: at('threat_type'),
    updated: at('updated', 'last_updated'),
    validFrom: at('valid_from'),
    validUntil: at('valid_until'),
  };
  return file.rows.flatMap((row) => {
    const cell = (position: number) => (position < 0 ? null : (row[position] ?? null));
    const value = cell(threat)?.trim() ?? '';
    if (value === '') return [];
    const raw = cell(positions.raw);
    const confidence = wholeNumber(cell(positions.confidence));
    const level = levelOf(cell(positions.level), confidence);
    const updated = seconds(cell(positions.updated)) ?? updatedIn(raw);
    const type = cell(positions.type) ?? typeOf(value);
    const actor = cell(positions.actor);
    return {
      threat: value,
      type,
      actor,
      threatlevel: level,
      raw: raw ?? rawOf({ threat: value, type, actor, level, updated }),
      id: cell(positions.id),
      confidence,
      killChain: cell(positions.killChain),
      source: cell(positions.source) ?? fileName,
      threatType: cell(positions.threatType),
      updated,
      validFrom: seconds(cell(positions.validFrom)),
      validUntil: seconds(cell(positions.validUntil)),
      imported: Math.floor(imported / 1000),
    };
  });
}

/** What kind of thing an indicator's text is. */
function typeOf(text: string): string {
  if (parseAddress(text) !== null || parseNetwork(text) !== null) return 'ip_address';
  if (/^[a-z]+:\/\//i.test(text)) return 'url';
  if (/^[0-9a-f]{64}$/i.test(text)) return 'hash_sha256';
  if (/^[0-9a-f]{40}$/i.test(text)) return 'hash_sha1';
  if (/^[0-9a-f]{32}$/i.test(text)) return 'hash_md5';
  return text.includes('@') ? 'email_address' : 'domain';
}

function levelOf(text: string | null, confidence: number | null): ThreatLevel {
  const level = text?.trim().toLowerCase() ?? '';
  const known = THREAT_LEVELS.find((each) => each === level);
  return known ?? levelOfConfidence(confidence);
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

/** Epoch seconds of `1700000000` (or ms) or an ISO time. */
function seconds(text: string | null): number | null {
  const number = wholeNumber(text);
  if (number !== null) return number > 1e11 ? Math.floor(number / 1000) : number;
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : Math.floor(time / 1000);
}

function updatedIn(raw: string | null): number | null {
  if (raw === null) return null;
  try {
    const value = valueAtPath(JSON.parse(raw), ['last_updated']);
    return typeof value === 'number' ? value : null;
  } catch {
    return null;
  }
}

/** JSON text in the shape that threat panels read, for feeds that bring none. */
function rawOf(known: {
  threat: string;
  type: string;
  actor: string | null;
  level: ThreatLevel;
  updated: number | null;
}): string {
  return JSON.stringify({
    indicator: known.threat,
    type: known.type,
    malicious_confidence: known.level,
    actors: known.actor === null ? [] : [known.actor],
    malware_families: [],
    labels: [],
    last_updated: known.updated,
  });
}
