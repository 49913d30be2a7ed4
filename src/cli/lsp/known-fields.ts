import { existsSync } from 'node:fs';
import { resolveStages } from '../../engine/plan/forward.ts';
import { MESSAGES } from '../../engine/plan/shape.ts';
import { registry } from '../../engine/registry.ts';
import type { KnownNames } from '../../grammar/complete.ts';
import { parseQuery } from '../../language.ts';
import { createLookups } from '../../lookups/lookups.ts';
import type { EmbeddedQuery } from '../embedded-query.ts';
import { withStore } from '../open-store.ts';
import { knownNames } from '../repl/known-names.ts';
import { storeDirectory } from '../store-directory.ts';

/** What the store knows by name, for completion; nothing when there is no store or it cannot be read. */
export async function namesInStore(options: { readonly store?: string }): Promise<KnownNames> {
  if (!existsSync(storeDirectory(options))) return {};
  try {
    return await withStore(options, (store) => knownNames(store.source(), createLookups(store.documents)));
  } catch {
    return {};
  }
}

/** The fields that there are at a place of a query: those of its data, and what the stages before make. */
export function fieldsAt(
  { text, kind }: EmbeddedQuery,
  offset: number,
  data: readonly string[],
): readonly string[] {
  const before = text.slice(0, text.lastIndexOf('|', offset - 1) + 1);
  const { partial } = parseQuery(before, { mode: 'check', start: kind === 'stages' ? 'stages' : 'scope' });
  const last = resolveStages(partial.stages, MESSAGES, registry, () => {}).at(-1);
  const { names, open } = last?.after ?? MESSAGES;
  const known = new Map([...names].map(([key, name]) => [key, name]));
  if (open) for (const name of data) if (!known.has(name.toLowerCase())) known.set(name.toLowerCase(), name);
  return [...known.values()];
}
