import type { Value } from '../engine/columns/value.ts';
import { QueryFailure } from '../engine/define.ts';
import type { LookupTable, LookupTables } from '../engine/source.ts';
import { nameList } from '../grammar/name-list.ts';
import { asnTableFromCsv, asnTableFromMmdb, bundledAsnTable } from './asn-table.ts';
import { bundledTable } from './bundled-file.ts';
import { classicTable } from './classic-table.ts';
import { readCsv, writeCsv } from './csv.ts';
import type { DocumentStore } from './document-store.ts';
import { bundledGeoTable, geoTableFromCsv, geoTableFromMmdb } from './geo-table.ts';
import { LookupError } from './lookup-error.ts';
import { canonicalName, fileNameOf, kindOf } from './names.ts';
import { importCsv, newTable, pathTable, readTable, saveRows, tableText } from './path-table.ts';
import type { TableColumnType, TableSchema } from './table-schema.ts';
import { readThreatFeed } from './threat-feed.ts';
import { threatTable } from './threat-table.ts';

/** How a `path://` table is made or changed by a file. */
export interface AddOptions {
  /** Primary key of a new table; the first column when not given. */
  readonly keys?: readonly string[];
  /** Types of columns; `string` when not given. */
  readonly types?: ReadonlyMap<string, TableColumnType>;
  readonly ttlSeconds?: number | null;
  readonly whenFull?: TableSchema['whenFull'];
  /** What happens to rows that are there already. Default `replace`. */
  readonly mode?: 'merge' | 'replace';
}

/** What `add` did. */
export interface AddReceipt {
  readonly name: string;
  /** Rows that the table now has, or null where they are not counted (.mmdb). */
  readonly rows: number | null;
  readonly rejected: number;
}

/** A table in a list of tables. */
export interface LookupListing {
  readonly name: string;
  readonly origin: 'store' | 'bundled';
  readonly description: string;
}

/** The lookup tables of a store and those that come with weir. Files are never fetched from anywhere. */
export interface Lookups extends LookupTables {
  /** Puts a table under `name` from the content of a file. Throws a LookupError when it does not fit. */
  add(name: string, fileName: string, content: Uint8Array, options?: AddOptions): Promise<AddReceipt>;
  /** True when there was a table of the store by that name. */
  remove(name: string): Promise<boolean>;
  list(): Promise<readonly LookupListing[]>;
}

const KIND = 'lookup';
const MMDB_MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Before the file name of a table whose content is stored as base64. */
const BINARY = 'base64:';
/** Classic tables beyond this can be stored but not used in a lookup. */
const CLASSIC_LIMIT = 8 * 1024 * 1024;

