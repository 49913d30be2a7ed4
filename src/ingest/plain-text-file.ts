import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { linesOfGrid, noteLines } from '../engine/kernels/split-grid.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { byteOrderMark, compressionOf } from './byte-stream.ts';
import { detectFormat } from './format.ts';
import { validUtf8 } from './line-framer.ts';
import { MAX_MESSAGE_BYTES, type MessageBlock } from './message-block.ts';
import type { Tally } from './receipt.ts';

/** Bytes of one piece: small enough to stay in the second-level cache while every stage passes over it. */
export const PIECE_BYTES = 1 << 19;
/** How much is read past a piece for the line that begins in it. */
const OVERRUN = 1 << 14;
const HEAD = 4096;
const NEWLINE = 10;
const RETURN = 13;

/**
 * A file of uncompressed UTF-8 text, one message a line, read in pieces straight into kernel memory.
 * Pieces can be read in any order and by several threads: a line belongs to the piece in which the
 * newline before it lies. Gives exactly the messages that `LineFramer` gives.
 */
export class PlainTextFile {
  readonly size: number;
  readonly pieces: number;
  readonly #descriptor: number;
  /** Where the text begins: after a byte order mark. */
  readonly #begin: number;
  readonly #head: Uint8Array;

  private constructor(descriptor: number, size: number, head: Uint8Array, begin: number) {
    this.#descriptor = descriptor;
    this.size = size;
    this.#head = head;
    this.#begin = begin;
    this.pieces = Math.ceil(size / PIECE_BYTES);
  }

  /** Opens the file; null when it is no such text (compressed, another encoding, events, a pipe). Throws as `openSync`. */
  static open(path: string): PlainTextFile | null {
    const descriptor = openSync(path, 'r');
    try {
      const status = fstatSync(descriptor);
      const head = new Uint8Array(Math.min(HEAD, status.size));
      const got = status.isFile() && head.length > 0 ? readSync(descriptor, head, 0, head.length, 0) : 0;
      const mark = byteOrderMark(head);
      const plain =
        got === head.length &&
        got > 0 &&
        compressionOf(head) === null &&
        (mark === null || mark.encoding === 'utf-8') &&
        detectFormat(head) === 'text';
      if (plain) return new PlainTextFile(descriptor, status.size, head, mark?.length ?? 0);
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

  /** The first line that is not empty, without its end; null when it does not end near the beginning of the file. */
  get firstLine(): Uint8Array | null {
    let from = this.#begin;
    for (;;) {
      const newline = this.#head.indexOf(NEWLINE, from);
      if (newline < 0) return null;
      const end = newline > from && this.#head[newline - 1] === RETURN ? newline - 1 : newline;
      if (end > from) return this.#head.subarray(from, end);
      from = newline + 1;
    }
  }

  /**
   * The messages of one piece, in kernel memory and valid until that is reset; null when no line
   * begins in it. Counts what it reads, skips and flags. Throws when the kernel memory is too small.
   */
  read(piece: number, kernels: KernelMemory, tally: Tally): MessageBlock | null {
    const offset = piece * PIECE_BYTES;
    const wanted = Math.min(PIECE_BYTES + OVERRUN, this.size - offset);
    if (wanted <= 0) return null;
    const address = room(kernels, PIECE_BYTES + OVERRUN + MAX_MESSAGE_BYTES + 1);
    const bytes = kernels.bytes;
    const got = readSync(this.#descriptor, bytes, address, wanted, offset);
    let end = address + got;
    const limit = address + PIECE_BYTES;
    let from = address + this.#begin;
    if (piece > 0) {
      const newline = bytes.indexOf(NEWLINE, address);
      if (newline < 0 || newline >= Math.min(end, limit)) return null;
      from = newline + 1;
    }
    let to = end;
    let cut = false;
    if (end > limit || offset + got < this.size) {
      let newline = bytes.indexOf(NEWLINE, limit);
      if (newline < 0 || newline >= end) {
        ({ newline, end, cut } = this.#lineEnd(kernels, address, end, offset + got, from));
      }
      to = newline + 1;
    } else if (bytes[end - 1] !== NEWLINE) {
      // The last line of a file may lack its newline.
      bytes[end] = NEWLINE;
      to = end + 1;
    }
    if (cut) tally.flag('cut');
    return linesIn(kernels, from, to, tally);
  }

  /** Reads on until the line that is open at the end of the piece ends, or is as long as a message may be. */
  #lineEnd(kernels: KernelMemory, address: number, loaded: number, offset: number, from: number) {
    const { bytes } = kernels;
    const lastStart = Math.max(from, bytes.lastIndexOf(NEWLINE, loaded - 1) + 1, address);
    let end = loaded;
    let at = offset;
    for (;;) {
      const left = lastStart + MAX_MESSAGE_BYTES + 1 - end;
      const got = left <= 0 ? 0 : readSync(this.#descriptor, bytes, end, Math.min(left, OVERRUN), at);
      if (got === 0) break;
      const newline = bytes.subarray(0, end + got).indexOf(NEWLINE, end);
      end += got;
      at += got;
      if (newline >= 0) return { newline, end, cut: newline - lastStart > MAX_MESSAGE_BYTES };
    }
    let stop = end;
    const cut = end - lastStart > MAX_MESSAGE_BYTES;
    if (cut) {
      // What is beyond a whole character at 1 MB is left out, up to the line's end in a later piece.
      stop = lastStart + MAX_MESSAGE_BYTES;
      while (stop > lastStart && (bytes[stop]! & 0xc0) === 0x80) stop--;
    }
    bytes[stop] = NEWLINE;
    return { newline: stop, end: stop + 1, cut };
  }
}

/**
 * The lines of `[from, to)` in kernel memory, which ends with a newline; null when none of them has bytes.
 * Counts what it reads, skips and flags. Throws when the kernel memory is too small.
 */
export function linesIn(kernels: KernelMemory, from: number, to: number, tally: Tally): MessageBlock | null {
  if (to <= from) return null;
  const split = linesOfGrid(kernels, from, to);
  if (split !== null) {
    tally.read += split.starts.length;
    return asBlock(kernels, split.starts, split.ends, tally);
  }
  const capacity = ((to - from) >> 1) + 2;
  const starts = kernels.uint32(capacity);
  const ends = kernels.uint32(capacity);
  if (!kernels.holds(starts) || !kernels.holds(ends)) throw new RangeError('the kernel memory is full');
  const length = kernels.exports.findLines(from, to, starts.byteOffset, ends.byteOffset);
  const empty = kernels.exports.emptyLines.value;
  tally.read += length + empty;
  tally.skip('empty', empty);
  if (length === 0) return null;
  const found = starts.subarray(0, length);
  noteLines(kernels, found);
  return asBlock(kernels, found, ends.subarray(0, length), tally);
}

/** Lines that were just found as a block. */
function asBlock(
  kernels: KernelMemory,
  starts: Uint32Array,
  ends: Uint32Array,
  tally: Tally,
): MessageBlock | null {
  return validUtf8(
    {
      data: kernels.bytes,
      starts,
      ends,
      length: starts.length,
      letterLines: kernels.exports.letterLines.value,
      layout: null,
      times: null,
      origin: null,
    },
    tally,
  );
}

/** The address of `size` bytes of kernel memory. Throws when there is no room. */
export function room(kernels: KernelMemory, size: number): number {
  const address = kernels.allocate(size);
  if (address === null) throw new RangeError('the kernel memory is full');
  return address;
}
