import { reasonOf } from '../../engine/reason-of.ts';
import type { CloudWatchOptions } from '../../ingest/cloudwatch.ts';
import type { CompiledSource } from '../../ingest/compile-source.ts';
import type { InputFormat } from '../../ingest/format.ts';
import { type IngestProgress, ingest as ingestFiles } from '../../ingest/ingest.ts';
import { ingestTogether } from '../../ingest/ingest-together.ts';
import { type Receipt, receiptJson, receiptText } from '../../ingest/receipt.ts';
import { DEFAULT_SOURCE, type SourceConfig } from '../../ingest/source-config.ts';
import { storedPartitions } from '../../ingest/stored-partitions.ts';
import { storedRules } from '../../ingest/stored-rules.ts';
import { type Arrival, compileArrival } from '../../rules/arrival.ts';
import type { CompiledRules } from '../../rules/compile-rules.ts';
import type { Store } from '../../store/store.ts';
import { CommandFailure, EXIT, wrongRequest } from '../failure.ts';
import { configWith, sourceFrom } from '../input.ts';
import { interruptSignal } from '../interrupt.ts';
import { withWritableStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { Progress } from '../progress.ts';
import { warn } from '../warn.ts';

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
  const { source, config, cloudwatch } = await readingOf(options);
  const signal = interruptSignal();
  const receipt = await withWritableStore(options, (store) =>
    ingestInto(store, { paths, format: options.format, source, config, cloudwatch, signal }),
  );
  await printReceipt(receipt, options);
  if (signal.aborted) throw interrupted();
  if (receipt.files.some(({ error }) => error !== null)) throw new CommandFailure(EXIT.failed, '');
}

/** After a receipt, which says what is stored. */
export function interrupted(): CommandFailure {
  return new CommandFailure(EXIT.interrupted, 'interrupted; what the receipt says is stored');
}

/** How messages are to be understood, ready to run. */
export interface Reading {
  readonly source: CompiledSource;
  /** The same, not compiled. */
  readonly config: SourceConfig;
  /** What becomes of CloudWatch events; null: they are taken as they are. */
  readonly cloudwatch: CloudWatchOptions | null;
  /** The `s3` part of the source file, as written. */
  readonly s3: Readonly<Record<string, unknown>>;
}

/** What the options say about the messages. Ends the command when there is no category. */
export async function readingOf(options: IngestOptions): Promise<Reading> {
  const { config, settings } =
    options.source === undefined
      ? { config: DEFAULT_SOURCE, settings: {} as Record<string, unknown> }
      : await (await import('./sources.ts')).readSourceFile(options.source, 's3');
  if (options.category === undefined && config.category === null) {
    throw wrongRequest(
      'the messages need a category',
      'say --category C, or `category: C` in the --source file',
    );
  }
  const { cloudwatch, ...s3 } = settings;
  return {
    source: sourceFrom(config, options),
    config: configWith(config, options),
    cloudwatch: cloudwatch === undefined ? null : await eventOptions(cloudwatch),
    s3,
  };
}

async function eventOptions(given: unknown): Promise<CloudWatchOptions> {
  const { openCloudWatchOptions, readCloudWatchSettings } = await import(
    '../../ingest/cloudwatch-settings.ts'
  );
  const settings = readCloudWatchSettings(given);
  if (!settings.ok) throw wrongRequest(settings.problems.join('; '));
  try {
    return await openCloudWatchOptions(settings.value, warn);
  } catch (failure) {
    throw wrongRequest(reasonOf(failure));
  }
}

/** The receipt, where and how the options ask for it. */
export async function printReceipt(receipt: Receipt, options: IngestOptions): Promise<void> {
  if (options.output === 'json') await write(`${receiptJson(receipt)}\n`);
  else process.stderr.write(`${receiptText(receipt)}\n`);
}

/** The enabled extraction rules and the partitions of a store, compiled; null without any. What cannot be read is told. */
export async function rulesOf(store: Store): Promise<CompiledRules | null> {
  return compileArrival(await arrivalOf(store));
}

async function arrivalOf(store: Store): Promise<Arrival> {
  const rules = await storedRules(store.documents, warn);
  return {
    rules: rules.map(({ rule }) => rule).filter((rule) => rule.enabled),
    partitions: await storedPartitions(store.documents, warn),
  };
}

/** What to read into a store. */
export interface IngestWork {
  readonly paths: readonly string[];
  readonly format: InputFormat;
  readonly source: CompiledSource;
  /** The same, not compiled: with it, large files and many files are read by several threads. */
  readonly config?: SourceConfig;
  readonly cloudwatch?: CloudWatchOptions | null;
  readonly signal: AbortSignal;
}

/**
 * Reads files into an open store with the store's rules; the progress shows on a terminal. What was
 * read before an interruption is kept; a failure of the store keeps nothing of this ingest.
 */
export async function ingestInto(store: Store, work: IngestWork): Promise<Receipt> {
  const arrival = await arrivalOf(store);
  const rules = compileArrival(arrival);
  const writer = store.bulk();
  const progress = new Progress('ingest');
  const onProgress = ({ bytes, totalBytes, messages }: IngestProgress): void =>
    progress.update(bytes, totalBytes, messages);
  const { paths, format, source, config, signal } = work;
  try {
    // Other threads know nothing of what is looked up for CloudWatch events.
    const plain = (work.cloudwatch ?? null) === null;
    const together =
      config !== undefined && plain
        ? await ingestTogether({ ...arrival, paths, format, config, writer, signal, onProgress })
        : null;
    const tally =
      together ??
      (await ingestFiles({
        paths,
        format,
        source,
        ...cloudwatchOf(work.cloudwatch ?? null),
        rules,
        now: Date.now,
        signal,
        sink: (batch) => writer.add(batch),
        onProgress,
      }));
    const { bytes } = await writer.commit();
    return tally.receipt(bytes);
  } catch (failure) {
    await writer.abort();
    throw failure;
  } finally {
    progress.clear();
  }
}

/** The part of input settings that says what becomes of CloudWatch events. */
export function cloudwatchOf(cloudwatch: CloudWatchOptions | null): {
  readonly cloudwatch?: CloudWatchOptions;
} {
  return cloudwatch === null ? {} : { cloudwatch };
}
