import type { Batch } from '../engine/columns/batch.ts';
import { codeOf } from '../engine/reason-of.ts';
import { aligned, decodeBatch, partsOf, putAligned, writeParts } from './batch-codec.ts';
import { checksum } from './checksum.ts';
import { type Disk, type DiskFile, folderOf } from './disk.ts';
import { StoreError } from './failure.ts';

/**
 * A log is `WEIRLOG1` and frames. A frame is 16 bytes of head (mark, payload length, checksum of the
 * payload, checksum of those 12 bytes) and the payload: the sequence number of the first row (8
 * bytes), length of the batch id and which of the optional parts there are (8), number of batches and
 * length of the text of late fields (8), the id, that text, and each batch with its length (8).
 * Everything is padded to multiples of 8.
 */
const FILE_MARK = 0x31474f4c52494557n; // WEIRLOG1
const FILE_HEAD = 8;
const FRAME_MARK = 0x4d524657; // WFRM
const FRAME_HEAD = 16;
const PAYLOAD_HEAD = 24;
const HAS_ID = 1;
const HAS_LATE = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One append: rows numbered from `sequence` in order of arrival. All of its batches are stored or none. */
export interface LogEntry {
  readonly sequence: number;
  readonly batchId: string | null;
  readonly batches: readonly Batch[];
  /** Of the `LateFields` that the batches still have to get, or null. */
  readonly late: string | null;
}

/** An entry as read back, with the length of its frame. */
export interface StoredEntry extends LogEntry {
  readonly bytes: number;
}

/** The frame of an append, ready to be written, in memory that `allocate` gives and that need not be clear. */
export function encodeFrame<Memory extends ArrayBufferLike = ArrayBuffer>(
  { sequence, batchId, batches, late }: LogEntry,
  allocate: (size: number) => Uint8Array<Memory>,
): Uint8Array<Memory> {
  const texts = [batchId, late].map((text) => encoder.encode(text ?? ''));
  const parts = batches.map(partsOf);
  const head = texts.reduce((size, text) => size + aligned(text.length), PAYLOAD_HEAD);
  const payloadLength = parts.reduce((size, batch) => size + 8 + batch.size, head);
  const frame = allocate(FRAME_HEAD + payloadLength);
  const view = new DataView(frame.buffer, frame.byteOffset);
  view.setFloat64(FRAME_HEAD, sequence, true);
  view.setUint32(FRAME_HEAD + 8, texts[0]!.length, true);
  view.setUint32(FRAME_HEAD + 12, (batchId === null ? 0 : HAS_ID) | (late === null ? 0 : HAS_LATE), true);
  view.setUint32(FRAME_HEAD + 16, batches.length, true);
  view.setUint32(FRAME_HEAD + 20, texts[1]!.length, true);
  let at = FRAME_HEAD + PAYLOAD_HEAD;
  for (const text of texts) at = putAligned(frame, at, text);
  for (const batch of parts) {
    view.setFloat64(at, 0, true);
    view.setUint32(at, batch.size, true);
    writeParts(batch, frame.subarray(at + 8, at + 8 + batch.size));
    at += 8 + batch.size;
  }
  view.setUint32(0, FRAME_MARK, true);
  view.setUint32(4, payloadLength, true);
  view.setUint32(8, checksum(frame.subarray(FRAME_HEAD)), true);
  view.setUint32(12, checksum(frame.subarray(0, 12)), true);
  return frame;
}

/** The entry of a frame that `encodeFrame` made; its batches are views of the frame. */
export function decodeFrame(frame: Uint8Array): LogEntry {
  return decodePayload(frame.subarray(FRAME_HEAD));
}

/** One batch of such a frame, and what all of its batches lack. */
export function decodeFrameBatch(frame: Uint8Array, batch: number): { batch: Batch; late: string | null } {
  const { batches, late } = openPayload(frame.subarray(FRAME_HEAD));
  return { batch: decodeBatch(batches[batch]!), late };
}

function decodePayload(payload: Uint8Array): LogEntry {
  const { batches, ...head } = openPayload(payload);
  return { ...head, batches: batches.map(decodeBatch) };
}

