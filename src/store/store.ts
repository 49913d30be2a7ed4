import type { Batch } from '../engine/columns/batch.ts';
import { reasonOf } from '../engine/reason-of.ts';
import type { Scope } from '../grammar/ast.ts';
import type { BulkWriter } from './bulk-writer.ts';
import { type Disk, pathIn, realDisk } from './disk.ts';
import { Documents } from './documents.ts';
import { StoreError } from './failure.ts';
import { Ledger } from './ledger.ts';
import { type Lock, takeLock } from './lock.ts';
import { compactionRuns, compactRun, type Deletion, deleteFrom, oldestBeyond } from './maintenance.ts';
import { manifestPath, storedBytes } from './manifest.ts';
import { recover } from './recover.ts';
import { keepReserve } from './reserve.ts';
import { canFilter } from './scan.ts';
import { SegmentPool } from './segment-pool.ts';
import { copyStore, linkAside } from './snapshot.ts';
import { makeFolders, type StoreFolder, storeFolder } from './store-folder.ts';
import { bytesOnDisk, type StoreInfo, storeInfo } from './store-info.ts';
import { StoreReader } from './store-reader.ts';
import { StoreSource, type StoreState, visible } from './store-source.ts';
import { type AppendOptions, type StoreObserver, StoreWriter, type WriterLoad } from './store-writer.ts';
import { type VerifyReport, verifyStore } from './verify.ts';

export type { StoreInfo } from './store-info.ts';

/** How to open a store. */
export interface StoreOptions {
  /** `write`: one process at a time; the directory is made when missing. `read`: any number, changes nothing. */
  readonly mode: 'read' | 'write';
  readonly disk?: Disk;
  /** Wall clock, epoch ms. */
  readonly now?: () => number;
  /** Rows in the log after which they are written as segments. */
  readonly flushRows?: number;
  /** Bytes of the log after which its rows are written as segments. */
  readonly flushBytes?: number;
}

const FLUSH_ROWS = 1 << 20;
const FLUSH_BYTES = 64 << 20;
const EVERYTHING: Scope = { kind: 'all', span: { start: 0, end: 0 } };

