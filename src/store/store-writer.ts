import { setImmediate } from 'node:timers/promises';
import type { Batch } from '../engine/columns/batch.ts';
import { codeOf, reasonOf } from '../engine/reason-of.ts';
import { BulkThread } from './bulk-thread.ts';
import { BulkWriter, type WrittenSegment } from './bulk-writer.ts';
import { type Disk, pathIn, realDisk } from './disk.ts';
import { StoreError } from './failure.ts';
import type { LateFields } from './late-fields.ts';
import type { Ledger } from './ledger.ts';
import { LogMemory, type LogPieces } from './log-memory.ts';
import type { MaintenanceTarget } from './maintenance.ts';
import { type Manifest, storedBytes, withCheckpoint, withSegments, writeManifest } from './manifest.ts';
import { type Recovered, tailOf } from './recover.ts';
import { keepReserve, spendReserve } from './reserve.ts';
import { SegmentCollector } from './segment-collector.ts';
import type { SegmentPool } from './segment-pool.ts';
import { fileNumber, logFile, type StoreFolder } from './store-folder.ts';
import type { StoreState } from './store-source.ts';
import { completeBatch, Tail, type TailBatch } from './tail.ts';
import { decodeFrame, encodeFrame, LogWriter } from './write-ahead-log.ts';
import { segmentFile, writeSegment } from './write-segment.ts';

/** When the log's rows become segments. */
export interface FlushLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** More about an append. */
export interface AppendOptions {
  /** The sender's name for it: what was stored under that name before is not stored again. */
  readonly batchId?: string | null;
  /** Fields that the batches get later. */
  readonly late?: LateFields | null;
  /** Called once the arrays of the batches may be used for something else; at the latest when the append ends. */
  onCopied?(): void;
}

/** Hears how long the work of a store takes, in seconds. */
export interface StoreObserver {
  /** A sync of the log made so many appends durable. */
  synced(seconds: number, appends: number): void;
  /** The log's messages were written as segments. */
  flushed(seconds: number, messages: number): void;
}

/** What a writer holds now. */
export interface WriterLoad {
  /** Messages and bytes that are in the log and in no segment yet. */
  readonly messages: number;
  readonly bytes: number;
  /** Appends that wait for room in memory. */
  readonly waiting: number;
}

/** What a writer works on. */
export interface WriterSetup {
  readonly disk: Disk;
  readonly folder: StoreFolder;
  readonly pool: SegmentPool;
  readonly ledger: Ledger;
  readonly limits: FlushLimits;
}

/** Rows that are flushed by another thread. */
const WORTH_A_THREAD = 131_072;
/** Batch ids that are remembered, so that a batch sent again is not stored again. */
const KEPT_BATCH_IDS = 20_000;

/** How many flushes' worth of bytes may be in memory before appends wait. */
const FLUSHES_BEHIND = 2;

interface OpenLog {
  readonly writer: LogWriter;
  readonly memory: LogPieces;
  readonly number: number;
}

/** The one writer of a store: log, segments and manifest, in the order that survives a crash. */
export class StoreWriter {
  readonly #setup: WriterSetup;
  readonly #tail: Tail;
  #manifest: Manifest;
  #log: Promise<OpenLog> | null = null;
  #nextLog: number;
  #nextFile: number;
  #nextSequence: number;
  /** Batch ids that are stored or being stored. */
  readonly #batchIds: Map<string, Promise<void>>;
  /** Batch ids that are durable, oldest first. */
  readonly #doneIds: string[];
  #changes: Promise<unknown> = Promise.resolve();
  #failure: StoreError | null = null;
  #flushing: Promise<void> | null = null;
  /** Why the last flush failed, or null. */
  #flushFailure: unknown = null;
  #waitingForRoom = 0;
  readonly #memory = new LogMemory();
  /** Of logs that no more is added to and that are in no segment yet. */
  readonly #closedLogs: LogPieces[] = [];
  readonly #bulkWriters = new Set<BulkWriter>();
  #flushThread: BulkThread | null = null;
  #closed = false;
  /** Called after each flush. */
  afterFlush: () => void = () => {};
  /** Who hears how long things take. */
  observer: StoreObserver = { synced() {}, flushed() {} };

