import type { TextColumn } from '../columns/column.ts';
import { holdsText } from './inside-kernels.ts';
import type { AnchorSpans } from './match-anchors.ts';
import { currentKernels, type KernelMemory } from './wasm/memory.ts';

/** Rows split at one byte, by the SIMD kernels. */
export interface SplitRows extends AnchorSpans {
  /**
   * 1 for each row that has not exactly the wanted pieces, or an empty one; null when there is no such
   * row. Ask while the batch lives.
   */
  odd(): Uint8Array | null;
}

/**
 * Splits every row at `delimiter` into `pieces` pieces, the last of which takes the rest of the row;
 * `wanted[p]` says whether piece `p` is read. Rows with fewer delimiters do not match. Null when the
 * kernels are not there or the rows are not in their memory: then a plain scan has to do it.
 */
export function splitRows(
  subject: TextColumn,
  delimiter: number,
  pieces: number,
  wanted: readonly boolean[],
): SplitRows | null {
  const kernels = currentKernels();
  const { length, validity } = subject;
  if (kernels === null || length === 0 || pieces < 2 || validity !== null) return null;
  if (!holdsText(kernels, subject)) return null;
  return (
    grid(kernels, subject, delimiter, pieces, wanted) ?? cuts(kernels, subject, delimiter, pieces, wanted)
  );
}

/** What the last split found: the source and a stage often split the same rows. */
interface KnownGrid {
  readonly generation: number;
  readonly starts: number;
  readonly ends: number;
  readonly length: number;
  readonly delimiter: number;
  readonly pieces: number;
  /** The address of the positions, or null when the rows are no grid. */
  readonly grid: number | null;
}

/** Entries that the kernel may write past the last cut. */
const CUTS_PAST = 64;

const knownGrids = new WeakMap<KernelMemory, KnownGrid>();

/** Lines of a file as they were found last, and how they were split, if at all. */
interface KnownLines {
  readonly generation: number;
  readonly starts: number;
  readonly length: number;
  split: { readonly delimiter: number; readonly pieces: number } | null;
}

const knownLines = new WeakMap<KernelMemory, KnownLines>();

/**
 * The lines of the bytes [from, to), which end with a newline: with the places where they will be split,
 * if the lines before them were split and were a grid; null where that is not so or these are none.
 */
export function linesOfGrid(
  kernels: KernelMemory,
  from: number,
  to: number,
): { readonly starts: Uint32Array; readonly ends: Uint32Array } | null {
  const split = knownLines.get(kernels)?.split ?? null;
  knownLines.delete(kernels);
  if (split === null) return null;
  const { delimiter, pieces } = split;
  const capacity = Math.floor((to - from) / pieces) + 1;
  const starts = kernels.uint32(capacity);
  const ends = kernels.uint32(capacity);
  const address = positionsOf(kernels, to - from);
  if (address === null || !kernels.holds(starts) || !kernels.holds(ends)) return null;
  const { exports, generation, uints } = kernels;
  const [first, last] = [starts.byteOffset, ends.byteOffset];
  const length = exports.findGrid(from, to, delimiter, pieces, address, first, last);
  if (length === 0) return null;
  uints[(address >> 2) + length * pieces - 1] = ends[length - 1]!;
  knownGrids.set(kernels, {
    generation,
    starts: first,
    ends: last,
    length,
    delimiter,
    pieces,
    grid: address,
  });
  const lines = { starts: starts.subarray(0, length), ends: ends.subarray(0, length) };
  noteLines(kernels, lines.starts);
  return lines;
}

/** Says that these are lines of a file, and that more of it will follow. */
export function noteLines(kernels: KernelMemory, starts: Uint32Array): void {
  const { generation } = kernels;
  knownLines.set(kernels, { generation, starts: starts.byteOffset, length: starts.length, split: null });
}

/** Remembers how lines were split that are a grid. */
function noteSplit(
  kernels: KernelMemory,
  { generation, starts, length, delimiter, pieces }: KnownGrid,
): void {
  const lines = knownLines.get(kernels);
  if (lines?.generation !== generation || lines.starts !== starts || lines.length !== length) return;
  lines.split ??= { delimiter, pieces };
}

function grid(
  kernels: KernelMemory,
  subject: TextColumn,
  delimiter: number,
  pieces: number,
  wanted: readonly boolean[],
): SplitRows | null {
  const { exports, generation } = kernels;
  const { starts, ends, length } = subject;
  const known = knownGrids.get(kernels);
  const isKnown =
    known !== undefined &&
    known.generation === generation &&
    known.starts === starts.byteOffset &&
    known.ends === ends.byteOffset &&
    known.length === length &&
    known.delimiter === delimiter &&
    known.pieces === pieces;
  const address = isKnown ? known.grid : makeGrid(kernels, subject, delimiter, pieces);
  const key = { generation, starts: starts.byteOffset, ends: ends.byteOffset, length };
  const now = { ...key, delimiter, pieces, grid: address };
  if (!isKnown) knownGrids.set(kernels, now);
  if (address === null) return null;
  noteSplit(kernels, now);
  const spans = pieceArrays(kernels, length, wanted);
  if (spans === null) return null;
  wanted.forEach((read, piece) => {
    if (!read) return;
    exports.gridColumn(
      address,
      length,
      pieces,
      piece,
      starts.byteOffset,
      ends.byteOffset,
      spans.starts[piece]!.byteOffset,
      spans.ends[piece]!.byteOffset,
    );
  });
  return {
    ...spans,
    matched: kernels.uint8(length).fill(1),
    all: true,
    odd: () => {
      const from = starts.byteOffset;
      if (exports.hasEmptyPiece(address, length, pieces, from, ends.byteOffset) === 0) return null;
      return emptyPieces(kernels.uints.subarray(address >> 2), subject, pieces);
    },
  };
}

