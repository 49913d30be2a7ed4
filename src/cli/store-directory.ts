import { existsSync } from 'node:fs';
import { wrongRequest } from './failure.ts';

/** The options that commands about a store have. */
export interface StoreOptions {
  readonly store?: string;
  readonly output?: 'text' | 'json';
}

/** The store directory of a command: `--store`, else WEIR_STORE, else `.weir` in the working directory. */
export function storeDirectory(options: { readonly store?: string }): string {
  return options.store ?? process.env.WEIR_STORE ?? '.weir';
}

/** Whether the user named a store, rather than leaving it to the default. */
export function namesStore(options: { readonly store?: string }): boolean {
  return options.store !== undefined || process.env.WEIR_STORE !== undefined;
}

/** The store directory, which must exist. */
export function existingStore(options: { readonly store?: string }): string {
  const directory = storeDirectory(options);
  if (!existsSync(directory)) {
    throw wrongRequest(
      `there is no store in \`${directory}\``,
      'weir ingest makes one; --store DIR or WEIR_STORE names another; --input PATH searches files without a store',
    );
  }
  return directory;
}