/** Opens a store. Throws a StoreError when it is missing (`read`), in use (`write`) or of a newer version. */
export async function openStore(directory: string, options: StoreOptions): Promise<Store> {
  const disk = options.disk ?? realDisk;
  const folder = storeFolder(directory);
  const pool = new SegmentPool(disk, folder.segments);
  const now = options.now ?? Date.now;
  const base = { disk, folder, pool, now };
  if (options.mode === 'read') {
    if (!(await disk.exists(manifestPath(directory))) && !(await disk.exists(folder.logs))) {
      throw new StoreError(
        'missing',
        `there is no store in \`${directory}\``,
        'make one with `weir ingest`, or name another with --store',
      );
    }
    const reader = new StoreReader(disk, folder);
    await reader.state();
    return new Store({ ...base, ledger: await Ledger.open(disk, directory, now), reader, writer: null });
  }
  await makeFolders(disk, folder);
  const lock = await takeLock(disk, directory);
  try {
    const ledger = await Ledger.open(disk, directory, now);
    const recovered = await recover(disk, folder, ledger);
    const limits = { rows: options.flushRows ?? FLUSH_ROWS, bytes: options.flushBytes ?? FLUSH_BYTES };
    const writer = new StoreWriter({ disk, folder, pool, ledger, limits }, recovered);
    if (recovered.rebuilt || recovered.manifest.generation === 0) await writer.commit((same) => same);
    await ledger.save();
    return new Store({ ...base, ledger, reader: null, writer: { writer, lock } });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface StoreParts {
  readonly disk: Disk;
  readonly folder: StoreFolder;
  readonly pool: SegmentPool;
  readonly ledger: Ledger;
  readonly now: () => number;
  readonly reader: StoreReader | null;
  readonly writer: { readonly writer: StoreWriter; readonly lock: Lock } | null;
}

/** What is in a store, as far as its writer knows without a look at the disk. */
export interface StoreFigures {
  readonly messages: number;
  readonly segments: number;
  /** Of segments and log. */
  readonly bytes: number;
  /** What is in no segment yet. */
  readonly unflushed: WriterLoad;
}

/** A store of messages in a directory: appends that are durable when they resolve, and a source for queries. */
export class Store {
  readonly documents: Documents;
  /** Everything that was refused, dropped or set aside. */
  readonly ledger: Ledger;
  readonly #parts: StoreParts;
  #compacting: Promise<void> | null = null;
  #closed = false;

  /** For `openStore`. */
  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.ledger = parts.ledger;
    this.documents = new Documents(parts.disk, parts.folder.root, () => this.#writer());
    if (parts.writer !== null) parts.writer.writer.afterFlush = () => this.#compactSoon();
  }

  get directory(): string {
    return this.#parts.folder.root;
  }

  /** Why the store accepts nothing more, or null. */
  get failure(): StoreError | null {
    return this.#parts.writer?.writer.failure ?? null;
  }

  /** The writer; throws when the store is open for reading only, and when it must work but is closed or failed. */
  #writer(mustWork = true): StoreWriter {
    const { writer } = this.#parts;
    if (writer === null) {
      throw new StoreError('read-only', `the store \`${this.directory}\` is open for reading only`);
    }
    if (mustWork) writer.writer.check();
    return writer.writer;
  }

  // ---- writing ------------------------------------------------------------------------------

  /**
   * Stores batches, all or none. Resolves once they are durable: they survive a crash or power loss
   * from then on. With a `batchId` that was stored before, resolves without storing again.
   */
  append(batches: Batch | readonly Batch[], options: AppendOptions = {}): Promise<void> {
    const list = (Array.isArray(batches) ? batches : [batches]) as readonly Batch[];
    return this.#writer().append(list, options);
  }

  /** Whether a batch of this id is stored or being stored; the ids of the last 20,000 are known for certain. */
  hasBatch(batchId: string): boolean {
    return this.#writer().hasBatch(batchId);
  }

  /** Moves everything from the log into segments. */
  flush(): Promise<void> {
    return this.#writer().flush();
  }

  /** A writer of segments without the log, for large files: durable and visible at its `commit`. */
  bulk(): BulkWriter {
    return this.#writer().bulk();
  }

  /** How far an ingest has come, as its last `commit` said; null at first. */
  checkpoint(name: string): string | null {
    return this.#writer().manifest.checkpoints.find(([known]) => known === name)?.[1] ?? null;
  }

  /** How far every ingest has come, by its name; for readers too. */
  async checkpoints(): Promise<ReadonlyMap<string, string>> {
    return new Map((await this.#state(false)).manifest.checkpoints);
  }

  // ---- care -----------------------------------------------------------------------------------

  /** Joins small segments; how many segments are fewer. Queries and appends go on meanwhile. */
  async compact(): Promise<number> {
    await this.flush();
    return this.#compact(true);
  }

  async #compact(all: boolean): Promise<number> {
    const writer = this.#writer();
    const before = writer.manifest.segments.length;
    for (;;) {
      // One run at a time, planned anew each time: a flush may come between.
      const more = await writer.exclusive(async () => {
        const unflushed = writer.state.tail.map((entry) => entry.sequence);
        const [run] = compactionRuns(writer.manifest.segments, all, unflushed);
        if (run === undefined || this.#closed) return false;
        await writer.withReserve(() => compactRun(writer.maintenance(), run));
        return true;
      });
      if (!more) break;
    }
    return before - writer.manifest.segments.length;
  }

  /** Joins many small segments in the background. */
  #compactSoon(): void {
    const writer = this.#parts.writer?.writer;
    if (writer === undefined || this.#compacting !== null || this.#closed) return;
    if (compactionRuns(writer.manifest.segments, false, []).length === 0) return;
    this.#compacting = this.#compact(false)
      .then(() => {})
      .catch((error: unknown) => {
        // Nothing is lost: the segments stay as they are.
        this.ledger.add({ what: 'refused', why: `joining segments failed: ${reasonOf(error)}` });
      })
      .finally(() => {
        this.#compacting = null;
      });
  }

  /** Deletes for good the messages that a search would find; how many there were. */
  async delete(deletion: Deletion): Promise<number> {
    const filter = visible(deletion.filter, this.#writer().manifest.fields);
    return await this.#delete({ ...deletion, filter });
  }

  async #delete(deletion: Deletion): Promise<number> {
    const writer = this.#writer();
    if (!canFilter(deletion.filter)) {
      throw new StoreError(
        'request',
        'a subquery cannot say what to delete',
        'run it first and name its values',
      );
    }
    await writer.withReserve(() => writer.flush());
    let deleted = 0;
    for (const entry of writer.manifest.segments) {
      deleted += await writer.exclusive(async () => {
        // Compaction may have replaced it meanwhile.
        if (!writer.manifest.segments.includes(entry)) return 0;
        return writer.withReserve(() => deleteFrom(writer.maintenance(), entry, deletion));
      });
    }
    await writer.exclusive(() => this.#keepReserve(writer));
    return deleted;
  }

  #keepReserve(writer: StoreWriter): Promise<void> {
    return keepReserve(this.#parts.disk, this.#parts.folder, storedBytes(writer.manifest));
  }

  /** Deletes messages older than `maxAge` ms, then the oldest segments until all take at most `maxBytes`; how many messages. */
  async retention(limits: { readonly maxAge?: number; readonly maxBytes?: number }): Promise<number> {
    const writer = this.#writer();
    const { maxAge, maxBytes } = limits;
    let deleted = 0;
    if (maxAge !== undefined) {
      const to = this.#parts.now() - maxAge;
      // Rows of views grow old like all others.
      deleted += await this.#delete({ filter: EVERYTHING, time: { from: -Infinity, to } });
    }
    if (maxBytes === undefined) return deleted;
    await writer.withReserve(() => writer.flush());
    return (
      deleted +
      (await writer.exclusive(async () => {
        const gone = oldestBeyond(writer.manifest.segments, maxBytes);
        if (gone.length > 0) await writer.withReserve(() => writer.maintenance().replace(gone, []));
        return gone.reduce((rows, entry) => rows + entry.rows, 0);
      }))
    );
  }

  /** Makes a copy of the store as it is now in an empty or new directory; the copy is a store of its own. */
  async snapshot(directory: string): Promise<void> {
    if (this.#parts.writer !== null) await this.flush();
    await this.#exclusive(async () => {
      const { manifest, tail } = await this.#state(false);
      if (this.#parts.writer === null && tail.length > 0) {
        throw new StoreError(
          'request',
          'the store has messages in its log, which a copy would miss',
          'make the snapshot in the process that writes the store, or open it for writing',
        );
      }
      await copyStore(this.#parts.disk, this.#parts.folder, manifest, directory);
    });
  }

  /** Reads everything and checks it. With `setAside`, damaged segments are moved away and noted in the ledger. */
  async verify(options: { readonly setAside?: boolean } = {}): Promise<VerifyReport> {
    const writer = options.setAside === true ? this.#writer() : null;
    return this.#exclusive(async () => {
      const { disk, folder } = this.#parts;
      const { manifest } = await this.#state(false);
      const report = await verifyStore(disk, folder, manifest.segments);
      if (writer === null) return report;
      for (const { file, what } of report.damages) await this.#setAside(writer, file, what);
      await this.ledger.save();
      return report;
    });
  }

  async #setAside(writer: StoreWriter, file: string, why: string): Promise<void> {
    const { disk, folder } = this.#parts;
    const entry = writer.manifest.segments.find((candidate) => candidate.file === file);
    if (entry === undefined) return;
    const path = pathIn(folder.segments, file);
    // A second name first: the first one goes with the manifest's next state.
    if (await disk.exists(path)) await linkAside(disk, path, pathIn(folder.setAside, file));
    const { rows, bytes } = entry;
    this.ledger.add({ what: 'set-aside', why, where: file, messages: rows, bytes });
    await writer.maintenance().replace([entry], []);
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#parts.writer?.writer.exclusive(work) ?? work();
  }

  // ---- reading ------------------------------------------------------------------------------

  /** The store as a source of queries. */
  source(): StoreSource {
    const { disk, folder, pool } = this.#parts;
    const shareable = disk === realDisk ? folder.segments : null;
    return new StoreSource(`store ${this.directory}`, {
      pool,
      folder: shareable,
      state: (again) => this.#state(again),
      hold: () => this.#hold(),
    });
  }

  /** See `StoreWriter.hold`; nothing changes what a reader has. */
  #hold(): () => void {
    return this.#parts.writer?.writer.hold() ?? (() => {});
  }

  /** The state now; what another process wrote meanwhile included. */
  async #state(again: boolean): Promise<StoreState> {
    const { reader, writer } = this.#parts;
    return reader === null ? writer!.writer.state : reader.state(again);
  }

  /** What is in the store. */
  async info(): Promise<StoreInfo> {
    const { disk, folder } = this.#parts;
    const onDisk = await bytesOnDisk(disk, folder);
    const release = this.#hold();
    try {
      const { manifest, tail } = await this.#state(false);
      return storeInfo(manifest, tail, this.ledger.entries(), onDisk);
    } finally {
      release();
    }
  }

  /** What is in the store in short, from memory; for a writer. */
  figures(): StoreFigures {
    const { manifest, load } = this.#writer(false);
    const stored = manifest.segments.reduce((rows, entry) => rows + entry.rows, 0);
    return {
      messages: stored + load.messages,
      segments: manifest.segments.length,
      bytes: storedBytes(manifest) + load.bytes,
      unflushed: load,
    };
  }

  /** From now on `observer` hears how long things take. */
  observe(observer: StoreObserver): void {
    this.#writer().observer = observer;
  }

  /** Flushes, closes and gives the lock back. What was acknowledged is safe even when the flush fails. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { writer, pool } = this.#parts;
    await writer?.writer.close();
    await this.#compacting;
    await pool.close();
    if (writer === null) return;
    await this.ledger.save().catch(() => {});
    await writer.lock.release();
  }
}
