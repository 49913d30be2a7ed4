import { setImmediate } from 'node:timers/promises';
import type { Batch } from '../engine/columns/batch.ts';
import type { Scope } from '../grammar/ast.ts';
import { BulkWriter, type Checkpoint, type WrittenSegment } from './bulk-writer.ts';
import { checksum } from './checksum.ts';
import { type Disk, pathIn, readWhole, realDisk } from './disk.ts';
import { Documents } from './documents.ts';
import { StoreError } from './failure.ts';
import { Ledger } from './ledger.ts';
import { type Lock, takeLock } from './lock.ts';
import {
  compactionRuns,
  compactRun,
  type Deletion,
  deleteFrom,
  type MaintenanceTarget,
} from './maintenance.ts';
import { type Manifest, manifestPath, type SegmentEntry, writeManifest } from './manifest.ts';
import { recover, type TailBatch, tailOf } from './recover.ts';
import { keepReserve, spendReserve } from './reserve.ts';
import { canFilter } from './scan.ts';
import { SegmentCollector } from './segment-collector.ts';
import { SegmentPool } from './segment-pool.ts';
import { copyStore, linkAside } from './snapshot.ts';
import { fileNumber, logFile, makeFolders, type StoreFolder, storeFolder } from './store-folder.ts';
import { bytesOnDisk, type StoreInfo, storeInfo } from './store-info.ts';
import { StoreSource, type StoreState } from './store-source.ts';
import { type VerifyReport, verifyStore } from './verify.ts';
import { decodeFrame, encodeFrame, LogWriter } from './write-ahead-log.ts';
import { segmentFile, writeSegment } from './write-segment.ts';

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
const FLUSH_BYTES = 128 << 20;
/** Batch ids that are remembered, so that a batch sent again is not stored again. */
const KEPT_BATCH_IDS = 20_000;

