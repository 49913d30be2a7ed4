import { reasonOf } from '../../engine/reason-of.ts';
import { type StoredSource, storedSources } from '../../ingest/stored-sources.ts';
import type { RunningSource, SourceHost, SourceOpeners } from './running-source.ts';

/** Keeps running what the store's sources ask for: starts new ones, restarts changed ones, stops removed ones. */
export class SourceRunner {
  readonly #host: SourceHost;
  readonly #openers: SourceOpeners;
  readonly #running = new Map<
    string,
    { readonly definition: string; readonly source: RunningSource | null }
  >();
  #stopped = false;
  #checking: Promise<void> = Promise.resolve();

  constructor(host: SourceHost, openers: SourceOpeners) {
    this.#host = host;
    this.#openers = openers;
  }

  /** Looks at the store's sources and brings what runs in line with them. */
  check(): Promise<void> {
    this.#checking = this.#checking
      .then(() => this.#check())
      .catch((failure: unknown) => this.#log('', failure));
    return this.#checking;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#checking;
    await Promise.all([...this.#running.keys()].map((name) => this.#end(name)));
  }

  async #check(): Promise<void> {
    if (this.#stopped) return;
    const wanted = (await storedSources(this.#host.store.documents)).filter(({ kind }) =>
      this.#openers.has(kind),
    );
    const definitions = new Map(wanted.map((source) => [source.name, JSON.stringify(source)]));
    for (const [name, { definition }] of this.#running) {
      if (definitions.get(name) !== definition) await this.#end(name);
    }
    for (const source of wanted) if (!this.#running.has(source.name)) await this.#begin(source);
  }

  async #begin(stored: StoredSource): Promise<void> {
    const definition = JSON.stringify(stored);
    // A source that cannot run is remembered too: it is tried again when its definition changes.
    this.#running.set(stored.name, { definition, source: null });
    try {
      const source = await this.#openers.get(stored.kind)!(stored, this.#host);
      this.#running.set(stored.name, { definition, source });
      source.start();
      this.#host.log.write('info', 'source-started', { source: stored.name, kind: stored.kind });
    } catch (failure) {
      this.#log(stored.name, failure);
    }
  }

  async #end(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    if (running === undefined || running.source === null) return;
    await running.source.stop().catch((failure: unknown) => this.#log(name, failure));
    this.#host.log.write('info', 'source-stopped', { source: name });
  }

  #log(source: string, failure: unknown): void {
    const problem = reasonOf(failure);
    this.#host.log.write('error', 'source-unusable', { source, problem });
  }
}
