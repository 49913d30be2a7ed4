import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../engine/reason-of.ts';
import { StoreError } from '../store/failure.ts';
import type { Store } from '../store/store.ts';
import { InputProblem } from './byte-stream.ts';
import {
  type CloudWatchSettings,
  openCloudWatchOptions,
  readCloudWatchSettings,
} from './cloudwatch-settings.ts';
import { compileSource } from './compile-source.ts';
import type { InputSettings } from './ingest.ts';
import type { RunningSource, SourceHooks, SourceStatus } from './running-source.ts';
import { Bucket } from './s3-bucket.ts';
import { KnownObjects, keyHash } from './s3-known-objects.ts';
import { type KeyTest, keyTest } from './s3-path.ts';
import { type ObjectOutcome, ObjectReader, type ObjectToRead } from './s3-reader.ts';
import { readS3Settings, type S3Settings, startTime } from './s3-settings.ts';
import { notifiedObjects } from './sqs-events.ts';
import { Queue, type QueueMessage } from './sqs-queue.ts';
import { messagesOf, type StoredSource } from './stored-sources.ts';

/** A group of objects is committed in one step: at most so many, of so many bytes. */
const GROUP_OBJECTS = 256;
const GROUP_BYTES = 16 << 20;
/** Messages of a queue that are taken before their objects are read. */
const MESSAGES_AT_ONCE = 250;
/** Ms after which a bad object is tried again, at first and at most; it doubles each time. */
const FIRST_RETRY = 60_000;
const LAST_RETRY = 6 * 3_600_000;
/** Ms for which a bucket, a queue or a store that does not work is left alone at most; it begins with a second. */
const LONGEST_SILENCE = 300_000;
/** Bad objects whose retry is planned; past it the oldest are forgotten, and tried again at the next scan. */
const MOST_FAILING = 10_000;
/** Known objects that are no longer in the bucket are forgotten when there are more than so many. */
const MANY_GONE = 1000;

/** Where an S3 source works. */
export type S3SourceStore = Pick<Store, 'bulk' | 'checkpoint' | 'documents' | 'ledger'>;

/** What an S3 source reads and how. */
export interface S3Work {
  /** Under which what was read is remembered. */
  readonly name: string;
  readonly s3: S3Settings;
  readonly settings: InputSettings;
  /** Epoch ms: objects changed before are left out. */
  readonly from: number;
  /** What becomes of CloudWatch events, where the settings do not say it. */
  readonly events?: CloudWatchSettings;
}

/** A bucket that is read over and over, and objects that notifications tell of as they arrive. */
export class S3Source implements RunningSource {
  readonly #store: S3SourceStore;
  readonly #work: S3Work;
  readonly #hooks: SourceHooks;
  readonly #keys: KeyTest;
  readonly #stop = new AbortController();
  readonly #failing = new Map<string, { readonly attempts: number; readonly next: number }>();
  #running: Promise<unknown> | null = null;
  /** Groups are read one after the other, whoever asks. */
  #reading: Promise<unknown> = Promise.resolve();
  #opened: Promise<OpenSource> | null = null;
  #reader: ObjectReader | null = null;
  #lastScan: number | null = null;
  #problem: string | null = null;
  #manyGone = false;

  constructor(store: S3SourceStore, work: S3Work, hooks: SourceHooks) {
    this.#store = store;
    this.#work = work;
    this.#hooks = hooks;
    this.#keys = keyTest(work.s3.path);
  }

  /** The source of a stored definition. Throws an InputProblem when it cannot be used. */
  static of(store: S3SourceStore, stored: StoredSource, hooks: SourceHooks): S3Source {
    const compiled = compileSource(messagesOf(stored), hooks.now());
    const { cloudwatch, ...bucket } = stored.settings;
    const s3 = readS3Settings(bucket);
    const events = readCloudWatchSettings(cloudwatch);
    const problems = [compiled, s3, events].flatMap((one) => (one.ok ? [] : one.problems));
    if (!compiled.ok || !s3.ok || !events.ok)
      throw new InputProblem(`the source \`${stored.name}\` cannot be used: ${problems.join('; ')}`);
    return new S3Source(
      store,
      {
        name: stored.name,
        s3: s3.value,
        settings: { format: 'auto', source: compiled.value, now: () => hooks.now() },
        from: startTime(s3.value.start, stored.added),
        events: events.value,
      },
      hooks,
    );
  }

