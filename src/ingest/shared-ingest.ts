import { type KernelMemory, withKernels } from '../engine/kernels/wasm/memory.ts';
import { compileArrival } from '../rules/arrival.ts';
import type { Partition } from '../rules/partition.ts';
import type { Rule } from '../rules/rule.ts';
import type { WrittenSegment } from '../store/bulk-writer.ts';
import { type ReservedSegments, RunWriter } from '../store/reserved-segments.ts';
import { widen } from './ingest.ts';
import { PIECE_BYTES, PlainTextFile } from './plain-text-file.ts';
import { Tally, type TallyCounts } from './receipt.ts';
import { PieceReader } from './shared-files.ts';
import type { SourceConfig } from './source-config.ts';

/** Files of plain text that several threads read into segments: plain data. */
export interface IngestTask {
  readonly paths: readonly string[];
  readonly config: SourceConfig;
  readonly rules: readonly Rule[];
  readonly partitions: readonly Partition[];
  readonly segments: ReservedSegments;
  /** The pieces of all files, one after the other, in runs of this many: a run is done by one thread. */
  readonly runPieces: number;
  /** See `SHARED`. */
  readonly shared: SharedArrayBuffer;
  /** Which of the threads this one is, from 0. */
  readonly thread: number;
}

/** The 32-bit integers that all threads of an ingest see. */
export const SHARED = {
  /** The next run that nobody has taken. */
  run: 0,
  /** Not 0: stop after the piece at hand. */
  stop: 1,
  /** Pieces done, for those who watch. */
  pieces: 2,
  messages: 3,
  /** For each thread: not 0 once it takes runs. */
  threads: 4,
} as const;

/** The memory that so many threads share. */
export function sharedMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((SHARED.threads + threads) * Int32Array.BYTES_PER_ELEMENT);
}

/** What one thread did: plain data. */
export interface IngestAnswer {
  readonly written: readonly WrittenSegment[];
  /** One per file. */
  readonly tallies: readonly TallyCounts[];
  readonly formats: readonly ('flow log' | 'text')[];
  /** Why the files must be read in the ordinary way, or null. */
  readonly unfit: string | null;
  /** Why writing failed, or null. */
  readonly failure: { readonly code: string | null; readonly message: string } | null;
}

/** Numbers set aside for the rows of a piece: each has a byte at least. */
export const ROWS_PER_PIECE = PIECE_BYTES;

/** Reads the runs that this thread takes into segments, until none is left. `turn` is awaited after each piece. */
export async function ingestRuns(
  task: IngestTask,
  kernels: KernelMemory,
  turn: () => Promise<void> | null,
): Promise<IngestAnswer> {
  const shared = new Int32Array(task.shared);
  const tallies = task.paths.map(() => new Tally());
  const writer = new RunWriter(task.segments, kernels);
  const files: PlainTextFile[] = [];
  let readers: readonly PieceReader[] = [];
  let writing = false;
  let unfit: string | null = null;
  let failure: IngestAnswer['failure'] = null;
  const written = async (done: Promise<void>): Promise<void> => {
    writing = true;
    await done;
    writing = false;
  };
  try {
    const rules = compileArrival(task);
    for (const path of task.paths) {
      const file = PlainTextFile.open(path);
      if (file === null) throw new Error(`${path} is no plain text any more`);
      files.push(file);
    }
    readers = files.map((file, at) => pieceReader(file, task, at, tallies[at]!));
    const places = files.flatMap((file, at) =>
      Array.from({ length: file.pieces }, (_, piece) => ({
        reader: readers[at]!,
        tally: tallies[at]!,
        piece,
      })),
    );
    Atomics.store(shared, SHARED.threads + task.thread, 1);
    for (;;) {
      const first = Atomics.add(shared, SHARED.run, 1) * task.runPieces;
      if (first >= places.length || shared[SHARED.stop] !== 0) break;
      writer.begin(first * ROWS_PER_PIECE);
      for (const { reader, tally, piece } of places.slice(first, first + task.runPieces)) {
        if (shared[SHARED.stop] !== 0) break;
        for (const batch of reader.read(piece, kernels)) {
          const full = writer.add(withKernels(kernels, () => rules?.apply(batch, tally) ?? batch));
          widen(tally, batch);
          Atomics.add(shared, SHARED.messages, batch.length);
          if (full !== null) await written(full);
        }
        kernels.reset();
        if (reader.needsOrder) throw new Error('a header line stands in the middle of a file');
        Atomics.add(shared, SHARED.pieces, 1);
        await turn();
      }
      await written(writer.end());
    }
  } catch (error) {
    Atomics.store(shared, SHARED.stop, 1);
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : null;
    if (writing) failure = { code, message };
    else unfit = message;
  } finally {
    writer.close();
    for (const file of files) file.close();
  }
  return {
    written: writer.written,
    tallies,
    formats: readers.map(({ format }) => format),
    unfit,
    failure,
  };
}

function pieceReader(file: PlainTextFile, task: IngestTask, at: number, tally: Tally): PieceReader {
  return new PieceReader(file, task.paths[at] ?? '', task.config, {
    now: Date.now,
    needed: () => true,
    tally,
  });
}
