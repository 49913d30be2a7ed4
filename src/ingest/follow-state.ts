import { createHash, randomUUID } from 'node:crypto';
import type { Batch } from '../engine/columns/batch.ts';
import type { Store } from '../store/store.ts';

/** How far a followed file was read. */
export interface FileState {
  /** Device and inode: the file, whatever its name. */
  readonly id: string;
  /** Where it was found last; absolute. */
  readonly path: string;
  /** What its messages have as source name. */
  readonly name: string;
  /** The argument, made absolute, that led to it. */
  readonly argument: string;
  /** Bytes that were read. */
  readonly offset: number;
  /** Hash of the `tailBytes` bytes before the offset: a file that changed there is another one. */
  readonly tail: string;
  readonly tailBytes: number;
  /** The flow log header in force, or null. */
  readonly header: string | null;
}

/** Some bytes of one file on their way to the store: `after` is what is true once they are there. */
export interface Step {
  readonly before: FileState;
  readonly after: FileState;
}

/** The part of a store that following needs. */
export type FollowStore = Pick<Store, 'append' | 'documents' | 'failure'>;

interface Saved {
  readonly files: readonly FileState[];
  /** Steps that were about to be appended under this id: whether they were, only the store knows. */
  readonly pending: { readonly batchId: string; readonly steps: readonly Step[] } | null;
}

const KIND = 'follow';
/** Files no longer followed whose states are kept. */
const MOST_RELEASED = 200;

/**
 * How far all files were read, kept so that a restart at any moment neither loses nor doubles: what is
 * about to be stored is written down first, under an id that the store takes only once.
 */
export class FollowStates {
  readonly #store: FollowStore;
  readonly #name: string;
  readonly #files: Map<string, FileState>;
  #pending: Saved['pending'];
  /** Ids of files that are not followed any more, the longest ago first. */
  readonly #released = new Set<string>();
  /** Whether the document tells less than is known. */
  #stale = false;

  private constructor(store: FollowStore, name: string, saved: Saved) {
    this.#store = store;
    this.#name = name;
    this.#files = new Map(saved.files.map((file) => [file.id, file]));
    this.#pending = saved.pending;
  }

  /** The states kept for messages of this category. */
  static async open(store: FollowStore, category: string): Promise<FollowStates> {
    const name = createHash('sha256').update(category).digest('hex').slice(0, 32);
    const text = await store.documents.get(KIND, name);
    const saved = text === null ? { files: [], pending: null } : (JSON.parse(text) as Saved);
    return new FollowStates(store, name, saved);
  }

  /** Steps of an earlier run that have to be read and appended again, or null. */
  get pending(): Saved['pending'] {
    return this.#pending;
  }

  get(id: string): FileState | null {
    return this.#files.get(id) ?? null;
  }

  all(): readonly FileState[] {
    return [...this.#files.values()];
  }

  /** Remembers a state at the next save. */
  set(state: FileState): void {
    this.#files.set(state.id, state);
    this.#released.delete(state.id);
    this.#stale = true;
  }

  /**
   * The file is not followed any more. Its state is kept for a while: a file system that was away
   * comes back, and the bytes before the offset tell whether the file is the same.
   */
  release(id: string): void {
    this.#released.delete(id);
    this.#released.add(id);
    if (this.#released.size <= MOST_RELEASED) return;
    for (const oldest of this.#released) {
      this.#released.delete(oldest);
      this.#files.delete(oldest);
      this.#stale = true;
      return;
    }
  }

  /** Stores the batches of some steps. When this rejects, nothing has changed. */
  async append(batches: readonly Batch[], steps: readonly Step[]): Promise<void> {
    const batchId = `follow-${randomUUID()}`;
    this.#pending = { batchId, steps };
    try {
      await this.#write();
      await this.#store.append(batches, { batchId });
    } catch (failure) {
      this.#pending = null;
      this.#stale = true;
      throw failure;
    }
    this.#done(steps);
  }

  /** Stores the steps of an earlier run, unless the store has them. */
  async appendPending(batches: readonly Batch[]): Promise<void> {
    if (this.#pending === null) return;
    await this.#store.append(batches, { batchId: this.#pending.batchId });
    this.#done(this.#pending.steps);
  }

  #done(steps: readonly Step[]): void {
    this.#pending = null;
    for (const { after } of steps) this.#files.set(after.id, after);
    this.#stale = true;
  }

  /** Writes down what is known, when that is more than was written before. */
  async save(): Promise<void> {
    if (!this.#stale) return;
    await this.#write();
    this.#stale = false;
  }

  async #write(): Promise<void> {
    const saved: Saved = { files: this.all(), pending: this.#pending };
    await this.#store.documents.put(KIND, this.#name, JSON.stringify(saved));
  }
}
