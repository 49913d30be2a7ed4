import { closeSync, openSync, readSync } from 'node:fs';
import { compressionOf } from './byte-stream.ts';
import type { InputFile } from './files.ts';
import type { InputFormat } from './format.ts';
import { PIECE_BYTES, PlainTextFile } from './plain-text-file.ts';
import { asLines } from './shared-files.ts';
import type { SourceConfig } from './source-config.ts';

/** A part of a run: some pieces of a file of plain text (several threads may have parts of one file), or a whole file of any kind. */
export type RunPart =
  | { readonly kind: 'pieces'; readonly file: number; readonly from: number; readonly to: number }
  | { readonly kind: 'whole'; readonly file: number };

/** What one thread reads in one go, and which row numbers it may give: plain data. */
export interface IngestRun {
  readonly parts: readonly RunPart[];
  readonly firstRow: number;
  readonly rows: number;
}

/** How several threads read files: plain data. */
export interface IngestPlan {
  readonly threads: number;
  readonly runs: readonly IngestRun[];
  /** Row numbers of all runs. */
  readonly rows: number;
  /** Segments that threads may write at most. */
  readonly segments: number;
}

/** Below this many bytes of text other threads would hardly have started. */
const WORTH_THREADS = 24 << 20;
/** Bytes of a run at most, as far as files can be cut: about what one segment takes. */
const RUN_BYTES = 104 << 20;
/** Bytes of text that a byte of a compressed file stands for, about. */
const EXPANSION = 8;
/** Rows that a byte of a file which is read whole may stand for, and those of any file: more make the plan fail. */
const ROWS_PER_BYTE = 64;
const ROWS_PER_FILE = 1 << 16;
/** Bytes of text for which a run may write a segment of its own besides those that are full. */
const SEGMENT_TEXT = 1 << 20;

interface Portion {
  readonly part: RunPart;
  /** Bytes of text, about. */
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Cuts the files into runs of about one size, in their order; null when threads would gain nothing:
 * the files are too small, or one that must be read from beginning to end is most of them.
 */
export function planIngest(
  files: readonly InputFile[],
  config: SourceConfig,
  format: InputFormat,
  threadsAtMost: number,
): IngestPlan | null {
  const sizes = files.map(({ size }) => size);
  if (sizes.includes(null)) return null;
  // Nothing is opened for files that are too small whatever they are.
  if (sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) * EXPANSION < WORTH_THREADS) return null;
  const cutting = asLines(config) && (format === 'auto' || format === 'text');
  const portions = files.flatMap((file, at) => portionsOf(file, at, cutting));
  const bytes = portions.reduce((sum, portion) => sum + portion.bytes, 0);
  const threads = Math.max(1, Math.min(threadsAtMost, Math.floor(bytes / (WORTH_THREADS / 2))));
  const largest = portions.reduce((most, portion) => Math.max(most, portion.bytes), 0);
  if (bytes < WORTH_THREADS || largest * threads > bytes * 1.25) return null;
  const rounds = Math.ceil(bytes / (threads * RUN_BYTES));
  const runs = runsOf(portions, bytes / (threads * rounds));
  const rows = runs.reduce((sum, run) => sum + run.rows, 0);
  return { threads, runs, rows, segments: runs.length + Math.ceil(rows / SEGMENT_TEXT) };
}

function portionsOf({ path, size }: InputFile, file: number, cutting: boolean): Portion[] {
  const length = size ?? 0;
  if (length === 0) return [{ part: { kind: 'whole', file }, bytes: 0, rows: 0 }];
  if (!cutting || !isPlainText(path)) {
    const bytes = isCompressed(path) ? length * EXPANSION : length;
    return [{ part: { kind: 'whole', file }, bytes, rows: length * ROWS_PER_BYTE + ROWS_PER_FILE }];
  }
  return Array.from({ length: Math.ceil(length / PIECE_BYTES) }, (_, piece) => ({
    part: { kind: 'pieces', file, from: piece, to: piece + 1 },
    bytes: Math.min(PIECE_BYTES, length - piece * PIECE_BYTES),
    rows: PIECE_BYTES,
  }));
}

/** Whether a file can be cut; false, too, when it cannot be opened, which whoever reads it will tell. */
function isPlainText(path: string): boolean {
  try {
    const opened = PlainTextFile.open(path);
    opened?.close();
    return opened !== null;
  } catch {
    return false;
  }
}

/** Whether a file is compressed; false, too, when it cannot be opened. */
function isCompressed(path: string): boolean {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const head = new Uint8Array(4);
      readSync(descriptor, head, 0, head.length, 0);
      return compressionOf(head) !== null;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}

function runsOf(portions: readonly Portion[], size: number): IngestRun[] {
  const runs: IngestRun[] = [];
  let firstRow = 0;
  let parts: RunPart[] = [];
  let bytes = 0;
  let rows = 0;
  const end = (): void => {
    if (parts.length > 0) runs.push({ parts, firstRow, rows });
    firstRow += rows;
    parts = [];
    bytes = 0;
    rows = 0;
  };
  for (const portion of portions) {
    if (bytes > 0 && bytes + portion.bytes > size + PIECE_BYTES) end();
    addPart(parts, portion.part);
    bytes += portion.bytes;
    rows += portion.rows;
    if (bytes >= size) end();
  }
  end();
  return runs;
}

/** Adds a part; pieces that follow one another are one part. */
function addPart(parts: RunPart[], part: RunPart): void {
  const last = parts.at(-1);
  if (part.kind === 'pieces' && last?.kind === 'pieces' && last.file === part.file && last.to === part.from) {
    parts[parts.length - 1] = { ...last, to: part.to };
  } else parts.push(part);
}
