import { constants, zstdDecompressSync } from 'node:zlib';
import { allBytes, type ByteSet, newByteSet } from '../engine/columns/byte-set.ts';
import { Words } from '../engine/columns/words.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { ARROW_MAGIC } from './arrow-file.ts';
import { checksum } from './checksum.ts';
import type { DiskFile } from './disk.ts';
import { DAMAGE_HINT, StoreError } from './failure.ts';
import {
  type BufferPlace,
  type PhysicalColumn,
  type SegmentIndex,
  TRAILER_BYTES,
  TRAILER_MARK,
} from './segment-index.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What kernel memory aligns its buffers to: a page. */
const ALIGNED = 4096;

/** What a scan read and left out, in bytes of the file. */
export interface ReadCounter {
  bytesRead: number;
}

/** An open segment: its index, and buffers on demand. Checksums are checked on every read. */
export class SegmentReader {
  readonly name: string;
  readonly index: SegmentIndex;
  readonly bytes: number;
  readonly #file: DiskFile;
  readonly #pieces = new Map<number, readonly Uint8Array[]>();
  readonly #words = new Map<number, Words>();
  readonly #letters = new Map<string, ByteSet | null>();
  readonly #merged = new Map<string, Words>();

  private constructor(name: string, file: DiskFile, index: SegmentIndex, bytes: number) {
    this.name = name;
    this.#file = file;
    this.index = index;
    this.bytes = bytes;
  }

  /** Reads the index of a segment file; throws a StoreError (`damaged`) when it is not whole. Owns `file` from then on. */
  static open(name: string, file: DiskFile): SegmentReader {
    const size = file.size();
    const tail = file.readAt(Math.max(0, size - 4 - ARROW_MAGIC.length), 4 + ARROW_MAGIC.length);
    const damaged = (what: string): StoreError =>
      new StoreError('damaged', `segment \`${name}\` is damaged: ${what}`, DAMAGE_HINT);
    if (tail.length < 10 || ARROW_MAGIC.some((byte, at) => tail[4 + at] !== byte)) {
      throw damaged('its end is missing');
    }
    const footer = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
    const trailerAt = size - tail.length - footer - TRAILER_BYTES;
    if (trailerAt < 8) throw damaged('its footer does not fit');
    const trailer = file.readAt(trailerAt, TRAILER_BYTES);
    const view = new DataView(trailer.buffer);
    if (
      view.getBigUint64(24, true) !== TRAILER_MARK ||
      view.getUint32(16, true) !== checksum(trailer.subarray(0, 16))
    ) {
      throw damaged('its index cannot be found');
    }
    const packed = file.readAt(view.getFloat64(0, true), view.getUint32(8, true));
    if (checksum(packed) !== view.getUint32(12, true)) throw damaged('the checksum of its index is wrong');
    const index = JSON.parse(new TextDecoder().decode(zstdDecompressSync(packed))) as SegmentIndex;
    return new SegmentReader(name, file, index, size);
  }

  /**
   * The bytes of a buffer, unpacked; empty for an absent one. With `memory` they are short-lived bytes
   * there, as long as there is room.
   */
  buffer(place: BufferPlace, counter: ReadCounter, memory: KernelMemory | null = null): Bytes {
    const [offset, length, expected] = place;
    if (length === 0) return new Uint8Array(0);
    const stored = this.#file.readAt(offset, length, roomFor(offset, length, memory));
    counter.bytesRead += length;
    if (stored.length < length || checksum(stored) !== expected) {
      throw new StoreError(
        'damaged',
        `segment \`${this.name}\` is damaged: a checksum at byte ${offset} is wrong`,
        DAMAGE_HINT,
      );
    }
    const plain = unpackBuffer(stored);
    if (memory === null || memory.holds(plain)) return plain;
    return memory.copyOf(plain) ?? plain;
  }

  /** The constant pieces of a shape; the identical array each time. */
  pieces(shape: number): readonly Uint8Array[] {
    let pieces = this.#pieces.get(shape);
    if (pieces === undefined) {
      pieces = this.index.shapes[shape]!.pieces.map((piece) => new Uint8Array(Buffer.from(piece, 'base64')));
      this.#pieces.set(shape, pieces);
    }
    return pieces;
  }

  /** The bytes that can occur in a text that lies in these columns, where the index says; the identical set each time. */
  letters(columns: readonly number[]): ByteSet | null {
    const key = columns.join();
    let letters = this.#letters.get(key);
    if (letters === undefined) {
      const sets = columns.map((column) => lettersOf(this.index.columns[column]!));
      letters = sets.includes(null) ? null : allBytes(sets.filter((set) => set !== null));
      this.#letters.set(key, letters);
    }
    return letters;
  }

  /** The dictionary of a column, read once. Shared by the batches of every scan. */
  words(column: number, counter: ReadCounter): Words {
    const known = this.#words.get(column);
    if (known !== undefined) return known;
    const { words: count, wordBuffers } = this.index.columns[column]!;
    const offsets = this.buffer(wordBuffers[1]!, counter);
    const data = this.buffer(wordBuffers[2]!, counter);
    const ends = new Uint32Array(offsets.buffer, offsets.byteOffset + 4, count + 1);
    const words = Words.adopt(data, ends, count);
    this.#words.set(column, words);
    return words;
  }

  /** The words of a field whose texts come from several columns. */
  mergedWords(field: string): Words {
    let words = this.#merged.get(field);
    if (words === undefined) {
      words = new Words();
      this.#merged.set(field, words);
    }
    return words;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

const DIGITS = newByteSet(Array.from({ length: 10 }, (_, digit) => 48 + digit));

function lettersOf({ kind, letters }: PhysicalColumn): ByteSet | null {
  if (kind === 'int') return DIGITS;
  return letters === undefined ? null : new Uint8Array(Buffer.from(letters, 'hex'));
}

/** Bytes of kernel memory to read into. Reads from the page cache are fastest where file and memory are aligned alike. */
function roomFor(offset: number, length: number, memory: KernelMemory | null): Bytes | undefined {
  const within = offset % ALIGNED;
  const address = memory?.allocate(length + within) ?? null;
  if (memory === null || address === null) return undefined;
  return memory.bytes.subarray(address + within, address + within + length) as Bytes;
}

/** Undoes `packBuffer`; the result starts at a multiple of 8 bytes. */
function unpackBuffer(stored: Bytes): Bytes {
  const size = Number(new DataView(stored.buffer, stored.byteOffset).getBigInt64(0, true));
  if (size < 0) return stored.subarray(8);
  const packed = stored.subarray(8);
  const bytes = zstdDecompressSync(packed, {
    // A byte to spare: a chunk that comes out full makes zlib look for more, in a second chunk.
    chunkSize: Math.max(64, size + 1),
    finishFlush: constants.ZSTD_e_end,
  });
  const plain = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  return bytes.byteOffset % 8 === 0 ? plain : plain.slice();
}
