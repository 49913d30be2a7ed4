import { type Batch, keepBatch } from '../engine/columns/batch.ts';
import { reasonOf } from '../engine/reason-of.ts';
import type { BulkWriter } from '../store/bulk-writer.ts';
import type { Store } from '../store/store.ts';
import { collect } from './byte-stream.ts';
import { type InputSettings, ingestStream } from './ingest.ts';
import { type FlagReason, type SkipReason, Tally } from './receipt.ts';
import type { SourceHooks } from './running-source.ts';
import { type Bucket, ObjectGone, type OpenedObject } from './s3-bucket.ts';
import type { KnownObjects } from './s3-known-objects.ts';

/** An object to read. */
export interface ObjectToRead {
  readonly key: string;
  /** Null: whatever is there now. */
  readonly versionId: string | null;
  /** Bytes, as far as known; 0 when not. */
  readonly size: number;
}

/** What became of an object. `known`: read before; `old`: changed before the source's start; `gone`: no longer there. */
export type ObjectOutcome = 'stored' | 'known' | 'old' | 'gone' | 'failed';

/** What a reader works with. */
export interface ReaderParts {
  readonly store: Pick<Store, 'bulk' | 'ledger'>;
  readonly bucket: Bucket;
  readonly bucketName: string;
  readonly known: KnownObjects;
  readonly settings: InputSettings;
  readonly hooks: Pick<SourceHooks, 'rules' | 'stored'>;
  /** Epoch ms: objects changed before are left out. */
  readonly from: number;
  onFailure(object: ObjectToRead, problem: string): void;
}

/** Objects up to this size are fetched ahead, this many at a time; larger ones are read as they come. */
const SMALL_BYTES = 4 << 20;
const FETCHED_AHEAD = 8;
/** Outcomes of single objects that are kept: a source runs for months. */
const MOST_FILES = 10_000;

/**
 * Reads objects into the store, each version once: the data of a group of objects and the note that
 * they were read are committed in one step. An object that cannot be read to its end leaves nothing.
 */
