import { SYSTEM_PREFIX } from '../engine/scope/indexes.ts';
import type { Diagnostic } from '../grammar/diagnostics.ts';
import { macrosOf } from './stored-macros.ts';
import { storedPartitions } from './stored-partitions.ts';
import type { RuleDocuments } from './stored-rules.ts';
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
export async function storedViews(documents: RuleDocuments): Promise<readonly StoredView[]> {
  const views: StoredView[] = [];
  for (const name of await documents.list(KIND)) {
    const view = readStored(await documents.get(KIND, name));
    if (view !== null) views.push(view);
  }
  return views.toSorted((a, b) => a.added - b.added || (a.name < b.name ? -1 : 1));
}

/** The view of that name in any letter case, or null. */
export async function storedView(documents: RuleDocuments, name: string): Promise<StoredView | null> {
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
  documents: RuleDocuments,
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
export async function forgetView(documents: RuleDocuments, { name }: StoredView): Promise<void> {
  await documents.remove(KIND, name);
}

async function nameProblems(documents: RuleDocuments, name: string): Promise<readonly string[]> {
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

function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function readStored(content: string | Uint8Array | null): StoredView | null {
  if (content === null) return null;
  try {
    const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
    return JSON.parse(text) as StoredView;
  } catch {
    return null;
  }
}