/** The tables kept in `documents`. `now` is the clock for TTLs, epoch ms. */
export function createLookups(documents: DocumentStore, now: () => number = Date.now): Lookups {
  const opened = new Map<string, Promise<LookupTable | null>>();

  const openStored = async (name: string): Promise<LookupTable | null> => {
    const content = await documents.get(KIND, name);
    return content === null ? null : readStored(name, content, now());
  };
  const open = (written: string): Promise<LookupTable | null> => {
    const name = canonicalName(written);
    let table = opened.get(name);
    if (table === undefined) {
      table = openStored(name).then((stored) => stored ?? openBundled(name));
      opened.set(name, table);
      table.catch(() => opened.delete(name));
    }
    return table;
  };
  const put = async (name: string, content: string) => {
    await documents.put(KIND, name, content);
    opened.delete(name);
  };

  return {
    open,
    async add(written, fileName, content, options = {}) {
      const name = canonicalName(written);
      if (kindOf(name) === 'path') {
        const stored = await documents.get(KIND, name);
        const file = readCsv(decode(content, fileName), fileName);
        const table =
          stored === null || remakes(name, options)
            ? newTable(schemaFor(file.columns, options))
            : readTable(stored);
        const receipt = importCsv(table, file, options.mode ?? 'replace', now());
        await put(name, tableText(receipt.table));
        return { name, rows: receipt.table.rows.length, rejected: receipt.rejected };
      }
      const table = tableFrom(name, fileName, content, now());
      const document = isMmdb(content)
        ? storedText(`${BINARY}${fileName}`, Buffer.from(content).toString('base64'))
        : storedText(fileName, decode(content, fileName));
      await put(name, document);
      const rows = table.rows();
      return { name, rows: rows === null ? null : [...rows].length, rejected: 0 };
    },
    async remove(written) {
      const name = canonicalName(written);
      if ((await documents.get(KIND, name)) === null) return false;
      await documents.remove(KIND, name);
      opened.delete(name);
      return true;
    },
    async list() {
      const stored = await documents.list(KIND);
      const own = stored.map((name) => ({
        name,
        origin: 'store' as const,
        description: DESCRIPTIONS[kindOf(name)],
      }));
      const hidden = new Set(stored);
      return [...own, ...BUNDLED.filter(({ name }) => !hidden.has(name))].toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      );
    },
    async names() {
      const stored = await documents.list(KIND);
      return [...new Set([...stored, ...BUNDLED.map(({ name }) => name)])].toSorted();
    },
    async save(written, columns, rows, append) {
      const name = canonicalName(written);
      try {
        await put(name, await saved(name, columns, rows, append));
      } catch (error) {
        if (error instanceof LookupError) throw new QueryFailure('data', error.message, error.hint);
        throw error;
      }
    },
  };

  async function saved(
    name: string,
    columns: readonly string[],
    rows: readonly (readonly Value[])[],
    append: boolean,
  ): Promise<string> {
    const stored = await documents.get(KIND, name);
    switch (kindOf(name)) {
      case 'path': {
        if (stored === null) {
          throw new LookupError(
            `table \`${name}\` does not exist`,
            'create it first: weir lookups add NAME FILE.csv',
          );
        }
        return tableText(saveRows(readTable(stored), columns, rows, append ? 'merge' : 'replace', now()));
      }
      case 'classic': {
        if (!append || stored === null) return storedText(name, writeCsv(columns, rows));
        const { fileName, text } = splitStored(stored);
        const old = readCsv(text, fileName);
        if (old.columns.join('\n').toLowerCase() !== columns.join('\n').toLowerCase()) {
          throw new LookupError(
            `\`save append\` needs the columns of \`${name}\`: ${nameList(old.columns)}`,
            `found ${nameList(columns)}`,
          );
        }
        return storedText(fileName, writeCsv(old.columns, [...old.rows, ...rows]));
      }
      case 'geo':
      case 'asn':
      case 'threat':
        throw new LookupError(`\`${name}\` cannot be written by a query`, 'use weir lookups add NAME FILE');
    }
  }
}

const DESCRIPTIONS = {
  geo: 'locations of addresses',
  asn: 'networks of addresses',
  threat: 'threat indicators',
  path: 'table with a primary key',
  classic: 'table',
} as const;

const BUNDLED: readonly LookupListing[] = [
  { name: 'asn://default', origin: 'bundled', description: 'networks of addresses (RouteViews, NRO, DB-IP)' },
  { name: 'geo://location', origin: 'bundled', description: 'locations of addresses (DB-IP)' },
  { name: 'https://…/port-numbers.csv', origin: 'bundled', description: 'names of well-known ports' },
  { name: 'https://…/protocol-numbers.csv', origin: 'bundled', description: 'names of IP protocols (IANA)' },
  { name: 'sumo://threat/cs', origin: 'bundled', description: 'empty until a feed is added' },
  { name: 'sumo://threat/i471', origin: 'bundled', description: 'empty until a feed is added' },
];

function openBundled(name: string): LookupTable | null {
  if (name === 'geo://location') return bundledGeoTable();
  if (name === 'asn://default') return bundledAsnTable();
  if (/^sumo:\/\/threat\/(cs|i471)$/.test(name)) return emptyFeed(name);
  const text = bundledTable(fileNameOf(name) ?? '');
  return text === null ? null : classicTable(name, readCsv(text, name));
}