/** The entry of a payload with the bytes of its batches. */
function openPayload(
  payload: Uint8Array,
): Omit<LogEntry, 'batches'> & { readonly batches: readonly Uint8Array[] } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const idLength = view.getUint32(8, true);
  const has = view.getUint32(12, true);
  const lateLength = view.getUint32(20, true);
  let at = PAYLOAD_HEAD;
  const text = (length: number): string => {
    const part = payload.subarray(at, at + length);
    at += aligned(length);
    return decoder.decode(part);
  };
  const id = text(idLength);
  const late = text(lateLength);
  const batches: Uint8Array[] = [];
  for (let rest = view.getUint32(16, true); rest > 0; rest--) {
    const length = view.getUint32(at, true);
    batches.push(payload.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return {
    sequence: view.getFloat64(0, true),
    batchId: (has & HAS_ID) === 0 ? null : id,
    batches,
    late: (has & HAS_LATE) === 0 ? null : late,
  };
}

/** A stretch of a log that cannot be read. `tail`: nothing readable follows, as after a crash in the middle of a write. */
export interface BadStretch {
  readonly from: number;
  readonly to: number;
  readonly tail: boolean;
  readonly why: string;
}

export interface LogContents {
  readonly entries: readonly StoredEntry[];
  readonly bad: readonly BadStretch[];
}

/** Reads every frame of a log that is whole, going on behind damage. */
export function readLog(bytes: Uint8Array): LogContents {
  const entries: StoredEntry[] = [];
  const bad: BadStretch[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = FILE_HEAD;
  if (bytes.length === 0) return { entries, bad };
  if (bytes.length < FILE_HEAD || view.getBigUint64(0, true) !== FILE_MARK) {
    const next = nextFrame(bytes, view, 0);
    bad.push({ from: 0, to: next, tail: next === bytes.length, why: 'the head of the log is damaged' });
    at = next;
  }
  while (at < bytes.length) {
    const end = frameEnd(bytes, view, at);
    const entry = end === null ? null : entryAt(bytes, view, at);
    if (entry !== null && end !== null) {
      entries.push({ ...entry, bytes: end - at });
      at = end;
      continue;
    }
    const next = nextFrame(bytes, view, at + 8);
    const why =
      end === null ? 'a frame is cut short or its checksum is wrong' : 'a frame holds no readable batch';
    bad.push({ from: at, to: next, tail: next >= bytes.length, why });
    at = next;
  }
  return { entries, bad };
}

function entryAt(bytes: Uint8Array, view: DataView, at: number): LogEntry | null {
  try {
    return decodePayload(bytes.subarray(at + FRAME_HEAD, at + FRAME_HEAD + view.getUint32(at + 4, true)));
  } catch {
    return null;
  }
}

/** Where the frame at `at` ends, or null when there is no whole frame. */
function frameEnd(bytes: Uint8Array, view: DataView, at: number): number | null {
  if (at + FRAME_HEAD > bytes.length || view.getUint32(at, true) !== FRAME_MARK) return null;
  if (view.getUint32(at + 12, true) !== checksum(bytes.subarray(at, at + 12))) return null;
  const length = view.getUint32(at + 4, true);
  const end = at + FRAME_HEAD + length;
  if (length < 24 || end > bytes.length) return null;
  if (view.getUint32(at + 8, true) !== checksum(bytes.subarray(at + FRAME_HEAD, end))) return null;
  return Math.min(at + FRAME_HEAD + aligned(length), bytes.length);
}

/** The position of the next whole frame at or after `from`, else the length of the log. Frames start at multiples of 8. */
function nextFrame(bytes: Uint8Array, view: DataView, from: number): number {
  for (let at = aligned(from); at + FRAME_HEAD <= bytes.length; at += 8) {
    if (view.getUint32(at, true) === FRAME_MARK && frameEnd(bytes, view, at) !== null) return at;
  }
  return bytes.length;
}

interface Waiting {
  readonly frame: Uint8Array;
  resolve(): void;
  reject(error: unknown): void;
}

/** Hears of each sync: how long it took, and how many appends it made durable. */
export type OnSync = (seconds: number, appends: number) => void;

/**
 * The log that is being written. Appends that arrive while a sync runs share the next one (group
 * commit). After a failed write or sync nothing more is accepted: what the disk holds is unknown.
 */
export class LogWriter {
  readonly name: string;
  readonly #file: DiskFile;
  #position: number;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #failure: StoreError | null = null;
  #closed = false;

  readonly #onSync: OnSync;

  private constructor(name: string, file: DiskFile, position: number, onSync: OnSync) {
    this.name = name;
    this.#onSync = onSync;
    this.#file = file;
    this.#position = position;
  }

  /** Starts a new log; it is durable when this returns. */
  static async create(disk: Disk, path: string, name: string, onSync: OnSync = () => {}): Promise<LogWriter> {
    const file = await disk.open(path, 'create');
    try {
      const head = new Uint8Array(FILE_HEAD);
      new DataView(head.buffer).setBigUint64(0, FILE_MARK, true);
      await file.writeAt(0, head);
      await file.sync();
      await disk.syncFolder(folderOf(path));
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    return new LogWriter(name, file, FILE_HEAD, onSync);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#position;
  }

  /** Resolves once the frame is durable. */
  append(frame: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Appends of one turn of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const start = this.#position;
      let syncing = false;
      try {
        for (const { frame } of group) {
          await this.#file.writeAt(this.#position, frame);
          this.#position += frame.length;
        }
        syncing = true;
        const started = performance.now();
        await this.#file.sync();
        this.#onSync((performance.now() - started) / 1000, group.length);
        for (const { resolve } of group) resolve();
      } catch (error) {
        const refused = await this.#fail(error, syncing, start);
        for (const { reject } of [...group, ...(this.#failure === null ? [] : this.#waiting)])
          reject(refused);
        if (this.#failure !== null) this.#waiting = [];
      }
    }
    this.#running = null;
  }

  /** A write that failed is cut off again, so the log goes on; a failed sync or cut poisons it. */
  async #fail(error: unknown, syncing: boolean, start: number): Promise<StoreError> {
    const code = codeOf(error) ?? String(error);
    if (!syncing) {
      try {
        await this.#file.truncate(start);
        this.#position = start;
        return code === 'ENOSPC' || code === 'EDQUOT'
          ? new StoreError(
              'full',
              'the disk is full: the batch was not stored',
              'free space, or delete old data with `weir store delete`',
              error,
            )
          : new StoreError(
              'damaged',
              `the batch was not stored: writing the log failed (${code})`,
              null,
              error,
            );
      } catch {
        // falls through: what the file holds is unknown
      }
    }
    this.#failure = new StoreError(
      'read-only',
      `the store is read-only: ${syncing ? 'syncing' : 'repairing'} the log failed (${code})`,
      'what was acknowledged is safe; check the disk, then restart',
      error,
    );
    return this.#failure;
  }

  /** Set once the log accepts nothing more. */
  get failure(): StoreError | null {
    return this.#failure;
  }

  /** True once `close` was called: appends belong in another log. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Waits for what is being appended. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running !== null) await this.#running;
    await this.#file.close();
  }
}