/** 1 for each row of a grid that has an empty piece. */
function emptyPieces(
  positions: Uint32Array,
  { starts, ends, length }: TextColumn,
  pieces: number,
): Uint8Array {
  const odd = new Uint8Array(length);
  for (let row = 0; row < length; row++) {
    let before = starts[row]! - 1;
    for (let piece = 0; piece < pieces; piece++) {
      const position = piece === pieces - 1 ? ends[row]! : positions[row * pieces + piece]!;
      if (position - before === 1) odd[row] = 1;
      before = position;
    }
  }
  return odd;
}

/**
 * Rows that follow each other line by line are split in one pass over all of them: when there are as
 * many delimiters as `pieces` a row asks for, piece `p` of row `r` ends at position `r * pieces + p`.
 */
function makeGrid(
  kernels: KernelMemory,
  { starts, ends, length }: TextColumn,
  delimiter: number,
  pieces: number,
): number | null {
  const { exports } = kernels;
  const from = starts[0]!;
  const to = ends[length - 1]!;
  const count = length * pieces;
  if (!areAdjacent(starts, ends, length)) return null;
  const address = positionsOf(kernels, to - from);
  if (address === null) return null;
  const found = exports.findDelimiters(from, to, delimiter, address);
  if (found !== count - 1 || exports.newlines.value !== length - 1) return null;
  // The end of the last row is no newline that belongs to the rows.
  new Uint32Array(kernels.bytes.buffer, address, count)[count - 1] = to;
  return exports.checkGrid(address, length, pieces, ends.byteOffset) === 0 ? null : address;
}

/** Room for the positions of delimiters in so many bytes. */
function positionsOf(kernels: KernelMemory, bytes: number): number | null {
  // Every byte could be a delimiter, and the kernel stores eleven positions at a time.
  return kernels.allocate((bytes + 16) * 4);
}

/** Whether nothing but a line end (`\n` or `\r\n`) can lie between each row and the next. */
function areAdjacent(starts: Uint32Array, ends: Uint32Array, length: number): boolean {
  for (let row = 1; row < length; row++) if ((starts[row]! - ends[row - 1]! - 1) >>> 0 > 1) return false;
  return true;
}

function cuts(
  kernels: KernelMemory,
  { starts, ends, length }: TextColumn,
  delimiter: number,
  pieces: number,
  wanted: readonly boolean[],
): SplitRows | null {
  const { exports } = kernels;
  const made = knownCuts(kernels, starts, ends, length, delimiter, pieces);
  const spans = pieceArrays(kernels, length, wanted);
  const room = kernels.allocate(length);
  if (made === null || room === null || spans === null) return null;
  const from = starts.byteOffset;
  const to = ends.byteOffset;
  const { address, matched, all } = made;
  wanted.forEach((read, piece) => {
    if (!read) return;
    exports.cutColumn(
      address,
      matched.byteOffset,
      length,
      pieces,
      piece,
      from,
      to,
      spans.starts[piece]!.byteOffset,
      spans.ends[piece]!.byteOffset,
    );
  });
  return {
    ...spans,
    matched,
    all,
    odd: () => {
      const odd = new Uint8Array(kernels.bytes.buffer, room, length);
      const found = matched.byteOffset;
      return exports.oddCuts(length, from, to, delimiter, pieces, address, found, room) === 0 ? null : odd;
    },
  };
}

/** Where the delimiters of rows lie that are no grid. */
interface Cuts {
  readonly generation: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly delimiter: number;
  readonly pieces: number;
  readonly address: number;
  readonly matched: Uint8Array;
  readonly all: boolean;
}

const lastCuts = new WeakMap<KernelMemory, Cuts>();

/** The cuts of rows: those that were made last when they are of the same rows, in whatever arrays. */
function knownCuts(
  kernels: KernelMemory,
  starts: Uint32Array,
  ends: Uint32Array,
  length: number,
  delimiter: number,
  pieces: number,
): Cuts | null {
  const { generation } = kernels;
  const last = lastCuts.get(kernels);
  if (
    last !== undefined &&
    last.generation === generation &&
    last.delimiter === delimiter &&
    last.pieces === pieces &&
    isSame(last.starts, starts.subarray(0, length)) &&
    isSame(last.ends, ends.subarray(0, length))
  )
    return last;
  const address = kernels.allocate((length * (pieces - 1) + CUTS_PAST) * 4);
  const matched = kernels.uint8(length);
  if (address === null || !kernels.holds(matched)) return null;
  const complete = kernels.exports.cutRows(
    length,
    starts.byteOffset,
    ends.byteOffset,
    delimiter,
    pieces,
    address,
    matched.byteOffset,
  );
  const own = { starts: starts.subarray(0, length), ends: ends.subarray(0, length) };
  const cuts = { generation, ...own, delimiter, pieces, address, matched, all: complete === length };
  lastCuts.set(kernels, cuts);
  return cuts;
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  const bytes = (array: Uint32Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return a.byteOffset === b.byteOffset || bytes(a).equals(bytes(b));
}

function pieceArrays(
  kernels: KernelMemory,
  length: number,
  wanted: readonly boolean[],
): Pick<AnchorSpans, 'starts' | 'ends'> | null {
  const starts = wanted.map((read) => (read ? kernels.uint32(length) : null));
  const ends = wanted.map((read) => (read ? kernels.uint32(length) : null));
  const inside = [...starts, ...ends].every((array) => array === null || kernels.holds(array));
  return inside ? { starts, ends } : null;
}
