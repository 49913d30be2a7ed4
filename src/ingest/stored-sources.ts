import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DocumentStore } from '../lookups/document-store.ts';
import { readCloudWatchSettings } from './cloudwatch-settings.ts';
import { type Checked, DEFAULT_SOURCE, readSourceConfig, type SourceConfig } from './source-config.ts';
import { readDocuments } from './stored-documents.ts';

/** A source of a store: where messages come from and what they are. */
export interface StoredSource {
  readonly name: string;
  readonly kind: SourceKind;
  readonly config: SourceConfig;
  /** What only this kind needs: bucket, path expression and so on; as written. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** SHA-256 of the code in an HTTP source's address, hex; null for other kinds. The code itself is not kept. */
  readonly codeHash: string | null;
  /** Epoch ms. */
  readonly added: number;
}

export const SOURCE_KINDS = ['http', 's3'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

const KIND = 'source';

/** All sources of a store, by name. A document that cannot be read is left out. */
export async function storedSources(documents: DocumentStore): Promise<readonly StoredSource[]> {
  const sources = await readDocuments(documents, KIND, (text) => JSON.parse(text) as StoredSource | null);
  return sources.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a stored source says of its messages: they know it by name in `_source`. */
export function messagesOf({ name, config }: Pick<StoredSource, 'name' | 'config'>): SourceConfig {
  const complete = { ...DEFAULT_SOURCE, ...config };
  return { ...complete, fields: [...complete.fields, ['_source', name]] };
}

/** Keeps a new source, in the place of one of that name; an HTTP source gets a code, which is told only now. */
export async function addSource(
  documents: DocumentStore,
  source: Pick<StoredSource, 'name' | 'kind' | 'config' | 'settings'>,
  now: number,
): Promise<{ readonly code: string | null }> {
  const code = source.kind === 'http' ? randomBytes(48).toString('base64url') : null;
  const codeHash = code === null ? null : hashCode(code);
  const stored = { ...source, codeHash, added: now };
  await documents.put(KIND, source.name, JSON.stringify(stored));
  return { code };
}

/** False when there was none of that name. */
export async function removeSource(documents: DocumentStore, name: string): Promise<boolean> {
  if ((await documents.get(KIND, name)) === null) return false;
  await documents.remove(KIND, name);
  return true;
}

/** The HTTP source whose code this is, compared in constant time, or null. */
export function sourceOfCode(sources: readonly StoredSource[], code: string): StoredSource | null {
  const given = Buffer.from(hashCode(code), 'hex');
  let found: StoredSource | null = null;
  for (const source of sources) {
    if (source.codeHash === null) continue;
    if (timingSafeEqual(Buffer.from(source.codeHash, 'hex'), given)) found = source;
  }
  return found;
}

function hashCode(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

/**
 * The part of a source file that describes messages, and the settings of its kind beside it. What an
 * HTTP source does to CloudWatch events stands under `cloudwatch`.
 */
export function splitSettings(
  value: Readonly<Record<string, unknown>>,
  kind: SourceKind,
): { config: Checked<SourceConfig>; settings: Record<string, unknown> } {
  const { [kind]: given = {}, cloudwatch, ...rest } = value;
  const config = readSourceConfig(rest);
  const events = readCloudWatchSettings(cloudwatch);
  const settings = {
    ...(given as Record<string, unknown>),
    ...(cloudwatch === undefined ? {} : { cloudwatch }),
  };
  if (events.ok) return { config, settings };
  const problems = [...(config.ok ? [] : config.problems), ...events.problems];
  return { config: { ok: false, problems }, settings };
}
