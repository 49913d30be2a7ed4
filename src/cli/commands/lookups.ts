import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { memoryDocuments } from '../../lookups/document-store.ts';
import { LookupError } from '../../lookups/lookup-error.ts';
import { createLookups } from '../../lookups/lookups.ts';
import { systemFailure, wrongRequest } from '../failure.ts';
import { withStore, withWritableStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { storeDirectory } from '../store-directory.ts';

interface StoreOptions {
  readonly store?: string;
  readonly output?: 'text' | 'json';
}

/** `weir lookups list` */
export async function listLookups(options: StoreOptions): Promise<void> {
  const tables = existsSync(storeDirectory(options))
    ? await withStore(options, (store) => createLookups(store.documents).list())
    : await createLookups(memoryDocuments()).list();
  if (options.output === 'json') return await write(`${JSON.stringify(tables)}\n`);
  const width = Math.max(...tables.map(({ name }) => name.length));
  for (const { name, origin, description } of tables) {
    await write(
      `${name.padEnd(width)}  ${origin === 'bundled' ? 'comes with weir' : 'in the store'}  ${description}\n`,
    );
  }
}

/** `weir lookups add NAME FILE` */
export async function addLookup(
  name: string,
  file: string,
  options: StoreOptions & { readonly key: readonly string[] },
): Promise<void> {
  let content: Uint8Array;
  try {
    content = await readFile(file);
  } catch (failure) {
    throw wrongRequest(systemFailure(failure) ?? `\`${file}\` cannot be read`);
  }
  await withWritableStore(options, async (store) => {
    try {
      const receipt = await createLookups(store.documents).add(
        name,
        basename(file),
        content,
        options.key.length > 0 ? { keys: options.key } : {},
      );
      const rows = receipt.rows === null ? '' : `: ${receipt.rows.toLocaleString('en')} rows`;
      process.stderr.write(
        `added ${receipt.name}${rows}${receipt.rejected > 0 ? `, ${receipt.rejected} rejected` : ''}\n`,
      );
    } catch (failure) {
      if (failure instanceof LookupError) throw wrongRequest(failure.message);
      throw failure;
    }
  });
}

/** `weir lookups remove NAME` */
export async function removeLookup(name: string, options: StoreOptions): Promise<void> {
  await withWritableStore(options, async (store) => {
    if (!(await createLookups(store.documents).remove(name))) {
      throw wrongRequest(
        `there is no table \`${name}\` in the store`,
        '`weir lookups list` shows the tables',
      );
    }
  });
  process.stderr.write(`removed ${name}\n`);
}
