import { existsSync } from 'node:fs';
import type { LookupTables, Source } from '../engine/source.ts';
import type { Macro } from '../grammar/parameters.ts';
import { compileSource } from '../ingest/compile-source.ts';
import { STDIN } from '../ingest/files.ts';
import { filesSource } from '../ingest/files-source.ts';
import { DEFAULT_SOURCE, type SourceConfig } from '../ingest/source-config.ts';
import { type DocumentStore, memoryDocuments } from '../lookups/document-store.ts';
import { wrongRequest } from './failure.ts';
import { inputHasMessages, inputKind } from './standard-input.ts';
import { existingStore, namesStore, storeDirectory } from './store-directory.ts';
import { macrosFor } from './store-macros.ts';

/** What a query runs over. */
export interface Input {
  readonly source: Source;
  readonly lookups: LookupTables;
  /** The macros that a query may use. */
  macros(text: string): Promise<ReadonlyMap<string, Macro>>;
  /** Where it is, for people. */
  readonly description: string;
  /** Files that could not be read so far (to their end). */
  readonly problems: readonly InputFailure[];
  close(): Promise<void>;
}

/** A path that could not be read. */
export interface InputFailure {
  readonly path: string;
  readonly message: string;
}

/** The options that say what to read. */
export interface InputOptions {
  readonly store?: string;
  readonly input?: readonly string[];
  readonly category?: string;
  readonly name?: string;
  readonly host?: string;
  readonly field?: ReadonlyMap<string, string>;
}

/** Opens what a command is to search: `--input`, else messages piped in where no store is named, else the store. */
export async function openInput(options: InputOptions): Promise<Input> {
  if (options.input !== undefined) return await openFiles(options.input, options);
  if (!namesStore(options) && (await hasPipedMessages(storeDirectory(options))))
    return await openFiles([STDIN], options);
  return await openStoreInput(existingStore(options));
}

async function hasPipedMessages(directory: string): Promise<boolean> {
  const storeExists = existsSync(directory);
  const kind = inputKind();
  const has = await inputHasMessages(kind, storeExists);
  // A shell's pipe that says nothing may only be slow: then the store is not what the user wanted.
  if (!has && kind === 'pipe' && storeExists)
    process.stderr.write(
      `note: nothing comes from standard input, so \`${directory}\` is searched; --input - waits for it\n`,
    );
  return has;
}

async function openFiles(paths: readonly string[], options: InputOptions): Promise<Input> {
  const problems: InputFailure[] = [];
  const source = await filesSource({
    paths,
    format: 'auto',
    source: sourceFrom(DEFAULT_SOURCE, options),
    config: configWith(DEFAULT_SOURCE, options),
    rules: null,
    now: Date.now,
    onProblem: (path, message) => problems.push({ path, message }),
  });
  // Files bring no tables of their own, but those of a store that is there can be used with them.
  const store = existsSync(storeDirectory(options)) ? await openStoreInput(storeDirectory(options)) : null;
  return {
    source,
    lookups: store?.lookups ?? lookupsOf(writtenThrough(memoryDocuments(), options)),
    macros: (text) => macrosFor(text, options),
    description: source.description,
    problems,
    close: async () => await store?.close(),
  };
}

async function openStoreInput(directory: string): Promise<Input> {
  const { openStore } = await import('../store/store.ts');
  const store = await openStore(directory, { mode: 'read' });
  return {
    source: store.source(),
    lookups: lookupsOf(writtenThrough(store.documents, { store: directory })),
    macros: (text) => macrosFor(text, { store: directory }),
    description: directory,
    problems: [],
    close: () => store.close(),
  };
}

/** A source definition with what the command line says in its place. */
export function configWith(config: SourceConfig, options: InputOptions): SourceConfig {
  return {
    ...config,
    category: options.category ?? config.category,
    name: options.name ?? config.name,
    host: options.host ?? config.host,
    fields: [...config.fields, ...(options.field ?? [])],
  };
}

/** The same, ready to run. Ends the command when the definition has mistakes. */
export function sourceFrom(config: SourceConfig, options: InputOptions) {
  const compiled = compileSource(configWith(config, options));
  if (!compiled.ok) throw wrongRequest(compiled.problems.join('; '));
  return compiled.value;
}

/** Documents as they are read here, and written (`save`) to the store, which is made when it is missing. */
function writtenThrough(documents: DocumentStore, options: { readonly store?: string }): DocumentStore {
  const inStore = async <T>(work: (documents: DocumentStore) => Promise<T>) => {
    const { withDocuments } = await import('./open-documents.ts');
    return await withDocuments(options, work);
  };
  return {
    get: (kind, name) => documents.get(kind, name),
    list: (kind) => documents.list(kind),
    put: (kind, name, content) => inStore((writable) => writable.put(kind, name, content)),
    remove: (kind, name) => inStore((writable) => writable.remove(kind, name)),
  };
}

/** The lookup tables of some documents; their code and data are loaded when a query asks for a table. */
function lookupsOf(documents: DocumentStore): LookupTables {
  let loaded: Promise<LookupTables> | null = null;
  const tables = () => {
    loaded ??= import('../lookups/lookups.ts').then(({ createLookups }) => createLookups(documents));
    return loaded;
  };
  return {
    open: async (name) => await (await tables()).open(name),
    save: async (name, columns, rows, append) => await (await tables()).save(name, columns, rows, append),
    names: async () => await (await tables()).names(),
  };
}
