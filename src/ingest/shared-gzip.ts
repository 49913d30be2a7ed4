import type { Batch } from '../engine/columns/batch.ts';
import { type KernelMemory, withKernels } from '../engine/kernels/wasm/memory.ts';
import { sharingStopped } from '../engine/run/share.ts';
import type { PieceScan, ScanRequest } from '../engine/source.ts';
import type { InputFile } from './files.ts';
import { type FlowLayout, headerLayout } from './flow-layout.ts';
import { GzipDamage, type GzipPiece, GzipProgress, GzipTextFile, PROGRESS_BYTES } from './gzip-text-file.ts';
import { Tally } from './receipt.ts';
import { asLines, neededFields, PieceBuilder } from './shared-files.ts';
import type { SourceConfig } from './source-config.ts';

/** The kind of `SharedScan` that gzip files make. */
export const SHARED_GZIP = 'gzip files';

/** Gzip files of text for several threads: plain data. */
export interface SharedGzip {
  readonly paths: readonly string[];
  readonly config: SourceConfig;
  /** Epoch ms. */
  readonly now: number;
  /** The words of `CONTROL`, then the progress of the file that is being read. */
  readonly memory: SharedArrayBuffer;
}

const LOCK = 0;
const FILE = 1;
const FAILED = 2;
/** The number of the first piece of the file. */
const FIRST = 3;
const CONTROL_BYTES = 64;

/** The files as shared input, or null when one of them is not gzipped text, line by line. */
export function sharedGzip(
  files: readonly InputFile[],
  config: SourceConfig,
  now: number,
): SharedGzip | null {
  if (!asLines(config)) return null;
  for (const { path, size } of files) {
    if (size === null) return null;
    try {
      const opened = GzipTextFile.open(path);
      if (opened === null) return null;
      opened.close();
    } catch {
      // What cannot be opened is told to the user by the ordinary way of reading.
      return null;
    }
  }
  const memory = new SharedArrayBuffer(CONTROL_BYTES + PROGRESS_BYTES);
  return { paths: files.map(({ path }) => path), config, now, memory };
}

/** A file that is open on this thread. */
interface OpenFile {
  readonly file: GzipTextFile;
  readonly builder: PieceBuilder;
  readonly layout: FlowLayout | null;
}

/**
 * Opens shared gzip files on this thread. Pieces can only be unpacked one after the other: a thread
 * locks, unpacks the next one, and looks through it while another thread unpacks.
 */
export function openSharedGzip(
  input: SharedGzip,
  counter: SharedArrayBuffer,
  request: Omit<ScanRequest, 'signal'>,
): PieceScan {
  const tally = new Tally();
  const next = new Int32Array(counter);
  const control = new Int32Array(input.memory, 0, CONTROL_BYTES >> 2);
  const progress = new GzipProgress(input.memory, CONTROL_BYTES);
  const needed = neededFields(request);
  let piece = 0;
  let failed = false;

  function* batches(kernels: KernelMemory): Generator<Batch> {
    const files: (OpenFile | null)[] = input.paths.map(() => null);
    try {
      for (;;) {
        const taken = take(files, kernels);
        if (taken === null) return;
        tally.bytesIn += taken.piece.bytesIn;
        const { builder, layout } = taken.open;
        const built = withKernels(kernels, () =>
          builder.build(taken.piece.lines(tally), taken.first, layout),
        );
        if (built === null) {
          fail();
          return;
        }
        for (const batch of built) {
          tally.stored += batch.length;
          yield batch;
        }
      }
    } finally {
      for (const open of files) open?.file.close();
    }
  }

  /** The next piece, unpacked by this thread; null when there is none. */
  function take(files: (OpenFile | null)[], kernels: KernelMemory) {
    lock(control);
    try {
      for (;;) {
        const at = control[FILE]!;
        if (at >= files.length || control[FAILED] === 1 || sharingStopped(counter)) return null;
        files[at] ??= openFile(input.paths[at] ?? '', input, needed, tally);
        const open = files[at];
        const unpacked = open === null || open === undefined ? null : unpack(open.file, kernels);
        if (unpacked !== null && open) {
          piece = Atomics.add(next, 0, 1);
          return { piece: unpacked, open, first: piece === control[FIRST] };
        }
        control[FILE] = at + 1;
        control[FIRST] = Atomics.load(next, 0);
        progress.numbers.fill(0);
      }
    } finally {
      unlock(control);
    }
  }

  function unpack(file: GzipTextFile, kernels: KernelMemory): GzipPiece | null {
    try {
      return file.next(progress, kernels);
    } catch (failure) {
      if (!(failure instanceof GzipDamage)) throw failure;
      fail();
      return null;
    }
  }

  /** One thread has to do it all, in order; it will tell the user what is wrong. */
  function fail(): void {
    failed = true;
    Atomics.store(control, FAILED, 1);
  }

  return {
    applied: { time: false, filter: false, order: false },
    async *batches(kernels = null) {
      if (kernels === null) failed = true;
      else yield* batches(kernels);
    },
    piece: () => piece,
    needsOrder: () => failed,
    statistics: () => ({
      bytesRead: tally.bytesIn,
      bytesSkipped: 0,
      rows: tally.stored,
      segments: input.paths.length,
      segmentsSkipped: 0,
    }),
  };
}

function openFile(
  path: string,
  { config, now }: SharedGzip,
  needed: (field: string) => boolean,
  tally: Tally,
): OpenFile | null {
  const file = GzipTextFile.open(path);
  if (file === null) return null;
  const { firstLine } = file;
  return {
    file,
    builder: new PieceBuilder(path, config, { now: () => now, needed, tally }),
    layout: headerLayout(firstLine, 0, firstLine.length, true),
  };
}

function lock(control: Int32Array): void {
  while (Atomics.compareExchange(control, LOCK, 0, 1) !== 0) Atomics.wait(control, LOCK, 1);
}

function unlock(control: Int32Array): void {
  Atomics.store(control, LOCK, 0);
  Atomics.notify(control, LOCK, 1);
}
