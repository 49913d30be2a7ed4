import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { constants, crc32, gunzipSync } from 'node:zlib';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { byteOrderMark, compressionOf, FILE_LIMITS } from './byte-stream.ts';
import { detectFormat } from './format.ts';
import { MAX_MESSAGE_BYTES, type MessageBlock } from './message-block.ts';
import { linesIn, room } from './plain-text-file.ts';
import type { Tally } from './receipt.ts';

/** Bytes of text that are unpacked at a time: they stay in the second-level cache while stages pass over them. */
const PIECE_BYTES = 1 << 19;
/** Bytes of the file read at a time; the kernel may look this far past them. */
const INPUT_BYTES = 1 << 17;
const PAST = 64;
/** How far back the data may refer. */
const WINDOW = 1 << 15;
/** Bytes of the state of the kernel, and its words: see wasm/assembly/inflate.ts. */
const STATE_BYTES = 16384;
const BIT_COUNT = 2;
const IN = 6;
const IN_END = 7;
const OUT = 8;
const OUT_END = 9;
const OUT_BEGIN = 10;
const LAST = 11;
const WANTS_INPUT = 0;
const DONE = 2;
const DAMAGED = 3;

const HEAD_BYTES = 1 << 16;
const MOST_HEAD = 1 << 25;
const NEWLINE = 10;
const TRAILER = 8;

/** What is kept between pieces, as numbers. */
const INPUT_AT = 0;
const KEPT = 1;
const OPEN_LINE = 2;
const MEMBER_BYTES = 3;
const CHECKSUM = 4;
const UNPACKED = 5;
const SKIPPING = 6;
const FINISHED = 7;
const IN_MEMBER = 8;
const NUMBERS = 16;
const KEPT_BYTES = MAX_MESSAGE_BYTES + WINDOW;

/** How much memory `GzipProgress` takes, to be shared by threads. */
export const PROGRESS_BYTES = NUMBERS * 8 + STATE_BYTES + KEPT_BYTES;

/** A piece of the file: its lines, null when none begins in it; `bytesIn` of the file were read for it. */
export interface GzipPiece {
  readonly bytesIn: number;
  lines(tally: Tally): MessageBlock | null;
}

/**
 * A gzip file of UTF-8 text, one message a line, unpacked piece by piece straight into kernel memory.
 * Where it stands lies in memory that threads can share: one thread at a time unpacks the next piece,
 * then looks through it while another goes on. Gives the messages that `LineFramer` gives.
 */
export class GzipTextFile {
  readonly size: number;
  /** The first line, without its end. */
  readonly firstLine: Uint8Array;
  readonly #descriptor: number;
  readonly #begin: number;
  /** What the next piece would meet. */
  #damage: GzipDamage | null = null;

  private constructor(descriptor: number, size: number, head: Uint8Array, begin: number) {
    this.#descriptor = descriptor;
    this.size = size;
    this.#begin = begin;
    const newline = head.indexOf(NEWLINE, begin);
    const end = newline < 0 ? head.length : newline;
    this.firstLine = head.slice(begin, head[end - 1] === 13 ? end - 1 : end);
  }

