import { openStore, type Store } from '../store/store.ts';
import { existingStore, storeDirectory } from './store-directory.ts';

/** Does some work with the store open for writing (made when missing), and closes it whatever happens. */
export async function withWritableStore<T>(
  options: { readonly store?: string },
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(storeDirectory(options), { mode: 'write' });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Does some work with an existing store open for reading. */
export async function withStore<T>(
  options: { readonly store?: string },
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(existingStore(options), { mode: 'read' });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