export class ObjectReader {
  readonly #parts: ReaderParts;
  /** Whether the object that failed last had given messages by then. */
  #spoiled = false;
  #writer: BulkWriter | null = null;
  /** Everything that was read and stored. */
  readonly tally = new Tally();
  /** Bytes of the segments that it takes. */
  bytesOnDisk = 0;
  objects = 0;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** Reads a group. Rejects only when the store fails or the signal is aborted; then nothing of the group is stored. */
  async read(
    group: readonly ObjectToRead[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<ObjectToRead, ObjectOutcome>> {
    const outcomes = new Map<ObjectToRead, ObjectOutcome>();
    let left = group;
    while (left.length > 0) {
      const spoiler = await this.#attempt(left, outcomes, signal);
      if (spoiler === null) break;
      outcomes.set(spoiler, 'failed');
      // Part of a bad object was among the data: everything else is read once more, without it.
      left = left.filter((object) => outcomes.get(object) !== 'failed');
    }
    return outcomes;
  }

  /** Gives up what a writer holds between groups; to be called when no more are at hand. */
  async rest(): Promise<void> {
    const writer = this.#writer;
    this.#writer = null;
    await writer?.close();
  }

  /** Reads and commits the objects; null, or the object that spoiled the attempt (then nothing is stored). */
  async #attempt(
    objects: readonly ObjectToRead[],
    outcomes: Map<ObjectToRead, ObjectOutcome>,
    signal: AbortSignal,
  ): Promise<ObjectToRead | null> {
    const { store, known } = this.#parts;
    this.#writer ??= store.bulk();
    const writer = this.#writer;
    const tally = new Tally();
    const told = new ToldBatches(this.#parts.hooks);
    const add = (batch: Batch): Promise<void> => {
      told.add(batch);
      return writer.add(batch);
    };
    let committed = false;
    try {
      for await (const fetched of this.#fetched(objects, signal)) {
        const outcome = await this.#one(fetched, tally, add, signal);
        outcomes.set(fetched.object, outcome);
        if (outcome === 'failed' && this.#spoiled) return fetched.object;
      }
      signal.throwIfAborted();
      if (known.changed) {
        const receipt = await writer.commit(await known.checkpoint());
        this.bytesOnDisk += receipt.bytes;
      }
      committed = true;
      await known.committed();
      addTo(this.tally, tally);
      told.stored(tally);
      for (const object of objects) if (outcomes.get(object) === 'stored') this.objects++;
      return null;
    } finally {
      if (!committed) {
        known.rollback();
        this.#writer = null;
        await writer.abort();
      }
    }
  }

  async #one(
    { object, opened, problem }: Fetched,
    tally: Tally,
    add: (batch: Batch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<ObjectOutcome> {
    const { known, from } = this.#parts;
    this.#spoiled = false;
    if (opened === null) {
      if (problem instanceof ObjectGone) return 'gone';
      return this.#failed(object, reasonOf(problem));
    }
    const { etag, versionId, modified } = opened;
    if (modified < from || known.hasRead(object.key, etag, versionId)) {
      opened.discard();
      // The listing knows only the ETag: it must be the one that is there now.
      if (modified >= from && object.versionId === null) known.add(object.key, etag, versionId);
      return modified < from ? 'old' : 'known';
    }
    const part = new Tally();
    let storing = false;
    let stored = 0;
    try {
      await ingestStream(
        opened.body,
        object.key,
        {
          ...this.#parts.settings,
          source: withHost(this.#parts.settings.source, this.#parts.bucketName),
          rules: await this.#parts.hooks.rules(),
          signal,
          sink: async (batch) => {
            storing = true;
            await add(batch);
            storing = false;
            stored += batch.length;
          },
        },
        part,
      );
    } catch (failure) {
      opened.discard();
      if (storing || signal.aborted) throw failure;
      this.#spoiled = stored > 0;
      return this.#failed(object, reasonOf(failure));
    }
    part.files.push({
      path: `s3://${this.#parts.bucketName}/${object.key}`,
      format: null,
      bytes: part.bytesIn,
      read: part.read,
      stored: part.stored,
      error: null,
    });
    addTo(tally, part);
    known.add(object.key, etag, versionId);
    return 'stored';
  }

  #failed(object: ObjectToRead, problem: string): 'failed' {
    this.#parts.onFailure(object, problem);
    return 'failed';
  }

  /** The objects in their order, small ones fetched ahead. */
  async *#fetched(objects: readonly ObjectToRead[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const ahead: (() => Promise<Fetched>)[] = [];
    let next = 0;
    const fill = () => {
      while (ahead.length < FETCHED_AHEAD && next < objects.length) {
        const object = objects[next++]!;
        if (object.size === 0 || object.size > SMALL_BYTES) {
          ahead.push(() => this.#open(object, signal));
        } else {
          const fetching = this.#open(object, signal).then(inMemory);
          ahead.push(() => fetching);
        }
      }
    };
    try {
      for (fill(); ahead.length > 0; fill()) {
        const fetched = await ahead.shift()!();
        yield fetched;
      }
    } finally {
      // What was fetched in vain must not stay open, nor its failure go unheard.
      for (let at = 0; at < ahead.length; at++) {
        const object = objects[next - ahead.length + at]!;
        if (object.size > 0 && object.size <= SMALL_BYTES) (await ahead[at]!()).opened?.discard();
      }
    }
  }

  async #open(object: ObjectToRead, signal: AbortSignal): Promise<Fetched> {
    try {
      return {
        object,
        opened: await this.#parts.bucket.read(object.key, object.versionId, signal),
        problem: null,
      };
    } catch (problem) {
      return { object, opened: null, problem };
    }
  }
}

/** Rows of one commit that are told to who wants to see them. */
const MOST_TOLD = 50_000;

/** The first batches of a commit, kept only where somebody wants to know. */
class ToldBatches {
  readonly #hooks: Pick<SourceHooks, 'stored'>;
  readonly #batches: Batch[] = [];
  #rows = 0;

  constructor(hooks: Pick<SourceHooks, 'stored'>) {
    this.#hooks = hooks;
  }

  add(batch: Batch): void {
    if (this.#hooks.stored === undefined || this.#rows >= MOST_TOLD) return;
    this.#batches.push(keepBatch(batch));
    this.#rows += batch.length;
  }

  stored(tally: Tally): void {
    if (tally.stored > 0) this.#hooks.stored?.(this.#batches, tally.stored, tally.bytesIn);
  }
}

interface Fetched {
  readonly object: ObjectToRead;
  readonly opened: OpenedObject | null;
  /** Why it is not opened. */
  readonly problem: unknown;
}

/** The same with its bytes in memory. An object that grew meanwhile past what may be is read as it comes. */
async function inMemory(fetched: Fetched): Promise<Fetched> {
  const { opened } = fetched;
  if (opened === null || opened.size > SMALL_BYTES) return fetched;
  try {
    const bytes = await collect(opened.body, SMALL_BYTES);
    return { ...fetched, opened: { ...opened, body: once(bytes) } };
  } catch (problem) {
    opened.discard();
    return { ...fetched, opened: null, problem };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function withHost(source: InputSettings['source'], host: string): InputSettings['source'] {
  return { ...source, given: { ...source.given, host: source.given.host ?? host } };
}

/** Adds one count to another. */
export function addTo(total: Tally, part: Tally): void {
  total.read += part.read;
  total.stored += part.stored;
  total.bytesIn += part.bytesIn;
  total.from = Math.min(total.from, part.from);
  total.to = Math.max(total.to, part.to);
  for (const [reason, messages] of part.skipped) total.skip(reason as SkipReason, messages);
  for (const [reason, messages] of part.flagged) total.flag(reason as FlagReason, messages);
  for (const [rule, messages] of part.extracted) total.extract(rule, messages);
  for (const text of part.warnings) total.warn(text);
  if (total.files.length < MOST_FILES) total.files.push(...part.files);
}