  start(): void {
    if (this.#running !== null) return;
    const loops = [this.#repeat('scan', () => this.#scanThenWait())];
    if (this.#work.s3.notifications !== null) loops.push(this.#repeat('queue', () => this.#readQueue()));
    this.#running = Promise.all(loops);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#reading;
    const opened = await this.#opened?.catch(() => null);
    opened?.bucket.close();
    opened?.queue?.close();
  }

  status(): SourceStatus {
    return {
      objects: this.#reader?.objects ?? 0,
      messages: this.#reader?.tally.stored ?? 0,
      bytes: this.#reader?.tally.bytesIn ?? 0,
      failing: this.#failing.size,
      lastScan: this.#lastScan,
      problem: this.#problem,
    };
  }

  /** What was read so far, in full. */
  async reader(): Promise<ObjectReader> {
    return (await this.#open()).reader;
  }

  /** Does `work` until the end; after a failure it waits, longer each time. */
  async #repeat(what: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await work();
        failures = 0;
        this.#problem = null;
      } catch (failure) {
        if (signal.aborted) return;
        const wait = Math.min(1000 * 2 ** Math.min(failures++, 20), LONGEST_SILENCE);
        this.#problem = reasonOf(failure);
        this.#hooks.write(failure instanceof StoreError ? 'error' : 'warn', `s3-${what}-failed`, {
          source: this.#work.name,
          problem: this.#problem,
          retryInSeconds: Math.round(wait / 1000),
        });
        await pause(wait, signal);
      }
    }
  }

  async #scanThenWait(): Promise<void> {
    await this.scan();
    await pause(this.#work.s3.scanInterval, this.#stop.signal);
  }

  /** Reads what the bucket holds and was not read. Rejects when the bucket cannot be listed or the store fails. */
  async scan(signal: AbortSignal = this.#stop.signal): Promise<void> {
    const { reader } = await this.#open();
    try {
      await this.#scan(signal);
    } finally {
      await this.#exclusive(() => reader.rest());
    }
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const { bucket, known } = await this.#open();
    // Telling which objects are gone takes memory: only where the last scan found that many must be.
    const gone = this.#manyGone ? new Set(known.hashes()) : null;
    const atFirst = known.size;
    let there = 0;
    let waiting: ObjectToRead[] = [];
    for await (const page of bucket.list(this.#keys.prefix, signal)) {
      for (const { key, etag, size, modified } of page) {
        if (!this.#keys.matches(key)) continue;
        gone?.delete(keyHash(key));
        const isKnown = known.hasRead(key, etag);
        if (isKnown) there++;
        if (isKnown || size === 0 || modified < this.#work.from || this.#waits(key)) continue;
        waiting.push({ key, versionId: null, size });
      }
      const groups = groupsOf(waiting);
      // The last group may go on with the next page.
      waiting = groups.pop() ?? [];
      for (const group of groups) await this.#readGroup(group, signal);
    }
    if (gone !== null) await this.#exclusive(async () => known.remove(gone));
    this.#manyGone = gone === null && atFirst - there > Math.max(MANY_GONE, there / 8);
    await this.#readGroup(waiting, signal);
    this.#lastScan = this.#hooks.now();
  }

  async #readQueue(): Promise<void> {
    const { queue, reader } = await this.#open();
    if (queue === null) return;
    const { signal } = this.#stop;
    const messages = await queue.receive(MESSAGES_AT_ONCE, signal);
    if (messages.length === 0) return;
    const wanted = new Map<QueueMessage, readonly ObjectToRead[]>();
    for (const message of messages) {
      const objects = notifiedObjects(message.body);
      if (objects !== null)
        wanted.set(
          message,
          objects.filter((object) => this.#isOurs(object)),
        );
      else this.#notUnderstood(message);
    }
    const toRead = [...wanted.values()].flat().filter(({ key }) => !this.#waits(key));
    const outcomes = new Map<ObjectToRead, ObjectOutcome>();
    for (const group of groupsOf(toRead)) {
      for (const [object, outcome] of await this.#readGroup(group, signal)) outcomes.set(object, outcome);
    }
    await this.#exclusive(() => reader.rest());
    const done = [...wanted].filter(([, objects]) =>
      objects.every((object) => (outcomes.get(object) ?? 'failed') !== 'failed'),
    );
    const refused = await queue.delete(done.map(([message]) => message));
    if (refused > 0)
      this.#hooks.write('warn', 's3-messages-not-deleted', { source: this.#work.name, messages: refused });
  }

  /** Whether the object failed lately and is not to be tried yet. */
  #waits(key: string): boolean {
    return (this.#failing.get(key)?.next ?? 0) > this.#hooks.now();
  }

  #isOurs({ bucket, key }: { readonly bucket: string; readonly key: string }): boolean {
    return bucket === this.#work.s3.bucket && !key.endsWith('/') && this.#keys.matches(key);
  }

  /** It stays in the queue, for its dead-letter queue or its retention time. */
  #notUnderstood({ id, body }: QueueMessage): void {
    const why = 'a queue message is no notification of a bucket';
    this.#store.ledger.add({ what: 'refused', why, where: this.#work.name, messages: 1, bytes: body.length });
    this.#hooks.write('warn', 's3-message-not-understood', {
      source: this.#work.name,
      message: id,
      beginning: body.slice(0, 200),
    });
  }

  async #readGroup(
    group: readonly ObjectToRead[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<ObjectToRead, ObjectOutcome>> {
    const { reader } = await this.#open();
    const outcomes = await this.#exclusive(() => reader.read(group, signal));
    for (const [{ key }, outcome] of outcomes) if (outcome !== 'failed') this.#failing.delete(key);
    const stored = [...outcomes.values()].filter((outcome) => outcome === 'stored').length;
    if (stored > 0)
      this.#hooks.write('info', 's3-objects-stored', { source: this.#work.name, objects: stored });
    return outcomes;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#reading.then(work);
    this.#reading = result.catch(() => {});
    return result;
  }

  #onFailure({ key, size }: ObjectToRead, problem: string): void {
    const attempts = (this.#failing.get(key)?.attempts ?? 0) + 1;
    const wait = retryAfter(Math.min(this.#work.s3.scanInterval, FIRST_RETRY), attempts - 1);
    this.#failing.delete(key);
    if (this.#failing.size >= MOST_FAILING) {
      for (const oldest of this.#failing.keys()) {
        this.#failing.delete(oldest);
        break;
      }
    }
    this.#failing.set(key, { attempts, next: this.#hooks.now() + wait });
    const where = `s3://${this.#work.s3.bucket}/${key}`;
    this.#store.ledger.add({ what: 'refused', why: problem, where, bytes: size });
    this.#hooks.write('warn', 's3-object-failed', {
      source: this.#work.name,
      object: where,
      problem,
      attempts,
      retryInSeconds: Math.round(wait / 1000),
    });
  }

  #open(): Promise<OpenSource> {
    this.#opened ??= this.#openAll().catch((failure: unknown) => {
      this.#opened = null;
      throw failure;
    });
    return this.#opened;
  }

  async #openAll(): Promise<OpenSource> {
    const { s3, settings, from, name, events } = this.#work;
    const onFailure = (problem: string) =>
      this.#hooks.write('warn', 's3-interfaces-unknown', { source: name, problem });
    const cloudwatch =
      events === undefined ? settings.cloudwatch : await openCloudWatchOptions(events, onFailure);
    const bucket = await Bucket.open(s3);
    const known = await KnownObjects.open(this.#store, `${name} ${s3.endpoint ?? ''} ${s3.bucket}`);
    const queue = s3.notifications === null ? null : await Queue.open(s3.notifications, s3.region);
    const reader = new ObjectReader({
      store: this.#store,
      bucket,
      bucketName: s3.bucket,
      known,
      settings: cloudwatch === undefined ? settings : { ...settings, cloudwatch },
      hooks: this.#hooks,
      from,
      onFailure: (object, problem) => this.#onFailure(object, problem),
    });
    this.#reader = reader;
    return { bucket, known, queue, reader };
  }
}

interface OpenSource {
  readonly bucket: Bucket;
  readonly known: KnownObjects;
  readonly queue: Queue | null;
  readonly reader: ObjectReader;
}

/** The objects in groups that are committed in one step each. */
function groupsOf(objects: readonly ObjectToRead[]): ObjectToRead[][] {
  const groups: ObjectToRead[][] = [];
  let group: ObjectToRead[] = [];
  let bytes = 0;
  for (const object of objects) {
    if (group.length === GROUP_OBJECTS || (bytes > 0 && bytes + object.size > GROUP_BYTES)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(object);
    bytes += object.size;
  }
  return group.length === 0 ? groups : [...groups, group];
}

function retryAfter(first: number, failures: number): number {
  return Math.min(first * 2 ** Math.min(failures, 20), Math.max(first, LAST_RETRY));
}

async function pause(time: number, signal: AbortSignal): Promise<void> {
  await sleep(time, undefined, { signal }).catch(() => {});
}
