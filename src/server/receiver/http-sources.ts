import { reasonOf } from '../../engine/reason-of.ts';
import type { CloudWatchOptions } from '../../ingest/cloudwatch.ts';
import { openCloudWatchOptions, readCloudWatchSettings } from '../../ingest/cloudwatch-settings.ts';
import { type CompiledSource, compileSource } from '../../ingest/compile-source.ts';
import { messagesOf, type StoredSource, sourceOfCode, storedSources } from '../../ingest/stored-sources.ts';
import type { DocumentStore } from '../../lookups/document-store.ts';
import type { Log } from '../operations/log.ts';
import { WatchedDocuments } from '../operations/watched-documents.ts';

/** An HTTP source ready to take messages. */
export interface HttpSource {
  readonly name: string;
  readonly source: CompiledSource;
  readonly cloudwatch: CloudWatchOptions;
}

/** The HTTP sources of a store, found by their code. New ones are known from their first request on. */
export class HttpSources {
  readonly #sources: WatchedDocuments<readonly StoredSource[]>;
  readonly #log: Log;
  readonly #ready = new WeakMap<StoredSource, Promise<HttpSource | null>>();

  private constructor(sources: WatchedDocuments<readonly StoredSource[]>, log: Log) {
    this.#sources = sources;
    this.#log = log;
  }

  static async open(documents: DocumentStore, log: Log): Promise<HttpSources> {
    const make = () => storedSources(documents);
    return new HttpSources(await WatchedDocuments.open(documents, ['source'], make), log);
  }

  /** The source with this code, or null. */
  async withCode(code: string): Promise<HttpSource | null> {
    const stored =
      sourceOfCode(await this.#sources.current(), code) ?? sourceOfCode(await this.#sources.refresh(), code);
    if (stored === null) return null;
    let ready = this.#ready.get(stored);
    if (ready === undefined) {
      ready = this.#prepare(stored);
      this.#ready.set(stored, ready);
    }
    return await ready;
  }

  async #prepare(stored: StoredSource): Promise<HttpSource | null> {
    const { name, settings } = stored;
    try {
      const source = compileSource(messagesOf(stored));
      const cloudwatch = readCloudWatchSettings(settings.cloudwatch);
      if (!source.ok) throw new Error(source.problems.join('; '));
      if (!cloudwatch.ok) throw new Error(cloudwatch.problems.join('; '));
      return {
        name,
        source: source.value,
        cloudwatch: await openCloudWatchOptions(cloudwatch.value, (problem) =>
          this.#log.write('warn', 'interfaces-unknown', { source: name, problem }),
        ),
      };
    } catch (failure) {
      this.#log.write('error', 'source-unusable', { source: name, problem: reasonOf(failure) });
      return null;
    }
  }
}
