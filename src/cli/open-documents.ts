import { realDisk } from '../store/disk.ts';
import { Documents } from '../store/documents.ts';
import { StoreError } from '../store/failure.ts';
import { openStore } from '../store/store.ts';
import { storeDirectory } from './store-directory.ts';

/**
 * Does some work with the documents of a store (rules, sources, keys …), also while a server writes the
 * store: a document is a file of its own that is replaced whole, and the server looks for new ones.
 * The store is made when it is missing.
 */
export async function withDocuments<T>(
  options: { readonly store?: string },
  work: (documents: Documents) => Promise<T>,
): Promise<T> {
  const directory = storeDirectory(options);
  try {
    const store = await openStore(directory, { mode: 'write' });
    try {
      return await work(store.documents);
    } finally {
      await store.close();
    }
  } catch (failure) {
    if (!(failure instanceof StoreError) || failure.reason !== 'in-use') throw failure;
    return await work(new Documents(realDisk, directory, () => {}));
  }
}
