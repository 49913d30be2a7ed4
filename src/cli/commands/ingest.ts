import { readFile } from 'node:fs/promises';
import type { CompiledSource } from '../../ingest/compile-source.ts';
import type { InputFormat } from '../../ingest/format.ts';
import { ingest as ingestFiles } from '../../ingest/ingest.ts';
import { type Receipt, receiptJson, receiptText } from '../../ingest/receipt.ts';
import { DEFAULT_SOURCE, type SourceConfig } from '../../ingest/source-config.ts';
import { parseSourceConfig } from '../../ingest/source-file.ts';
import { storedRules } from '../../ingest/stored-rules.ts';
import { type CompiledRules, compileRules } from '../../rules/compile-rules.ts';
import type { Store } from '../../store/store.ts';
import { CommandFailure, EXIT, systemFailure, wrongRequest } from '../failure.ts';
import { sourceFrom } from '../input.ts';
import { interruptSignal } from '../interrupt.ts';
import { withWritableStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { Progress } from '../progress.ts';

export interface IngestOptions {
  readonly store?: string;
  readonly category?: string;
  readonly name?: string;
  readonly host?: string;
  readonly field: ReadonlyMap<string, string>;
  readonly source?: string;
  readonly format: InputFormat;
  readonly output?: 'text' | 'json';
  readonly follow?: boolean;
}

/**
 * `weir ingest`: files, or objects of S3 buckets, into the store; ends with a receipt. Exit code 1 when
 * one could not be read.
 */
export async function ingest(paths: readonly string[], options: IngestOptions): Promise<void> {
  if (paths.some((path) => path.startsWith('s3://')))
    return await (await import('./ingest-objects.ts')).ingestObjects(paths, options);
  if (options.follow === true)
    return await (await import('./ingest-follow.ts')).ingestFollowed(paths, options);
  const source = await sourceOf(options);
  const signal = interruptSignal();
  const receipt = await withWritableStore(options, (store) =>
    ingestInto(store, { paths, format: options.format, source, signal }),
  );
  await printReceipt(receipt, options);
  if (signal.aborted) throw new CommandFailure(EXIT.interrupted, '');
  if (receipt.files.some(({ error }) => error !== null)) throw new CommandFailure(EXIT.failed, '');
}

/** What the options say about the messages, ready to run. Ends the command when there is no category. */
export async function sourceOf(options: IngestOptions): Promise<CompiledSource> {
  const config = options.source === undefined ? DEFAULT_SOURCE : await readSource(options.source);
  if (options.category === undefined && config.category === null) {
    throw wrongRequest(
      'the messages need a category',
      'say --category C, or `category: C` in the --source file',
    );
  }
  return sourceFrom(config, options);
}

/** The receipt, where and how the options ask for it. */
export async function printReceipt(receipt: Receipt, options: IngestOptions): Promise<void> {
  if (options.output === 'json') await write(`${receiptJson(receipt)}\n`);
  else process.stderr.write(`${receiptText(receipt)}\n`);
}

/** The enabled extraction rules of a store, compiled; null without any. Rules that cannot be read are told. */
export async function rulesOf(store: Store): Promise<CompiledRules | null> {
  const rules = await storedRules(store.documents, (message) =>
    process.stderr.write(`warning: ${message}\n`),
  );
  const enabled = rules.map(({ rule }) => rule).filter((rule) => rule.enabled);
  return enabled.length === 0 ? null : compileRules(enabled);
}

/** What to read into a store. */
export interface IngestWork {
  readonly paths: readonly string[];
  readonly format: InputFormat;
  readonly source: CompiledSource;
  readonly signal: AbortSignal;
}

/**
 * Reads files into an open store with the store's rules; the progress shows on a terminal. What was
 * read before an interruption is kept; a failure of the store keeps nothing of this ingest.
 */
export async function ingestInto(store: Store, work: IngestWork): Promise<Receipt> {
  const rules = await rulesOf(store);
  const writer = store.bulk();
  const progress = new Progress('ingest');
  try {
    const tally = await ingestFiles({
      paths: work.paths,
      format: work.format,
      source: work.source,
      rules,
      now: Date.now,
      signal: work.signal,
      sink: (batch) => writer.add(batch),
      onProgress: ({ bytes, totalBytes, messages }) => progress.update(bytes, totalBytes, messages),
    });
    const { bytes } = await writer.commit();
    progress.clear();
    return tally.receipt(bytes);
  } catch (failure) {
    progress.clear();
    if (!work.signal.aborted) {
      await writer.abort();
      throw failure;
    }
    await writer.commit();
    throw new CommandFailure(EXIT.interrupted, 'interrupted; what was read before is stored');
  }
}

/** A source definition from a file. Ends the command when it has mistakes. */
export async function readSource(file: string): Promise<SourceConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (failure) {
    throw wrongRequest(systemFailure(failure) ?? `\`${file}\` cannot be read`);
  }
  const read = parseSourceConfig(text);
  if (!read.ok) throw wrongRequest(`\`${file}\`: ${read.problems.join('; ')}`);
  return read.value;
}
