import { createReadStream } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { columnNamed } from '../../engine/columns/batch.ts';
import { textAt, valueAt } from '../../engine/columns/column.ts';
import { StreamReading } from '../../ingest/ingest.ts';
import { receiptText, Tally } from '../../ingest/receipt.ts';
import { readS3Settings } from '../../ingest/s3-settings.ts';
import { DEFAULT_SOURCE, type SourceConfig } from '../../ingest/source-config.ts';
import {
  removeSource as dropSource,
  addSource as keepSource,
  SOURCE_KINDS,
  type SourceKind,
  splitSettings,
  storedSources,
} from '../../ingest/stored-sources.ts';
import { wrongRequest } from '../failure.ts';
import { sourceFrom } from '../input.ts';
import { withDocuments } from '../open-documents.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { readNamedText } from '../read-file.ts';
import type { StoreOptions } from '../store-directory.ts';

/** `weir sources list` */
export async function listSources(options: StoreOptions): Promise<void> {
  const sources = await withStore(options, (store) => storedSources(store.documents));
  if (options.output === 'json') {
    const rows = sources.map(({ name, kind, config, settings, added }) => ({
      name,
      kind,
      category: config.category,
      settings,
      added,
    }));
    return await write(`${JSON.stringify(rows)}\n`);
  }
  if (sources.length === 0)
    return await write('no sources; weir sources add http NAME --category C adds one\n');
  for (const { name, kind, config } of sources)
    await write(`${kind.padEnd(4)}  ${name}  ${config.category ?? ''}\n`);
}

export interface AddOptions extends StoreOptions {
  readonly category?: string;
  readonly file?: string;
}

/** `weir sources add KIND NAME` */
export async function addSource(kind: string, name: string, options: AddOptions): Promise<void> {
  if (!isKind(kind))
    throw wrongRequest(`\`${kind}\` is no kind of source`, `the kinds are ${SOURCE_KINDS.join(' and ')}`);
  const { config, settings } =
    options.file === undefined
      ? { config: DEFAULT_SOURCE, settings: {} }
      : await readSourceFile(options.file, kind);
  const category = options.category ?? config.category;
  if (category === null)
    throw wrongRequest('the source needs a category', 'say --category C, or `category: C` in its file');
  if (kind === 's3') {
    const { cloudwatch: _, ...bucket } = settings;
    const s3 = readS3Settings(bucket);
    if (!s3.ok)
      throw wrongRequest(s3.problems.join('; '), 'a --file with an `s3:` part says which bucket to read');
  }
  const complete: SourceConfig = { ...config, category };
  sourceFrom(complete, {});
  const { code } = await withDocuments(options, (documents) =>
    keepSource(documents, { name, kind, config: complete, settings }, Date.now()),
  );
  const path = code === null ? null : `/receiver/v1/http/${code}`;
  if (options.output === 'json')
    return await write(`${JSON.stringify(path === null ? { name } : { name, path })}\n`);
  if (path === null) return await write(`added ${name}; weir serve reads from it\n`);
  await write(
    `added ${name}; weir serve takes its messages at\n${path}\nWhoever knows this address may send. It is shown only now.\n`,
  );
}

/** `weir sources remove NAME` */
export async function removeSource(name: string, options: StoreOptions): Promise<void> {
  const removed = await withDocuments(options, (documents) => dropSource(documents, name));
  if (!removed) throw wrongRequest(`there is no source \`${name}\``, '`weir sources list` shows the sources');
  process.stderr.write(`removed ${name}; its messages stay\n`);
}

/** `weir sources test FILE [LINES]`: what becomes of sample lines (a file, or standard input) under a source definition. */
export async function testSource(file: string, lines: string | undefined): Promise<void> {
  const { config } = await readSourceFile(file, 'http');
  const source = sourceFrom(config, {});
  const stream = lines === undefined ? process.stdin : createReadStream(lines);
  const tally = new Tally();
  const reading = new StreamReading(lines ?? 'stdin', { format: 'auto', source, now: Date.now }, tally);
  for await (const batch of reading.batches(stream)) {
    const time = columnNamed(batch, '_messageTime');
    const raw = columnNamed(batch, '_raw');
    for (let row = 0; row < batch.length; row++) {
      await write(`${new Date(Number(valueAt(time, row))).toISOString()}  ${textAt(raw, row)}\n`);
      tally.stored++;
    }
  }
  process.stderr.write(`${receiptText(tally.receipt())}\n`);
}

/** A source definition from a file, and the settings of its kind as written. Ends the command when it has mistakes. */
export async function readSourceFile(
  file: string,
  kind: SourceKind,
): Promise<{ config: SourceConfig; settings: Record<string, unknown> }> {
  const text = await readNamedText(file);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 20 });
  } catch (failure) {
    if (failure instanceof YAMLParseError)
      throw wrongRequest(`\`${file}\` is no valid YAML: ${failure.message}`);
    throw failure;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrongRequest(
      `\`${file}\` is no source definition`,
      'write keys such as `category:` and `processingRules:`',
    );
  const { config, settings } = splitSettings(value as Record<string, unknown>, kind);
  if (!config.ok) throw wrongRequest(`\`${file}\`: ${config.problems.join('; ')}`);
  return { config: config.value, settings };
}

function isKind(kind: string): kind is SourceKind {
  return (SOURCE_KINDS as readonly string[]).includes(kind);
}
