import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { counted, grouped } from '../../grammar/counted.ts';
import { memoryDocuments } from '../../lookups/document-store.ts';
import { type AddOptions, createLookups } from '../../lookups/lookups.ts';
import { canonicalName, kindOf } from '../../lookups/names.ts';
import { COLUMN_TYPES, type TableColumnType } from '../../lookups/table-schema.ts';
import { wrongRequest } from '../failure.ts';
import { withDocuments } from '../open-documents.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { readNamedFile } from '../read-file.ts';
import { existingStore, type StoreOptions, storeDirectory } from '../store-directory.ts';

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

export interface AddLookupOptions extends StoreOptions {
  readonly key: readonly string[];
  readonly type: ReadonlyMap<string, string>;
  readonly ttl?: string;
  readonly merge?: boolean;
  readonly whenFull?: 'stop' | 'evict';
}

/** `weir lookups add NAME FILE` */
export async function addLookup(name: string, file: string, options: AddLookupOptions): Promise<void> {
  const how = addOptions(name, options);
  const content = await readNamedFile(file);
  const receipt = await withDocuments(options, (documents) =>
    createLookups(documents).add(name, basename(file), content, how),
  );
  const rows = receipt.rows === null ? '' : `: ${counted(receipt.rows, 'row')}`;
  const rejected =
    receipt.rejected === 0
      ? ''
      : `, ${grouped(receipt.rejected)} rejected: a cell does not fit its column, or the row is too long`;
  process.stderr.write(`added ${receipt.name}${rows}${rejected}\n`);
}

/** The options as the tables want them; those that only `path://` tables have are refused for others. */
function addOptions(name: string, options: AddLookupOptions): AddOptions {
  const { key, type, ttl, merge, whenFull } = options;
  const given: readonly (readonly [string, boolean])[] = [
    ['--key', key.length > 0],
    ['--type', type.size > 0],
    ['--ttl', ttl !== undefined],
    ['--merge', merge === true],
    ['--when-full', whenFull !== undefined],
  ];
  const meaningless = given.find(([, used]) => used)?.[0];
  if (meaningless !== undefined && kindOf(canonicalName(name)) !== 'path')
    throw wrongRequest(
      `\`${meaningless}\` means nothing for \`${name}\``,
      'only tables whose name begins with path:// have keys, types and a time to live',
    );
  return {
    ...(key.length > 0 ? { keys: key } : {}),
    ...(type.size > 0
      ? { types: new Map([...type].map(([column, text]) => [column, columnType(text)])) }
      : {}),
    ...(ttl === undefined ? {} : { ttlSeconds: secondsOf(ttl) }),
    ...(whenFull === undefined ? {} : { whenFull }),
    ...(merge === true ? { mode: 'merge' } : {}),
  };
}

function columnType(text: string): TableColumnType {
  const type = COLUMN_TYPES.find((each) => each === text.toLowerCase());
  if (type === undefined)
    throw wrongRequest(`\`${text}\` is no type of a column`, `the types are ${COLUMN_TYPES.join(', ')}`);
  return type;
}

function secondsOf(text: string): number {
  const found = /^(\d+)\s*([smhdw])$/.exec(text.trim());
  const seconds = Number(found?.[1]) * (UNIT_SECONDS.get(found?.[2] ?? '') ?? Number.NaN);
  if (!(seconds > 0)) throw wrongRequest(`\`${text}\` is no duration`, 'write 30m, 12h, 7d or 4w');
  return seconds;
}

const UNIT_SECONDS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** `weir lookups remove NAME` */
export async function removeLookup(name: string, options: StoreOptions): Promise<void> {
  existingStore(options);
  const removed = await withDocuments(options, (documents) => createLookups(documents).remove(name));
  if (!removed)
    throw wrongRequest(`there is no table \`${name}\` in the store`, '`weir lookups list` shows the tables');
  process.stderr.write(`removed ${name}\n`);
}
