/** Where small named things are kept between runs: lookup tables here; the store implements it. */
export interface DocumentStore {
  /** The text, or null when there is no such document. */
  get(kind: string, name: string): Promise<string | null>;
  /** Creates or replaces; on disk when the promise resolves. */
  put(kind: string, name: string, content: string): Promise<void>;
  /** The names of a kind, in any order. */
  list(kind: string): Promise<readonly string[]>;
  /** True when there was one. */
  remove(kind: string, name: string): Promise<unknown>;
}

/** A document store that lives in memory: for runs without a store directory, and for tests. */
export function memoryDocuments(): DocumentStore {
  const documents = new Map<string, { kind: string; name: string; content: string }>();
  const keyOf = (kind: string, name: string) => JSON.stringify([kind, name]);
  return {
    get: async (kind, name) => documents.get(keyOf(kind, name))?.content ?? null,
    put: async (kind, name, content) => void documents.set(keyOf(kind, name), { kind, name, content }),
    list: async (kind) =>
      [...documents.values()].filter((each) => each.kind === kind).map(({ name }) => name),
    remove: async (kind, name) => documents.delete(keyOf(kind, name)),
  };
}
