import type { DocumentStore } from '../lookups/document-store.ts';

/** The documents of a kind, in the order of their names. One that is removed meanwhile is left out. */
export async function documentTexts(
  documents: DocumentStore,
  kind: string,
): Promise<readonly (readonly [name: string, text: string])[]> {
  const texts: (readonly [string, string])[] = [];
  for (const name of await documents.list(kind)) {
    const text = await documents.get(kind, name);
    if (text !== null) texts.push([name, text]);
  }
  return texts;
}

/** What `read` makes of the documents of a kind. One of which it makes null, or on which it throws, is told to `onUnreadable`. */
export async function readDocuments<T>(
  documents: DocumentStore,
  kind: string,
  read: (text: string, name: string) => T | null,
  onUnreadable: (name: string) => void = () => {},
): Promise<readonly T[]> {
  const values: T[] = [];
  for (const [name, text] of await documentTexts(documents, kind)) {
    const value = valueOrNull(() => read(text, name));
    if (value === null) onUnreadable(name);
    else values.push(value);
  }
  return values;
}

function valueOrNull<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** In the order in which they were added; by name where that is the same moment. */
export function oldestFirst<T extends { readonly added: number }>(
  values: readonly T[],
  nameOf: (value: T) => string,
): readonly T[] {
  return values.toSorted((a, b) => a.added - b.added || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Whether two names are one: letter case makes no difference. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