/** Without a feed every address is a miss, and the user should know why. */
function emptyFeed(name: string): LookupTable {
  return {
    ...threatTable(name, []),
    warnings: () => [
      `\`${name}\` has no feed, so nothing matches; add one with weir lookups add ${name} FILE`,
    ],
  };
}

/** Whether the options say what a table is, which makes it anew. Throws a LookupError when its rows are to stay. */
function remakes(name: string, { keys, types, ttlSeconds, whenFull, mode }: AddOptions): boolean {
  const anew = [keys, types, ttlSeconds, whenFull].some((option) => option !== undefined);
  if (anew && mode === 'merge') {
    throw new LookupError(
      `\`${name}\` has its key, types and limits already`,
      'leave out --merge to make it anew, or the options that say what it is',
    );
  }
  return anew;
}

function schemaFor(columns: readonly string[], options: AddOptions): TableSchema {
  const types = new Map([...(options.types ?? [])].map(([name, type]) => [name.toLowerCase(), type]));
  const known = new Set(columns.map((name) => name.toLowerCase()));
  const unknown = [...types.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new LookupError(
      `there is no column \`${unknown}\` to give a type`,
      `the columns are ${nameList(columns)}`,
    );
  }
  const first = columns[0];
  return {
    columns: columns.map((name) => ({ name, type: types.get(name.toLowerCase()) ?? 'string' })),
    primaryKey: options.keys ?? (first === undefined ? [] : [first]),
    ttlSeconds: options.ttlSeconds ?? null,
    whenFull: options.whenFull ?? 'stop',
  };
}

function isMmdb(content: Uint8Array): boolean {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).lastIndexOf(MMDB_MARK) >= 0;
}

function decode(content: Uint8Array, fileName: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new LookupError(
      `\`${fileName}\` is not UTF-8 text`,
      'expected .csv, or .mmdb for geo and asn tables',
    );
  }
}

/** Tables are stored after a line with the name of their file, for later messages. */
function storedText(fileName: string, text: string): string {
  return `${fileName.replaceAll('\n', ' ')}\n${text}`;
}

function splitStored(text: string): { fileName: string; text: string } {
  const end = text.indexOf('\n');
  return { fileName: text.slice(0, end), text: text.slice(end + 1) };
}

function readStored(name: string, stored: string, now: number): LookupTable {
  if (kindOf(name) === 'path') return pathTable(name, readTable(stored), now);
  const { fileName, text } = splitStored(stored);
  if (!fileName.startsWith(BINARY)) return tableFrom(name, fileName, new TextEncoder().encode(text), now);
  return tableFrom(name, fileName.slice(BINARY.length), Buffer.from(text, 'base64'), now);
}

function tableFrom(name: string, fileName: string, content: Uint8Array, now: number): LookupTable {
  const kind = kindOf(name);
  if (isMmdb(content)) {
    if (kind === 'geo') return geoTableFromMmdb(name, content);
    if (kind === 'asn') return asnTableFromMmdb(name, content);
    throw new LookupError(
      `\`${fileName}\` is an .mmdb file`,
      'only geo:// and asn:// tables read .mmdb files',
    );
  }
  const text = decode(content, fileName);
  if (kind === 'threat') return threatTable(name, readThreatFeed(text, fileName, now));
  const file = readCsv(text, fileName);
  if (kind === 'classic') {
    if (text.length > CLASSIC_LIMIT) {
      throw new LookupError(`\`${fileName}\` is too big: ${text.length} bytes, at most ${CLASSIC_LIMIT}`);
    }
    return classicTable(name, file);
  }
  if (!file.columns.some((column) => column.toLowerCase() === 'network')) {
    throw new LookupError(
      `\`${fileName}\` has no \`network\` column`,
      'a CSV file for geo:// or asn:// needs a column `network` with networks such as 10.0.0.0/8',
    );
  }
  return kind === 'geo' ? geoTableFromCsv(name, file) : asnTableFromCsv(name, file);
}
