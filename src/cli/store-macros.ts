import { existsSync } from 'node:fs';
import type { Macro } from '../grammar/parameters.ts';
import { storeDirectory } from './store-directory.ts';

const NONE: ReadonlyMap<string, Macro> = new Map();

/** The macros of the store that a query may use: none where it uses none, so that nothing is read then. */
export async function macrosFor(
  text: string,
  options: { readonly store?: string },
): Promise<ReadonlyMap<string, Macro>> {
  return text.includes('`') ? ((await storeMacros(options)) ?? NONE) : NONE;
}

/** All macros of the store; null where there is no store. */
export async function storeMacros(options: {
  readonly store?: string;
}): Promise<ReadonlyMap<string, Macro> | null> {
  const directory = storeDirectory(options);
  if (!existsSync(directory)) return null;
  // Few queries use macros: what reads them is loaded then.
  const [{ realDisk }, { Documents }] = await Promise.all([
    import('../store/disk.ts'),
    import('../store/documents.ts'),
  ]);
  const documents = new Documents(realDisk, directory, () => {});
  if ((await documents.list('macro')).length === 0) return NONE;
  const { macrosOf } = await import('../ingest/stored-macros.ts');
  return await macrosOf(documents);
}
