import { LookupError } from './lookup-error.ts';
import { type Indicator, levelOfConfidence } from './threat-table.ts';
import { valueAtPath } from './value-at-path.ts';

const TYPES: readonly (readonly [path: RegExp, type: string])[] = [
  [/^ipv[46]-addr:value$/, 'ip_address'],
  [/^domain-name:value$/, 'domain'],
  [/^url:value$/, 'url'],
  [/^email-addr:value$/, 'email_address'],
  [/^file:hashes\.'?SHA-?256'?$/i, 'hash_sha256'],
  [/^file:hashes\.'?SHA-?1'?$/i, 'hash_sha1'],
  [/^file:hashes\.'?MD5'?$/i, 'hash_md5'],
];

/**
 * The indicators of a STIX 2.1 bundle (or of a list of its objects). Malware and actors come from the
 * relationships of the bundle. Left out: revoked indicators, patterns of other languages, and patterns
 * that need several facts at once (`AND`, `FOLLOWEDBY`), which one field cannot match.
 */
export function indicatorsFromStix(bundle: unknown, fileName: string, imported: number): Indicator[] {
  const objects = Array.isArray(bundle) ? bundle : valueAtPath(bundle, ['objects']);
  if (!Array.isArray(objects)) {
    throw new LookupError(
      `\`${fileName}\` is JSON but not a STIX bundle`,
      'expected an object with `"type": "bundle"` and `"objects"`',
    );
  }
  const named = new Map<string, { readonly type: string; readonly name: string }>();
  const related = new Map<string, string[]>();
  for (const object of objects) {
    const id = textAt(object, 'id');
    const type = textAt(object, 'type');
    const name = textAt(object, 'name');
    if (id !== null && type !== null && name !== null) named.set(id, { type, name });
    const from = textAt(object, 'source_ref');
    const to = textAt(object, 'target_ref');
    if (type !== 'relationship' || from === null || to === null) continue;
    related.set(from, [...(related.get(from) ?? []), to]);
  }
  return objects.flatMap((object) => {
    if (textAt(object, 'type') !== 'indicator' || valueAtPath(object, ['revoked']) === true) return [];
    const pattern = textAt(object, 'pattern');
    if (pattern === null || (textAt(object, 'pattern_type') ?? 'stix') !== 'stix') return [];
    const id = textAt(object, 'id');
    const targets = (related.get(id ?? '') ?? []).flatMap((target) => named.get(target) ?? []);
    const source = named.get(textAt(object, 'created_by_ref') ?? '')?.name ?? fileName;
    return observables(pattern).map(([threat, type]) =>
      indicatorOf(object, { id, threat, type, targets, source, imported }),
    );
  });
}

interface Context {
  readonly id: string | null;
  readonly threat: string;
  readonly type: string;
  readonly targets: readonly { readonly type: string; readonly name: string }[];
  readonly source: string;
  readonly imported: number;
}

function indicatorOf(object: unknown, context: Context): Indicator {
  const { id, threat, type, targets, source, imported } = context;
  const confidenceValue = valueAtPath(object, ['confidence']);
  const confidence = typeof confidenceValue === 'number' ? confidenceValue : null;
  const actors = targets.filter((target) => /^(threat-actor|intrusion-set)$/.test(target.type));
  const malware = targets.filter((target) => target.type === 'malware').map(({ name }) => name);
  const kinds = [...texts(object, 'indicator_types'), ...texts(object, 'labels')];
  const phases = valueAtPath(object, ['kill_chain_phases']);
  const killChain = (Array.isArray(phases) ? phases : []).flatMap(
    (phase) => textAt(phase, 'phase_name') ?? [],
  );
  const updated = secondsAt(object, 'modified') ?? secondsAt(object, 'created');
  const level = levelOfConfidence(confidence);
  return {
    threat,
    type,
    actor: actors.length === 0 ? null : actors.map(({ name }) => name).join(', '),
    threatlevel: level,
    raw: JSON.stringify({
      indicator: threat,
      type,
      malicious_confidence: level,
      actors: actors.map(({ name }) => name),
      malware_families: malware,
      labels: [...kinds, ...killChain.map((phase) => `KillChain/${phase}`)].map((name) => ({ name })),
      kill_chains: killChain,
      published_date: secondsAt(object, 'created'),
      last_updated: updated,
    }),
    id,
    confidence,
    killChain: killChain.length === 0 ? null : killChain.join(', '),
    source,
    threatType: kinds[0] ?? null,
    updated,
    validFrom: secondsAt(object, 'valid_from'),
    validUntil: secondsAt(object, 'valid_until'),
    imported: Math.floor(imported / 1000),
  };
}

const COMPARISON = /([a-z0-9-]+:[\w.'-]+)\s*(=|IN|ISSUBSET)\s*(\([^)]*\)|'(?:[^'\\]|\\.)*')/g;

/** The values that a pattern names, each with its type: `[ipv4-addr:value = '192.0.2.1' OR …]`. */
function observables(pattern: string): [threat: string, type: string][] {
  const outsideQuotes = pattern.replace(/'(?:[^'\\]|\\.)*'/g, "''");
  if (/\b(AND|FOLLOWEDBY|NOT)\b|!=/.test(outsideQuotes)) return [];
  return [...pattern.matchAll(COMPARISON)].flatMap(([, path = '', , value = '']) => {
    const type = TYPES.find(([known]) => known.test(path))?.[1];
    if (type === undefined) return [];
    return [...value.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, text = '']): [string, string] => [
      text.replace(/\\(.)/g, '$1'),
      type,
    ]);
  });
}

function textAt(object: unknown, key: string): string | null {
  const value = valueAtPath(object, [key]);
  return typeof value === 'string' ? value : null;
}

function texts(object: unknown, key: string): string[] {
  const value = valueAtPath(object, [key]);
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function secondsAt(object: unknown, key: string): number | null {
  const time = Date.parse(textAt(object, key) ?? '');
  return Number.isNaN(time) ? null : Math.floor(time / 1000);
}