  constructor(setup: WriterSetup, recovered: Recovered) {
    this.#setup = setup;
    this.#manifest = recovered.manifest;
    this.#tail = new Tail(recovered.tail);
    this.#nextLog = recovered.nextLog;
    this.#nextFile = recovered.manifest.nextFile;
    this.#nextSequence = recovered.tail.reduce(
      (next, { sequence, batch }) => Math.max(next, sequence + batch.length),
      recovered.manifest.nextSequence,
    );
    this.#doneIds = [...recovered.manifest.batchIds, ...recovered.batchIds];
    const done = Promise.resolve();
    this.#batchIds = new Map(this.#doneIds.map((id) => [id, done]));
  }

  /** What scans see now. The batches of its tail may be used in this turn of the event loop, or under `hold`. */
  get state(): StoreState {
    return { manifest: this.#manifest, tail: this.#tail.entries() };
  }

  /** What is in memory now. */
  get load(): WriterLoad {
    return { messages: this.#tail.rows, bytes: this.#tail.bytes, waiting: this.#waitingForRoom };
  }

  /** Keeps the batches of the state of now as they are until the function that it returns is called. */
  hold(): () => void {
    return this.#memory.hold();
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Why nothing more is accepted, or null. */
  get failure(): StoreError | null {
    return this.#failure;
  }

  /** Throws when the store is closed or has become read-only. */
  check(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
    if (this.#failure !== null) throw this.#failure;
  }

  /** Stores batches, all or none; resolves once they are durable. A batch id stored before is not stored again. */
  append(batches: readonly Batch[], options: AppendOptions): Promise<void> {
    const { batchId = null } = options;
    this.check();
    const known = batchId === null ? undefined : this.#batchIds.get(batchId);
    if (known !== undefined) return known;
    const stored = this.#append(batches, options);
    if (batchId !== null) {
      this.#batchIds.set(batchId, stored);
      stored.catch(() => this.#batchIds.delete(batchId));
    }
    return stored;
  }

  hasBatch(batchId: string): boolean {
    return this.#batchIds.has(batchId);
  }

  async #append(
    batches: readonly Batch[],
    { batchId = null, late = null, onCopied }: AppendOptions,
  ): Promise<void> {
    const kept = batches.filter((batch) => batch.length > 0);
    if (kept.length === 0) return;
    await this.#room();
    let log = await this.#openLog();
    while (log.writer.closed) log = await this.#openLog(); // a flush began meanwhile
    // From the number to the log in one turn, so that numbers grow along a log.
    const sequence = this.#allocate(kept.reduce((rows, batch) => rows + batch.length, 0));
    const entry = { sequence, batchId, batches: kept, late: late?.text ?? null };
    const frame = encodeFrame(entry, (size) => log.memory.allocate(size));
    onCopied?.();
    try {
      await log.writer.append(frame);
    } catch (error) {
      this.#failure ??= log.writer.failure;
      throw error;
    }
    for (const added of tailOf(decodeFrame(frame), late, log.number, frame.length, frame)) {
      this.#tail.push(added);
    }
    if (batchId !== null) this.#doneIds.push(batchId);
    this.#flushWhenLarge();
  }

  /** Waits while more is in memory than one flush takes: messages come faster than segments are written. */
  async #room(): Promise<void> {
    while (this.#tail.bytes >= this.#setup.limits.bytes * FLUSHES_BEHIND) {
      this.#flushWhenLarge();
      if (this.#flushFailure !== null) throw this.#flushFailure;
      this.#waitingForRoom++;
      await this.#flushing;
      this.#waitingForRoom--;
      this.check();
    }
  }

  #allocate(rows: number): number {
    const sequence = this.#nextSequence;
    this.#nextSequence += rows;
    return sequence;
  }

  /** The log that takes appends now; made when there is none. */
  #openLog(): Promise<OpenLog> {
    this.#log ??= this.#newLog();
    return this.#log;
  }

  async #newLog(): Promise<OpenLog> {
    const { disk, folder } = this.#setup;
    const number = this.#nextLog++;
    const name = logFile(number);
    try {
      const writer = await LogWriter.create(disk, pathIn(folder.logs, name), name, (seconds, appends) =>
        this.observer.synced(seconds, appends),
      );
      return { writer, memory: this.#memory.start(), number };
    } catch (error) {
      this.#log = null;
      throw this.#poisonUnlessFull(error, 'starting a log');
    }
  }

  #flushWhenLarge(): void {
    const { limits, ledger } = this.#setup;
    if (this.#flushing !== null) return;
    if (this.#tail.rows < limits.rows && this.#tail.bytes < limits.bytes) return;
    this.#flushing = this.flush()
      .then(() => {
        this.#flushFailure = null;
      })
      .catch((error: unknown) => {
        // The rows stay in the log, durable and readable; the next append tries again.
        this.#flushFailure = error;
        ledger.add({ what: 'refused', why: `writing a segment failed: ${reasonOf(error)}` });
      })
      .finally(() => {
        this.#flushing = null;
      });
  }

  /** Moves everything from the log into segments. */
  flush(): Promise<void> {
    this.check();
    return this.exclusive(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const messages = this.#tail.rows;
    if (messages === 0) return;
    const started = performance.now();
    // From here on appends go to a log that this flush leaves alone.
    const firstLog = this.#nextLog;
    const log = this.#log;
    this.#log = null;
    if (log !== null) {
      const closed = await log;
      await closed.writer.close();
      this.#closedLogs.push(closed.memory);
    }
    await setImmediate(); // appends that just became durable join the tail first
    const written = await this.#writeTail(firstLog);
    await this.commit((manifest) => ({ ...withSegments(manifest, written), firstLog }), firstLog);
    for (const memory of this.#closedLogs.splice(0)) this.#memory.giveBack(memory);
    const { disk, folder, ledger } = this.#setup;
    for (const { name } of await disk.list(folder.logs)) {
      const number = fileNumber(name);
      if (number !== null && number < firstLog) await disk.remove(pathIn(folder.logs, name));
    }
    await ledger.save();
    await keepReserve(disk, folder, storedBytes(this.#manifest));
    this.observer.flushed((performance.now() - started) / 1000, messages - this.#tail.rows);
    this.afterFlush();
  }

  /** Writes the rows of the logs below `firstLog` as segments. */
  async #writeTail(firstLog: number): Promise<readonly WrittenSegment[]> {
    const flushed = this.#tail
      .entries()
      .filter((entry) => entry.log < firstLog)
      .sort((a, b) => a.sequence - b.sequence);
    const expected = flushed.reduce((rows, entry) => rows + entry.batch.length, 0);
    if (expected >= WORTH_A_THREAD && this.#setup.disk === realDisk && areContiguous(flushed)) {
      return this.#writeByThread(flushed);
    }
    const written: WrittenSegment[] = [];
    let collector = new SegmentCollector(expected);
    let sequence = 0;
    for (const entry of flushed) {
      if (collector.rows > 0 && (collector.full || entry.sequence !== sequence + collector.rows)) {
        written.push(await this.#writeSegment(collector, sequence));
        collector = new SegmentCollector(expected);
      }
      if (collector.rows === 0) sequence = entry.sequence;
      collector.add(completeBatch(entry));
      await setImmediate();
    }
    if (collector.rows > 0) written.push(await this.#writeSegment(collector, sequence));
    return written;
  }

  /** As above by another thread, so that this one goes on answering. */
  async #writeByThread(flushed: readonly TailBatch[]): Promise<readonly WrittenSegment[]> {
    let sequence = flushed[0]!.sequence;
    const name = (rows: number) => {
      const named = { file: segmentFile(this.#nextFile++), sequence };
      sequence += rows;
      return named;
    };
    const thread = this.#flushThread ?? new BulkThread(this.#setup.folder.segments, name);
    this.#flushThread = thread;
    thread.name = name;
    try {
      for (const { batch, late, frame } of flushed) {
        if (frame === null) await thread.add(batch, late);
        else thread.addFrame(frame);
      }
      return await thread.finish();
    } catch (error) {
      this.#flushThread = null;
      await thread.close();
      throw this.#poisonUnlessFull(error, 'writing a segment');
    }
  }

  async #writeSegment(collector: SegmentCollector, sequence: number): Promise<WrittenSegment> {
    const { disk, folder } = this.#setup;
    const file = segmentFile(this.#nextFile++);
    try {
      const entry = await writeSegment(disk, folder.segments, file, collector, sequence);
      return { entry, fields: collector.fieldNames() };
    } catch (error) {
      throw this.#poisonUnlessFull(error, 'writing a segment');
    }
  }

  /** Puts the next manifest in place and swaps the state: with it the logs below `firstLog` leave the tail. */
  async commit(change: (manifest: Manifest) => Manifest, firstLog = 0): Promise<void> {
    const { disk, folder, pool } = this.#setup;
    const before = this.#manifest;
    const manifest: Manifest = {
      ...change(before),
      generation: before.generation + 1,
      nextFile: this.#nextFile,
      nextSequence: this.#nextSequence,
      batchIds: this.#doneIds.slice(-KEPT_BATCH_IDS),
    };
    try {
      await writeManifest(disk, folder.root, manifest);
    } catch (error) {
      throw this.#poisonUnlessFull(error, 'writing the manifest');
    }
    this.#manifest = manifest;
    this.#tail.dropBefore(firstLog);
    const kept = new Set(manifest.segments.map((entry) => entry.file));
    for (const { file } of before.segments) if (!kept.has(file)) await pool.retire(file);
  }

  /** A full disk or too many open files pass; after any other failure what the disk holds is unknown, so writing ends. */
  #poisonUnlessFull(error: unknown, doing: string): StoreError {
    const code = codeOf(error) ?? reasonOf(error);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      const hint = 'free space, or delete old data with `weir store delete`';
      return new StoreError('full', `the disk is full: ${doing} failed`, hint, error);
    }
    if (code === 'EMFILE' || code === 'ENFILE') {
      const hint = 'raise the limit of open files (`ulimit -n`)';
      return new StoreError('full', `too many open files: ${doing} failed`, hint, error);
    }
    this.#failure ??= new StoreError(
      'read-only',
      `the store is read-only: ${doing} failed (${code})`,
      'what was acknowledged is safe; check the disk, then restart',
      error,
    );
    return this.#failure;
  }

  /** A writer of segments without the log. */
  bulk(): BulkWriter {
    this.check();
    const { disk, folder } = this.#setup;
    const writer = new BulkWriter({
      write: (collector) => this.#writeSegment(collector, this.#allocate(collector.rows)),
      commit: async (written, checkpoint) => {
        await this.exclusive(() =>
          this.commit((manifest) => withCheckpoint(withSegments(manifest, written), checkpoint)),
        );
        // A source that commits little at a time must not leave ever more small segments.
        this.afterFlush();
      },
      discard: async (file) => disk.remove(pathIn(folder.segments, file)),
      folder: disk === realDisk ? folder.segments : null,
      name: (rows) => ({ file: segmentFile(this.#nextFile++), sequence: this.#allocate(rows) }),
      reserve: (rows, files) => {
        const firstFile = this.#nextFile;
        this.#nextFile += files;
        return { firstFile, sequence: this.#allocate(rows) };
      },
      failure: (error) => this.#poisonUnlessFull(error, 'writing a segment'),
      done: () => this.#bulkWriters.delete(writer),
    });
    this.#bulkWriters.add(writer);
    return writer;
  }

  /** What compaction and deletion work on; only within `exclusive`. */
  maintenance(): MaintenanceTarget {
    return {
      manifest: () => this.#manifest,
      pool: this.#setup.pool,
      write: (collector, sequence) => this.#writeSegment(collector, sequence),
      replace: (gone, written) =>
        this.commit((manifest) => {
          const kept = manifest.segments.filter((entry) => !gone.includes(entry));
          return withSegments({ ...manifest, segments: kept }, written);
        }),
    };
  }

  /** Runs changes of the manifest one after the other. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(work);
    this.#changes = result.catch(() => {});
    return result;
  }

  /** Does `work`; when the disk is full, once more with the reserve's space. */
  async withReserve<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'full') throw error;
      if (!(await spendReserve(this.#setup.disk, this.#setup.folder))) throw error;
      return work();
    }
  }

  /** Flushes and ends. What was acknowledged is safe even when the flush fails. */
  async close(): Promise<void> {
    for (const writer of [...this.#bulkWriters]) await writer.close();
    if (this.#failure === null) await this.flush().catch(() => {});
    this.#closed = true;
    await this.#changes;
    await this.#flushThread?.close();
    const log = await this.#log?.catch(() => null);
    await log?.writer.close();
  }
}

/** Whether the rows are numbered without a gap. */
function areContiguous(entries: readonly TailBatch[]): boolean {
  return entries.every((entry, position) => {
    const before = entries[position - 1];
    return before === undefined || before.sequence + before.batch.length === entry.sequence;
  });
}
