import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { KnownNames } from '../../grammar/complete.ts';
import { createLookups } from '../../lookups/lookups.ts';
import { bundledTables } from '../diagnose.ts';
import { withStore } from '../open-store.ts';
import { knownNames } from '../repl/known-names.ts';
import { storeDirectory } from '../store-directory.ts';

/** What the store holds changes: it is looked up again after this many ms. */
const FRESH = 60_000;

/** A completion waits no longer than this many ms for the store; the next one has what was found. */
const PATIENCE = 300;

/** What the store knows by name, for completion. */
export class StoreNames {
  readonly #options: { readonly store?: string };
  #known: KnownNames = {};
  #search: Promise<void> | null = null;
  #since = 0;

  constructor(options: { readonly store?: string }) {
    this.#options = options;
  }

  /** What is known by now: without a store, the tables that come with weir; nothing when it cannot be read. */
  async names(): Promise<KnownNames> {
    if (this.#search === null && Date.now() - this.#since > FRESH) this.#search = this.#lookUp();
    if (this.#search !== null) {
      const late = new AbortController();
      await Promise.race([this.#search, setTimeout(PATIENCE, null, { signal: late.signal }).catch(() => {})]);
      late.abort();
    }
    return this.#known;
  }

  async #lookUp(): Promise<void> {
    try {
      if (existsSync(storeDirectory(this.#options))) {
        this.#known = await withStore(this.#options, (store) =>
          knownNames(store.source(), createLookups(store.documents)),
        );
      } else this.#known = { tables: (await bundledTables()).names };
    } catch {
      // An editor still completes the language when the store cannot be read.
    }
    this.#since = Date.now();
    this.#search = null;
  }
}
