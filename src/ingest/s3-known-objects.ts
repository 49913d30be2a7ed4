import { createHash } from 'node:crypto';
import type { Checkpoint } from '../store/bulk-writer.ts';
import type { Store } from '../store/store.ts';

/** The part of a store that keeps which objects were read. */
export type KnownObjectsStore = Pick<Store, 'checkpoint' | 'documents'>;

const KIND = 's3-objects';
const KEY_CHARACTERS = 16;
const VERSION_CHARACTERS = 11;
/** Versions of one object that are remembered. */
const MOST_VERSIONS = 16;
/** News of this many objects stay in the checkpoint before all known objects are written anew. */
const LEAST_NEWS = 1000;

/**
 * Which objects of a bucket were read, in which versions. What is new is kept in the checkpoint that
 * is committed with the data; now and then everything known is written as a document, which the next
 * checkpoint names. Keys and versions are kept as hashes: about 30 bytes an object.
 */
export class KnownObjects {
  readonly #store: KnownObjectsStore;
  readonly #name: string;
  /** Hash of the key to the hash of the ETag last read, then those of versions read, all of equal length. */
  readonly #objects: Map<string, string>;
  /** Changes since the document, committed or not. */
  #news: Map<string, string>;
  /** What the objects changed since the last commit were before; null: not known. */
  readonly #before = new Map<string, string | null>();
  /** Number of the document that holds everything but the news; 0: none. */
  #document: number;
  /** A document that no checkpoint needs once the current one is committed. */
  #obsolete: number | null = null;

  private constructor(
    store: KnownObjectsStore,
    name: string,
    document: number,
    objects: Map<string, string>,
    news: Map<string, string>,
  ) {
    this.#store = store;
    this.#name = name;
    this.#document = document;
    this.#objects = objects;
    this.#news = news;
  }

  /** What is known under this name; nothing at first. */
  static async open(store: KnownObjectsStore, name: string): Promise<KnownObjects> {
    const text = store.checkpoint(checkpointName(name));
    const { document, news } = readCheckpoint(text);
    const objects = new Map<string, string>();
    if (document > 0) {
      const known = await store.documents.get(KIND, documentName(name, document));
      for (const line of (known ?? '').split('\n')) {
        if (line !== '') objects.set(line.slice(0, KEY_CHARACTERS), line.slice(KEY_CHARACTERS));
      }
    }
    for (const [key, versions] of news) {
      if (versions === '') objects.delete(key);
      else objects.set(key, versions);
    }
    return new KnownObjects(store, name, document, objects, new Map(news));
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether this content of the object, or this version, was read. */
  hasRead(key: string, etag: string, versionId: string | null = null): boolean {
    const known = this.#objects.get(keyHash(key));
    if (known === undefined) return false;
    if (known.startsWith(versionHash(etag))) return true;
    return versionId !== null && versionsIn(known).includes(versionHash(versionId), 1);
  }

  /** Takes note that the object was read; counts from the next commit on. */
  add(key: string, etag: string, versionId: string | null): void {
    const hash = keyHash(key);
    const [, ...versions] = versionsIn(this.#objects.get(hash) ?? '');
    const version = versionId === null ? null : versionHash(versionId);
    if (version !== null && !versions.includes(version)) versions.push(version);
    this.#set(hash, versionHash(etag) + versions.slice(-MOST_VERSIONS).join(''));
  }

  /** Forgets objects by the hashes of their keys: they are no longer in the bucket. */
  remove(hashes: Iterable<string>): void {
    for (const hash of hashes) this.#set(hash, '');
  }

  /** The hashes of all known objects. */
  hashes(): Iterable<string> {
    return this.#objects.keys();
  }

  /** Whether there is news that no commit holds. */
  get changed(): boolean {
    return this.#before.size > 0;
  }

  /** The checkpoint to commit with the data of what was added; then `committed` or `rollback` must follow. */
  async checkpoint(): Promise<Checkpoint> {
    if (this.#news.size > Math.max(LEAST_NEWS, this.#objects.size / 16)) {
      const next = this.#document + 1;
      const lines = Array.from(this.#objects, ([key, versions]) => key + versions);
      await this.#store.documents.put(KIND, documentName(this.#name, next), lines.join('\n'));
      this.#obsolete = this.#document;
      return { name: checkpointName(this.#name), text: JSON.stringify({ document: next, news: [] }) };
    }
    return {
      name: checkpointName(this.#name),
      text: JSON.stringify({ document: this.#document, news: [...this.#news] }),
    };
  }

  /** The checkpoint is in the store. */
  async committed(): Promise<void> {
    this.#before.clear();
    if (this.#obsolete === null) return;
    const gone = this.#obsolete;
    this.#obsolete = null;
    this.#document = gone + 1;
    this.#news = new Map();
    if (gone > 0) await this.#store.documents.remove(KIND, documentName(this.#name, gone));
  }

  /** Forgets everything that was added since the last commit. */
  rollback(): void {
    this.#obsolete = null;
    for (const [hash, before] of this.#before) {
      if (before === null) this.#objects.delete(hash);
      else this.#objects.set(hash, before);
      // The news may be older than this change: the state before is right again in any case.
      this.#news.set(hash, before ?? '');
    }
    this.#before.clear();
  }

  #set(hash: string, versions: string): void {
    const known = this.#objects.get(hash);
    if ((known ?? '') === versions) return;
    if (!this.#before.has(hash)) this.#before.set(hash, known ?? null);
    if (versions === '') this.#objects.delete(hash);
    else this.#objects.set(hash, versions);
    this.#news.set(hash, versions);
  }
}

/** What stands for a key among known objects. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, KEY_CHARACTERS);
}

function versionHash(version: string): string {
  return createHash('sha256').update(version).digest('base64url').slice(0, VERSION_CHARACTERS);
}

function versionsIn(known: string): string[] {
  const versions: string[] = [];
  for (let at = 0; at < known.length; at += VERSION_CHARACTERS)
    versions.push(known.slice(at, at + VERSION_CHARACTERS));
  return versions;
}

function checkpointName(name: string): string {
  return `s3 ${name}`;
}

/** Names of documents are bounded in length, those of sources and addresses are not. */
function documentName(name: string, document: number): string {
  return `${createHash('sha256').update(name).digest('hex').slice(0, 32)}-${document}`;
}

function readCheckpoint(text: string | null): {
  readonly document: number;
  readonly news: readonly (readonly [string, string])[];
} {
  if (text === null) return { document: 0, news: [] };
  return JSON.parse(text) as { document: number; news: [string, string][] };
}