  /** Opens the file; null when it is no such text (not gzip, another encoding, events, a pipe). Throws as `openSync`. */
  static open(path: string): GzipTextFile | null {
    const descriptor = openSync(path, 'r');
    try {
      const status = fstatSync(descriptor);
      const head = status.isFile() ? headOf(descriptor, status.size) : null;
      const mark = head === null ? null : byteOrderMark(head);
      if (
        head !== null &&
        head.length > 0 &&
        compressionOf(head) === null &&
        (mark === null || mark.encoding === 'utf-8') &&
        detectFormat(head) === 'text'
      )
        return new GzipTextFile(descriptor, status.size, head, mark?.length ?? 0);
    } catch (failure) {
      closeSync(descriptor);
      throw failure;
    }
    closeSync(descriptor);
    return null;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /**
   * Unpacks the next piece; null at the end. Throws a GzipDamage when the data is damaged, cut short or
   * unpacks to more than a file should, after a piece with what came before.
   */
  next(progress: GzipProgress, kernels: KernelMemory): GzipPiece | null {
    const { numbers } = progress;
    if (numbers[FINISHED] === 1) return null;
    const before = numbers[INPUT_AT]!;
    const kept = numbers[KEPT]!;
    const out = room(kernels, KEPT_BYTES + PIECE_BYTES + 1) + KEPT_BYTES;
    kernels.bytes.set(progress.kept.subarray(0, kept), out - kept);
    if (this.#damage !== null) throw this.#damage;
    const end = this.#unpack(progress, kernels, out);
    const from = out - numbers[OPEN_LINE]!;
    const fresh = numbers[UNPACKED] === end - out;
    const finished = numbers[FINISHED] === 1;
    const lines = this.#lines(progress, kernels.bytes, fresh ? from + this.#begin : from, end, finished);
    const keep = Math.min(kept + end - out, Math.max(WINDOW, numbers[OPEN_LINE]!));
    progress.kept.set(kernels.bytes.subarray(end - keep, end));
    numbers[KEPT] = keep;
    return {
      bytesIn: numbers[INPUT_AT]! - before,
      lines(tally) {
        if (lines.cut) tally.flag('cut');
        // Only now: what is kept for the next piece must stay as it was.
        if (lines.closeAt >= 0) kernels.bytes[lines.closeAt] = NEWLINE;
        const block = linesIn(kernels, lines.from, lines.to, tally);
        if (block !== null && cutFirst(block)) tally.flag('cut');
        return block;
      },
    };
  }

  /** Unpacks to `out` until there is a piece or no more; where it ends. */
  #unpack({ numbers, state }: GzipProgress, kernels: KernelMemory, out: number): number {
    const { bytes, uints, exports } = kernels;
    const at = room(kernels, STATE_BYTES);
    const input = room(kernels, INPUT_BYTES + PAST);
    const word = at >> 2;
    bytes.set(state, at);
    uints[word + IN] = input;
    uints[word + IN_END] = input;
    uints[word + OUT] = out;
    uints[word + OUT_END] = out + PIECE_BYTES;
    let loaded = 0;
    const load = () => {
      loaded = readSync(this.#descriptor, bytes, input, INPUT_BYTES, numbers[INPUT_AT]!);
      bytes.fill(0, input + loaded, input + loaded + PAST);
      uints[word + IN] = input;
      uints[word + IN_END] = input + loaded;
      uints[word + LAST] = numbers[INPUT_AT]! + loaded >= this.size ? 1 : 0;
    };
    load();
    let checked = out;
    const check = () => {
      const until = uints[word + OUT]!;
      numbers[CHECKSUM] = crc32(bytes.subarray(checked, until), numbers[CHECKSUM]!);
      numbers[MEMBER_BYTES]! += until - checked;
      numbers[UNPACKED]! += until - checked;
      checked = until;
    };
    const unpack = () => {
      if (numbers[IN_MEMBER] === 0) {
        this.#beginMember(numbers, bytes.subarray(input, input + loaded));
        bytes.fill(0, at, at + IN * 4);
        load();
      }
      const known = Math.min(numbers[MEMBER_BYTES]!, WINDOW);
      uints[word + OUT_BEGIN] = checked - known;
      const answer = exports.inflate(at);
      check();
      numbers[INPUT_AT]! += uints[word + IN]! - input;
      if (answer === DAMAGED) {
        // The kernel looks ahead, past the end of a file that was cut short.
        numbers[INPUT_AT] = Math.min(numbers[INPUT_AT]!, this.size);
        throw new GzipDamage('incorrect data');
      }
      if (answer === DONE) {
        numbers[INPUT_AT]! -= uints[word + BIT_COUNT]! >> 3;
        load();
        this.#endMember(numbers, bytes.subarray(input, input + loaded));
        if (numbers[FINISHED] === 1) return false;
        load();
      } else if (answer === WANTS_INPUT) load();
      else return false;
      return true;
    };
    try {
      while (unpack());
    } catch (failure) {
      if (!(failure instanceof GzipDamage) || checked === out) throw failure;
      this.#damage = failure;
    }
    if (numbers[UNPACKED]! > FILE_LIMITS.maxBytes)
      throw new GzipDamage(`more than ${FILE_LIMITS.maxBytes} bytes come out`);
    if (
      numbers[UNPACKED]! > FILE_LIMITS.ratioFrom &&
      numbers[UNPACKED]! > numbers[INPUT_AT]! * FILE_LIMITS.maxRatio
    )
      throw new GzipDamage(`more than ${FILE_LIMITS.maxRatio} times its size comes out`);
    state.set(bytes.subarray(at, at + STATE_BYTES));
    return checked;
  }

  /** Passes over the header of a member. */
  #beginMember(numbers: Float64Array, input: Uint8Array): void {
    const length = headerLength(input);
    if (length === null) throw new GzipDamage('incorrect header');
    numbers[INPUT_AT]! += length;
    numbers[IN_MEMBER] = 1;
    numbers[MEMBER_BYTES] = 0;
    numbers[CHECKSUM] = 0;
  }

  /** Checks the trailer of a member; zeroes may follow the last one. */
  #endMember(numbers: Float64Array, input: Uint8Array): void {
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    if (input.length < TRAILER) throw new GzipDamage('unexpected end of file');
    if (view.getUint32(0, true) !== numbers[CHECKSUM]) throw new GzipDamage('incorrect data check');
    if (view.getUint32(4, true) !== numbers[MEMBER_BYTES]! % 2 ** 32)
      throw new GzipDamage('incorrect length check');
    numbers[INPUT_AT]! += TRAILER;
    numbers[IN_MEMBER] = 0;
    if (input.length === TRAILER || input[TRAILER] === 0) {
      numbers[FINISHED] = 1;
      numbers[INPUT_AT] = this.size;
    }
  }

