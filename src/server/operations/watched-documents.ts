import { documentTexts } from '../../ingest/stored-documents.ts';
import type { DocumentStore } from '../../lookups/document-store.ts';

/**
 * Something made of the store's documents of one kind, made anew when they change. Other processes
 * change them too (`weir rules add` while the server runs), so they are looked at again when what is
 * known is older than `every` ms.
 */
export class WatchedDocuments<T> {
  readonly #read: () => Promise<T>;
  readonly #every: number;
  #value: T;
  #checked = 0;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  private constructor(read: () => Promise<T>, every: number, value: T) {
    this.#read = read;
    this.#every = every;
    this.#value = value;
    this.#checked = performance.now();
  }

  /** `make` gets nothing but reads the documents of `kinds` itself; it is called again when their texts differ. */
  static async open<T>(
    documents: DocumentStore,
    kinds: readonly string[],
    make: () => Promise<T>,
    every = 1000,
  ): Promise<WatchedDocuments<T>> {
    let seen = await textsOf(documents, kinds);
    let value = await make();
    const read = async () => {
      const now = await textsOf(documents, kinds);
      if (now === seen) return value;
      value = await make();
      seen = now;
      return value;
    };
    return new WatchedDocuments(read, every, value);
  }

  /** What the documents said when they were last looked at. */
  get value(): T {
    return this.#value;
  }

  /** What they say now; at most `every` ms old. */
  async current(): Promise<T> {
    if (performance.now() - this.#checked < this.#every) return this.#value;
    await (this.#reading ?? this.#readNow());
    return this.#value;
  }

  /**
   * What they say now, read after this call. Callers at the same time share one reading, and there is
   * one at a time, so that a flood of callers costs no more than one after the other.
   */
  async refresh(): Promise<T> {
    if (this.#reading === null) await this.#readNow();
    else {
      this.#next ??= this.#reading
        .catch(() => {})
        .then(() => {
          this.#next = null;
          return this.#readNow();
        });
      await this.#next;
    }
    return this.#value;
  }

  #readNow(): Promise<void> {
    this.#reading = this.#read()
      .then((value) => {
        this.#value = value;
      })
      .finally(() => {
        this.#checked = performance.now();
        this.#reading = null;
      });
    return this.#reading;
  }
}

async function textsOf(documents: DocumentStore, kinds: readonly string[]): Promise<string> {
  return JSON.stringify(await Promise.all(kinds.map((kind) => documentTexts(documents, kind))));
}
