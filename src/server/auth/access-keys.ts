import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readDocuments } from '../../ingest/stored-documents.ts';
import type { DocumentStore } from '../../lookups/document-store.ts';
import { SCOPES, type Scope } from './caller.ts';

/** A key as the store keeps it. The secret itself is not kept. */
export interface AccessKey {
  readonly accessId: string;
  /** What people call it; unique. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the secret, hex. The secret is 36 random bytes, so that no slower hash is needed. */
  readonly hash: string;
  /** Epoch ms. */
  readonly added: number;
}

const KIND = 'key';
const NO_HASH = '0'.repeat(64);

/** All keys of a store, by name. A document that cannot be read is no key. */
export async function storedKeys(documents: DocumentStore): Promise<readonly AccessKey[]> {
  const keys = await readDocuments(documents, KIND, readKey);
  return keys.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Makes a key. The secret is in the answer and nowhere else. */
export async function addKey(
  documents: DocumentStore,
  name: string,
  scopes: readonly Scope[],
  now: number,
): Promise<{ readonly accessId: string; readonly accessKey: string }> {
  const accessId = `weir${randomBytes(8).toString('hex')}`;
  const accessKey = randomBytes(36).toString('base64url');
  const key: AccessKey = { accessId, name, scopes, hash: hashOf(accessKey), added: now };
  await documents.put(KIND, accessId, JSON.stringify(key));
  return { accessId, accessKey };
}

/** Removes the key of that name or access id; false when there is none. */
export async function removeKey(documents: DocumentStore, nameOrId: string): Promise<boolean> {
  const keys = await storedKeys(documents);
  const found = keys.find(({ accessId, name }) => accessId === nameOrId || name === nameOrId);
  if (found === undefined) return false;
  await documents.remove(KIND, found.accessId);
  return true;
}

/** The key that these credentials open, or null. Takes as long for an unknown id as for a wrong secret. */
export function keyOf(keys: readonly AccessKey[], accessId: string, accessKey: string): AccessKey | null {
  const found = keys.find((key) => key.accessId === accessId) ?? null;
  const expected = Buffer.from(found?.hash ?? NO_HASH, 'hex');
  const same = timingSafeEqual(expected, Buffer.from(hashOf(accessKey), 'hex'));
  return same ? found : null;
}

/** Whether a key may be used for something that needs `scope`. */
export function allows(key: AccessKey, scope: Scope): boolean {
  return key.scopes.includes(scope) || key.scopes.includes('admin');
}

/** `ingest,query` as scopes, or null with an unknown word among them. */
export function readScopes(text: string): readonly Scope[] | null {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  const scopes = SCOPES.filter((scope) => words.includes(scope));
  return scopes.length === new Set(words).size && scopes.length > 0 ? scopes : null;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function readKey(text: string, id: string): AccessKey | null {
  const key = JSON.parse(text) as Partial<AccessKey>;
  const { accessId, name, scopes, hash, added } = key;
  if (accessId !== id || typeof name !== 'string' || typeof added !== 'number') return null;
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash) || !Array.isArray(scopes)) return null;
  return { accessId, name, scopes: SCOPES.filter((scope) => scopes.includes(scope)), hash, added };
}