  /** The complete lines of `[from, end)`; notes what is left open. */
  #lines(
    { numbers }: GzipProgress,
    bytes: Uint8Array,
    from: number,
    end: number,
    finished: boolean,
  ): { from: number; to: number; closeAt: number; cut: boolean } {
    let begin = from;
    if (numbers[SKIPPING] === 1) {
      // What is beyond the end of a line that was cut.
      const newline = bytes.subarray(0, end).indexOf(NEWLINE, from);
      if (newline < 0) {
        numbers[OPEN_LINE] = 0;
        return { from: end, to: end, closeAt: -1, cut: false };
      }
      numbers[SKIPPING] = 0;
      begin = newline + 1;
    }
    const last = bytes.subarray(0, end).lastIndexOf(NEWLINE);
    const lineStart = last < begin ? begin : last + 1;
    const open = end - lineStart;
    const tooLong = open > MAX_MESSAGE_BYTES;
    numbers[OPEN_LINE] = finished || tooLong ? 0 : open;
    if (tooLong) {
      numbers[SKIPPING] = 1;
      let stop = lineStart + MAX_MESSAGE_BYTES;
      while (stop > lineStart && (bytes[stop]! & 0xc0) === 0x80) stop--;
      return { from: begin, to: stop + 1, closeAt: stop, cut: true };
    }
    if (finished && open > 0) return { from: begin, to: end + 1, closeAt: end, cut: false };
    return { from: begin, to: lineStart, closeAt: -1, cut: false };
  }
}

/** Cuts the first message, the only one that may be longer than messages are, and says whether it did. */
function cutFirst({ data, starts, ends }: MessageBlock): boolean {
  const stop = starts[0]! + MAX_MESSAGE_BYTES;
  if (ends[0]! <= stop) return false;
  let end = stop;
  while (end > stop - 4 && (data[end]! & 0xc0) === 0x80) end--;
  ends[0] = end;
  return true;
}

/** Gzip data that cannot be unpacked to its end; the message says why. */
export class GzipDamage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GzipDamage';
  }
}

/** Where the unpacking of a file stands. */
export class GzipProgress {
  readonly numbers: Float64Array;
  readonly state: Uint8Array;
  /** The end of what was unpacked: as far back as the data may refer, and all of the line that is open. */
  readonly kept: Uint8Array;

  /** `memory` has PROGRESS_BYTES, all zero for a file that was not begun. */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(PROGRESS_BYTES), offset = 0) {
    this.numbers = new Float64Array(memory, offset, NUMBERS);
    this.state = new Uint8Array(memory, offset + NUMBERS * 8, STATE_BYTES);
    this.kept = new Uint8Array(memory, offset + NUMBERS * 8 + STATE_BYTES, KEPT_BYTES);
  }
}

/** The beginning of the text; null when the file is not gzip, or its beginning says nothing. */
function headOf(descriptor: number, size: number): Uint8Array | null {
  const packed = new Uint8Array(Math.min(HEAD_BYTES, size));
  const got = packed.length === 0 ? 0 : readSync(descriptor, packed, 0, packed.length, 0);
  if (got !== packed.length || compressionOf(packed) !== 'gzip' || headerLength(packed) === null) return null;
  try {
    const head = gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_HEAD });
    return head.subarray(0, HEAD_BYTES);
  } catch {
    // Damaged, or a bomb: the ordinary way of reading tells the user.
    return null;
  }
}

/** Bytes of a gzip header (RFC 1952); null when it is none, or not whole. */
function headerLength(bytes: Uint8Array): number | null {
  const flags = bytes[3] ?? 0xff;
  if (compressionOf(bytes) !== 'gzip' || (flags & 0xe0) !== 0) return null;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
  for (const text of [8, 16]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return null;
    at = end + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  return at <= bytes.length ? at : null;
}