/** Opens a store. Throws a StoreError when it is missing (`read`), in use (`write`) or of a newer version. */
export async function openStore(directory: string, options: StoreOptions): Promise<Store> {
  const disk = options.disk ?? realDisk;
  const folder = storeFolder(directory);
  if (options.mode === 'read') {
    if (!(await disk.exists(manifestPath(directory))) && !(await disk.exists(folder.logs))) {
      throw new StoreError(
        'missing',
        `there is no store in \`${directory}\``,
        'make one with `weir ingest`, or name another with --store',
      );
    }
    return Store.open(disk, folder, options, null);
  }
  await makeFolders(disk, folder);
  const lock = await takeLock(disk, directory);
  try {
    return await Store.open(disk, folder, options, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A store of messages in a directory: appends that are durable when they resolve, and a source for queries. */
export class Store {
  readonly documents: Documents;
  readonly ledger: Ledger;
  readonly #disk: Disk;
  readonly #folder: StoreFolder;
  readonly #options: StoreOptions;
  readonly #lock: Lock | null;
  readonly #pool: SegmentPool;
  #state: StoreState;
  #nextLog: number;
  #log: Promise<OpenLog> | null = null;
  #nextFile: number;
  #seen = '';
  #nextSequence: number;
  /** Batch ids that are stored or being stored. */
  readonly #batchIds: Map<string, Promise<void>>;
  /** Batch ids that are durable, oldest first. */
  readonly #doneIds: string[];
  #changes: Promise<unknown> = Promise.resolve();
  #failure: StoreError | null = null;
  #flushing: Promise<void> | null = null;
  #compacting: Promise<void> | null = null;
  readonly #bulkWriters: BulkWriter[] = [];
  #closed = false;

  private constructor(
    disk: Disk,
    folder: StoreFolder,
    options: StoreOptions,
    lock: Lock | null,
    ledger: Ledger,
    recovered: Awaited<ReturnType<typeof recover>>,
  ) {
    this.#disk = disk;
    this.#folder = folder;
    this.#options = options;
    this.#lock = lock;
    this.#pool = new SegmentPool(disk, folder.segments);
    this.ledger = ledger;
    this.documents = new Documents(disk, folder.root, () => this.#mayWrite());
    this.#state = { manifest: recovered.manifest, tail: recovered.tail };
    this.#nextLog = recovered.nextLog;
    this.#nextSequence = recovered.tail.reduce(
      (next, { sequence, batch }) => Math.max(next, sequence + batch.length),
      recovered.manifest.nextSequence,
    );
    this.#nextFile = recovered.manifest.nextFile;
    this.#doneIds = [...recovered.manifest.batchIds, ...recovered.batchIds];
    const done = Promise.resolve();
    this.#batchIds = new Map(this.#doneIds.map((id) => [id, done]));
  }

  /** For `openStore`. */
  static async open(
    disk: Disk,
    folder: StoreFolder,
    options: StoreOptions,
    lock: Lock | null,
  ): Promise<Store> {
    const ledger = await Ledger.open(disk, folder.root, options.now ?? Date.now);
    const recovered = await recover(disk, folder, lock === null ? null : ledger);
    const store = new Store(disk, folder, options, lock, ledger, recovered);
    if (lock !== null) {
      if (recovered.rebuilt || recovered.manifest.generation === 0)
        await store.#commit((manifest) => manifest);
      await ledger.save();
    }
    return store;
  }

  get directory(): string {
    return this.#folder.root;
  }

  // ---- writing ------------------------------------------------------------------------------

  /**
   * Stores batches. Resolves once they are durable: they survive a crash or power loss from then on.
   * With a `batchId` that was stored before, resolves without storing again.
   */
  append(batches: Batch | readonly Batch[], options: { batchId?: string } = {}): Promise<void> {
    this.#mayWrite();
    const { batchId } = options;
    const known = batchId === undefined ? undefined : this.#batchIds.get(batchId);
    if (known !== undefined) return known;
    const list = (Array.isArray(batches) ? batches : [batches]) as readonly Batch[];
    const stored = this.#append(list, batchId ?? null);
    if (batchId !== undefined) {
      this.#batchIds.set(batchId, stored);
      stored.catch(() => this.#batchIds.delete(batchId));
    }
    return stored;
  }

  async #append(batches: readonly Batch[], batchId: string | null): Promise<void> {
    const kept = batches.filter((batch) => batch.length > 0);
    if (kept.length === 0) return;
    const sequence = this.#allocate(kept.reduce((rows, batch) => rows + batch.length, 0));
    const frame = encodeFrame({ sequence, batchId, batches: kept });
    const { writer, number } = await this.#openLog();
    try {
      await writer.append(frame);
    } catch (error) {
      this.#failure ??= writer.failure;
      throw error;
    }
    const more = tailOf(decodeFrame(frame), number, frame.length);
    this.#state = { manifest: this.#state.manifest, tail: [...this.#state.tail, ...more] };
    if (batchId !== null) this.#doneIds.push(batchId);
    this.#flushWhenLarge();
  }

  /** The log that takes appends now; made when there is none. */
  #openLog(): Promise<OpenLog> {
    this.#log ??= this.#newLog();
    return this.#log;
  }

  async #newLog(): Promise<OpenLog> {
    const number = this.#nextLog++;
    const name = logFile(number);
    try {
      return { writer: await LogWriter.create(this.#disk, pathIn(this.#folder.logs, name), name), number };
    } catch (error) {
      this.#log = null;
      throw this.#poisonUnlessFull(error, 'starting a log');
    }
  }

  #flushWhenLarge(): void {
    if (this.#flushing !== null) return;
    let rows = 0;
    let bytes = 0;
    for (const entry of this.#state.tail) {
      rows += entry.batch.length;
      bytes += entry.bytes;
    }
    const { flushRows = FLUSH_ROWS, flushBytes = FLUSH_BYTES } = this.#options;
    if (rows < flushRows && bytes < flushBytes) return;
    this.#flushing = this.flush()
      .catch((error: unknown) => {
        // The rows stay in the log, durable and readable; the next append tries again.
        this.ledger.add({ what: 'refused', why: `writing a segment failed: ${messageOf(error)}` });
      })
      .finally(() => {
        this.#flushing = null;
      });
  }

  /** Moves everything from the log into segments. */
  flush(): Promise<void> {
    this.#mayWrite();
    return this.#exclusive(() => this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.#state.tail.length === 0) return;
    const log = this.#log;
    this.#log = null;
    if (log !== null) await (await log).writer.close();
    await setImmediate(); // appends that just became durable join the tail first
    const firstLog = this.#nextLog;
    const flushed = this.#state.tail
      .filter((entry) => entry.log < firstLog)
      .sort((a, b) => a.sequence - b.sequence);
    const written: WrittenSegment[] = [];
    const expected = flushed.reduce((rows, entry) => rows + entry.batch.length, 0);
    let collector = new SegmentCollector(expected);
    let sequence = flushed[0]?.sequence ?? 0;
    for (const entry of flushed) {
      if (collector.rows > 0 && (collector.full || entry.sequence !== sequence + collector.rows)) {
        written.push(await this.#writeSegment(collector, sequence));
        collector = new SegmentCollector(expected);
      }
      if (collector.rows === 0) sequence = entry.sequence;
      collector.add(entry.batch);
      await setImmediate();
    }
    if (collector.rows > 0) written.push(await this.#writeSegment(collector, sequence));
    const gone = new Set(flushed);
    await this.#commit((manifest) => ({ ...withSegments(manifest, written), firstLog }), gone);
    await this.#removeLogs(firstLog);
    await this.ledger.save();
    await keepReserve(this.#disk, this.#folder, storedBytes(this.#state.manifest));
    this.#compactSoon();
  }

  /** Joins many small segments in the background. */
  #compactSoon(): void {
    if (this.#compacting !== null || this.#closed) return;
    if (compactionRuns(this.#state.manifest.segments, false, []).length === 0) return;
    this.#compacting = this.#compact(false)
      .then(() => {})
      .catch((error: unknown) => {
        // Nothing is lost: the segments stay as they are.
        this.ledger.add({ what: 'refused', why: `joining segments failed: ${messageOf(error)}` });
      })
      .finally(() => {
        this.#compacting = null;
      });
  }

  async #removeLogs(before: number): Promise<void> {
    for (const { name } of await this.#disk.list(this.#folder.logs)) {
      const number = fileNumber(name);
      if (number !== null && number < before) await this.#disk.remove(pathIn(this.#folder.logs, name));
    }
  }

  async #writeSegment(collector: SegmentCollector, sequence: number): Promise<WrittenSegment> {
    const file = segmentFile(this.#nextFile++);
    try {
      const entry = await writeSegment(this.#disk, this.#folder.segments, file, collector, sequence);
      return { entry, fields: collector.fieldNames() };
    } catch (error) {
      throw this.#poisonUnlessFull(error, 'writing a segment');
    }
  }

  /** Puts the next manifest in place and swaps the state; `gone` leaves the tail with it. */
  async #commit(
    change: (manifest: Manifest) => Manifest,
    gone: ReadonlySet<TailBatch> = new Set(),
  ): Promise<void> {
    const before = this.#state.manifest;
    const manifest: Manifest = {
      ...change(before),
      generation: before.generation + 1,
      nextFile: this.#nextFile,
      nextSequence: this.#nextSequence,
      batchIds: this.#doneIds.slice(-KEPT_BATCH_IDS),
    };
    try {
      await writeManifest(this.#disk, this.#folder.root, manifest);
    } catch (error) {
      throw this.#poisonUnlessFull(error, 'writing the manifest');
    }
    this.#state = { manifest, tail: this.#state.tail.filter((entry) => !gone.has(entry)) };
    const kept = new Set(manifest.segments.map((entry) => entry.file));
    for (const { file } of before.segments) if (!kept.has(file)) await this.#pool.retire(file);
  }

  /** A full disk or too many open files pass; after any other failure what the disk holds is unknown, so writing ends. */
  #poisonUnlessFull(error: unknown, doing: string): StoreError {
    const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new StoreError(
        'full',
        `the disk is full: ${doing} failed`,
        'free space, or delete old data with `weir store delete`',
        error,
      );
    }
    if (code === 'EMFILE' || code === 'ENFILE') {
      return new StoreError(
        'full',
        `too many open files: ${doing} failed`,
        'raise the limit of open files (`ulimit -n`)',
        error,
      );
    }
    this.#failure ??= new StoreError(
      'read-only',
      `the store is read-only: ${doing} failed (${code})`,
      'what was acknowledged is safe; check the disk, then restart',
      error,
    );
    return this.#failure;
  }

  /** A writer of segments without the log, for large files: durable and visible at its `commit`. */
  bulk(): BulkWriter {
    this.#mayWrite();
    const name = (rows: number) => ({
      file: segmentFile(this.#nextFile++),
      sequence: this.#allocate(rows),
    });
    const writer = new BulkWriter({
      write: (collector) => this.#writeSegment(collector, this.#allocate(collector.rows)),
      commit: (written, checkpoint) =>
        this.#exclusive(() =>
          this.#commit((manifest) => withCheckpoint(withSegments(manifest, written), checkpoint)),
        ),
      discard: async (file) => this.#disk.remove(pathIn(this.#folder.segments, file)),
      folder: this.#disk === realDisk ? this.#folder.segments : null,
      name,
      failure: (error) => this.#poisonUnlessFull(error, 'writing a segment'),
    });
    this.#bulkWriters.push(writer);
    return writer;
  }

  // ---- care -----------------------------------------------------------------------------------

  /** Joins small segments; how many segments are fewer. Queries and appends go on meanwhile. */
  compact(): Promise<number> {
    return this.#compact(true);
  }

  async #compact(all: boolean): Promise<number> {
    this.#mayWrite();
    if (all) await this.flush();
    const before = this.#state.manifest.segments.length;
    for (;;) {
      // One run at a time, planned anew each time: a flush may come between.
      const more = await this.#exclusive(async () => {
        const unflushed = this.#state.tail.map((entry) => entry.sequence);
        const [run] = compactionRuns(this.#state.manifest.segments, all, unflushed);
        if (run === undefined) return false;
        await this.#withReserve(() => compactRun(this.#maintenance(), run));
        return true;
      });
      if (!more) break;
    }
    return before - this.#state.manifest.segments.length;
  }

  /** Deletes matching messages for good; how many there were. */
  async delete(deletion: Deletion): Promise<number> {
    this.#mayWrite();
    if (!canFilter(deletion.filter)) {
      throw new StoreError(
        'request',
        'a subquery cannot say what to delete',
        'run it first and name its values',
      );
    }
    // A delete must work on a full disk, where there is no room to flush into: then only segments are searched.
    await this.#withReserve(() => this.flush());
    let deleted = 0;
    for (const entry of this.#state.manifest.segments) {
      deleted += await this.#exclusive(async () => {
        // Compaction may have replaced it meanwhile.
        if (!this.#state.manifest.segments.includes(entry)) return 0;
        return this.#withReserve(() => deleteFrom(this.#maintenance(), entry, deletion));
      });
    }
    await this.#exclusive(() => keepReserve(this.#disk, this.#folder, storedBytes(this.#state.manifest)));
    return deleted;
  }

  /** Deletes messages older than `maxAge` ms, then the oldest segments until all take at most `maxBytes`. */
  async retention(limits: { readonly maxAge?: number; readonly maxBytes?: number }): Promise<number> {
    this.#mayWrite();
    const { maxAge, maxBytes } = limits;
    let deleted = 0;
    if (maxAge !== undefined) {
      const to = (this.#options.now ?? Date.now)() - maxAge;
      deleted += await this.delete({ filter: EVERYTHING, time: { from: -Infinity, to } });
    }
    if (maxBytes !== undefined) {
      await this.flush();
      deleted += await this.#exclusive(async () => {
        const gone = oldestBeyond(this.#state.manifest.segments, maxBytes);
        if (gone.length > 0) await this.#withReserve(() => this.#maintenance().replace(gone, []));
        return gone.reduce((rows, entry) => rows + entry.rows, 0);
      });
    }
    return deleted;
  }

  /** Makes a copy of the store as it is now in an empty or new directory; the copy is a store of its own. */
  async snapshot(directory: string): Promise<void> {
    if (this.#lock !== null) await this.flush();
    await this.#exclusive(async () => {
      const { manifest } = await this.#current(false);
      await copyStore(this.#disk, this.#folder, manifest, directory);
    });
  }

  /** Reads everything and checks it. With `setAside`, damaged segments are moved away and noted in the ledger. */
  async verify(options: { readonly setAside?: boolean } = {}): Promise<VerifyReport> {
    if (options.setAside === true) this.#mayWrite();
    return this.#exclusive(async () => {
      const { manifest } = await this.#current(false);
      const report = await verifyStore(this.#disk, this.#folder, manifest.segments);
      if (options.setAside !== true) return report;
      for (const { file, what } of report.damages) {
        const entry = this.#state.manifest.segments.find((candidate) => candidate.file === file);
        if (entry === undefined) continue;
        const path = pathIn(this.#folder.segments, file);
        const link = pathIn(this.#folder.setAside, file);
        // A second name first: the first one goes with the manifest's next state.
        if (await this.#disk.exists(path)) await linkAside(this.#disk, path, link);
        this.ledger.add({
          what: 'set-aside',
          why: what,
          where: file,
          messages: entry.rows,
          bytes: entry.bytes,
        });
        await this.#maintenance().replace([entry], []);
      }
      await this.ledger.save();
      return report;
    });
  }

  #maintenance(): MaintenanceTarget {
    return {
      manifest: () => this.#state.manifest,
      pool: this.#pool,
      write: (collector, sequence) => this.#writeSegment(collector, sequence),
      replace: (gone, written) =>
        this.#commit((manifest) => {
          const kept = manifest.segments.filter((entry) => !gone.includes(entry));
          return withSegments({ ...manifest, segments: kept }, written);
        }),
    };
  }

  /** Does `work`; when the disk is full, once more with the reserve's space. */
  async #withReserve<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'full') throw error;
      if (!(await spendReserve(this.#disk, this.#folder))) throw error;
      return work();
    }
  }

  /** How far an ingest has come, as its last `commit` said; null at first. */
  checkpoint(name: string): string | null {
    return this.#state.manifest.checkpoints.find(([known]) => known === name)?.[1] ?? null;
  }

  #allocate(rows: number): number {
    const sequence = this.#nextSequence;
    this.#nextSequence += rows;
    return sequence;
  }

  /** Runs changes of the manifest one after the other. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(work);
    this.#changes = result.catch(() => {});
    return result;
  }

  #mayWrite(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
    if (this.#lock === null) {
      throw new StoreError('read-only', `the store \`${this.directory}\` is open for reading only`);
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Why the store accepts nothing more, or null. */
  get failure(): StoreError | null {
    return this.#failure;
  }

  // ---- reading ------------------------------------------------------------------------------

  /** The store as a source of queries. */
  source(): StoreSource {
    const shareable = this.#disk === realDisk ? this.#folder.segments : null;
    return new StoreSource(`store ${this.directory}`, this.#pool, shareable, (again) => this.#current(again));
  }

  /** The state now. A reader looks whether another process has changed the store since. */
  async #current(again: boolean): Promise<StoreState> {
    if (this.#lock !== null) return this.#state;
    for (let attempt = 0; attempt < 5; attempt++) {
      const signature = await this.#signature();
      if (signature === this.#seen && !again) return this.#state;
      const { manifest, tail } = await recover(this.#disk, this.#folder, null);
      this.#state = { manifest, tail };
      this.#seen = signature;
      // A flush between reading the manifest and the logs would have hidden its rows.
      if (signature === (await this.#signature())) break;
    }
    return this.#state;
  }

  /** Differs when the manifest or the logs do. */
  async #signature(): Promise<string> {
    const manifest = await readWhole(this.#disk, manifestPath(this.directory));
    const logs: string[] = [];
    for (const { name } of await this.#disk.list(this.#folder.logs)) {
      const file = await this.#disk.open(pathIn(this.#folder.logs, name), 'read').catch(() => null);
      logs.push(`${name}:${file?.size() ?? 'gone'}`);
      await file?.close();
    }
    return `${manifest === null ? '' : checksum(manifest)} ${logs.join(' ')}`;
  }

  /** What is in the store. */
  async info(): Promise<StoreInfo> {
    const { manifest, tail } = await this.#current(false);
    return storeInfo(manifest, tail, this.ledger.entries(), await bytesOnDisk(this.#disk, this.#folder));
  }

  /** Flushes, closes and gives the lock back. What was acknowledged is safe even when the flush fails. */
  async close(): Promise<void> {
    if (this.#closed) return;
    for (const writer of this.#bulkWriters) await writer.close();
    if (this.#lock !== null && this.#failure === null) await this.flush().catch(() => {});
    this.#closed = true;
    await this.#compacting;
    await this.#changes;
    const log = await this.#log?.catch(() => null);
    await log?.writer.close();
    await this.#pool.close();
    if (this.#lock === null) return;
    await this.ledger.save().catch(() => {});
    await this.#lock.release();
  }
}

interface OpenLog {
  readonly writer: LogWriter;
  readonly number: number;
}

const EVERYTHING: Scope = { kind: 'all', span: { start: 0, end: 0 } };

function storedBytes(manifest: Manifest): number {
  return manifest.segments.reduce((bytes, entry) => bytes + entry.bytes, 0);
}

/** The segments with the oldest messages, until the others take at most `most` bytes. */
function oldestBeyond(segments: readonly SegmentEntry[], most: number): SegmentEntry[] {
  const oldestFirst = [...segments].sort(
    (a, b) => (a.messageTime?.[1] ?? -Infinity) - (b.messageTime?.[1] ?? -Infinity),
  );
  let bytes = segments.reduce((sum, entry) => sum + entry.bytes, 0);
  const gone: SegmentEntry[] = [];
  for (const entry of oldestFirst) {
    if (bytes <= most) break;
    gone.push(entry);
    bytes -= entry.bytes;
  }
  return gone;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function withSegments(manifest: Manifest, written: readonly WrittenSegment[]): Manifest {
  const fields = [...manifest.fields];
  const known = new Set(fields.map((name) => name.toLowerCase()));
  for (const name of written.flatMap((segment) => segment.fields)) {
    if (known.has(name.toLowerCase())) continue;
    known.add(name.toLowerCase());
    fields.push(name);
  }
  const segments = [...manifest.segments, ...written.map(({ entry }) => entry)].sort(
    (a, b) => a.sequence[0] - b.sequence[0],
  );
  return { ...manifest, segments, fields };
}

function withCheckpoint(manifest: Manifest, checkpoint: Checkpoint | null): Manifest {
  if (checkpoint === null) return manifest;
  const others = manifest.checkpoints.filter(([name]) => name !== checkpoint.name);
  return { ...manifest, checkpoints: [...others, [checkpoint.name, checkpoint.text]] };
}
