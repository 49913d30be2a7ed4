import { SYSTEM_PREFIX } from '../engine/scope/indexes.ts';
import type { Diagnostic } from '../grammar/diagnostics.ts';
import type { DocumentStore } from '../lookups/document-store.ts';
import { isSameName, oldestFirst, readDocuments } from './stored-documents.ts';
import { macrosOf } from './stored-macros.ts';
import { storedPartitions } from './stored-partitions.ts';
import { checkView } from './view.ts';

/** A query whose results are kept as messages, slice by slice. */
export interface StoredView {
  readonly name: string;
  readonly query: string;
  /** Messages from here on are in it; epoch ms. */
  readonly from: number;
  /** Epoch ms. */
  readonly added: number;
}

const KIND = 'view';
const MOST_VIEWS = 500;

/** The views of a store, oldest first. A document that cannot be read is left out. */
export async function storedViews(documents: DocumentStore): Promise<readonly StoredView[]> {
  const views = await readDocuments(documents, KIND, (text) => JSON.parse(text) as StoredView | null);
  return oldestFirst(views, ({ name }) => name);
}

/** The view of that name in any letter case, or null. */
export async function storedView(documents: DocumentStore, name: string): Promise<StoredView | null> {
  const views = await storedViews(documents);
  return views.find((view) => isSameName(view.name, name)) ?? null;
}

/** What adding a view found: problems of the name or the set, and of the query (spans lie in it). */
export interface AddedView {
  readonly problems: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly added: boolean;
}

/** Adds a view; `from` (epoch ms, null: now) is where it begins. A view is not changed later: remove it and add another. */
export async function addView(
  documents: DocumentStore,
  { name, query, from }: { readonly name: string; readonly query: string; readonly from: number | null },
  now: number,
): Promise<AddedView> {
  const problems = [...(await nameProblems(documents, name))];
  const { view, diagnostics } = checkView(query, await macrosOf(documents));
  if (from !== null && view !== null && !view.sliced) {
    problems.push('a view without `timeslice` begins when it is made, and has no --from');
  }
  if (problems.length > 0 || view === null) return { problems, diagnostics, added: false };
  const stored: StoredView = { name, query, from: from ?? now, added: now };
  await documents.put(KIND, name, JSON.stringify(stored));
  return { problems, diagnostics, added: true };
}

/** Forgets a view; its messages are the store's. */
export async function forgetView(documents: DocumentStore, { name }: StoredView): Promise<void> {
  await documents.remove(KIND, name);
}

async function nameProblems(documents: DocumentStore, name: string): Promise<readonly string[]> {
  if (!/^[A-Za-z][\w$]*$/.test(name) || name.toLowerCase().startsWith(SYSTEM_PREFIX) || name.length > 255) {
    return [
      `\`${name}\` cannot be the name of a view: begin with a letter, go on with letters, digits and \`_\`; \`${SYSTEM_PREFIX}\` is for others`,
    ];
  }
  const views = await storedViews(documents);
  if (views.length >= MOST_VIEWS) return [`there are ${MOST_VIEWS} views, and no more are possible`];
  if (views.some((view) => isSameName(view.name, name))) {
    return [`there is a view \`${name}\` already; it cannot be changed, only removed`];
  }
  const partitions = await storedPartitions(documents);
  if (partitions.some((partition) => isSameName(partition.name, name))) {
    return [`\`${name}\` is the name of a partition`];
  }
  return [];
}
