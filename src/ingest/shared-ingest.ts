import type { Batch } from '../engine/columns/batch.ts';
import { type KernelMemory, withKernels } from '../engine/kernels/wasm/memory.ts';
import { codeOf, reasonOf } from '../engine/reason-of.ts';
import { compileArrival } from '../rules/arrival.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';
import type { Partition } from '../rules/partition.ts';
import type { Rule } from '../rules/rule.ts';
import type { WrittenSegment } from '../store/bulk-writer.ts';
import { type ReservedSegments, RunWriter } from '../store/reserved-segments.ts';
import { compileSource } from './compile-source.ts';
import { type InputFile, readingProblem } from './files.ts';
import type { InputFormat } from './format.ts';
import { FileReading, type InputSettings, widen } from './ingest.ts';
import type { IngestRun, RunPart } from './ingest-plan.ts';
import { PlainTextFile } from './plain-text-file.ts';
import { Tally, type TallyCounts } from './receipt.ts';
import { PieceReader } from './shared-files.ts';
import type { SourceConfig } from './source-config.ts';

/** Files that several threads read into segments: plain data. */
export interface IngestTask {
  readonly files: readonly InputFile[];
  readonly format: InputFormat;
  readonly config: SourceConfig;
  readonly rules: readonly Rule[];
  readonly partitions: readonly Partition[];
  readonly segments: ReservedSegments;
  readonly runs: readonly IngestRun[];
  /** See `SHARED`. */
  readonly shared: SharedArrayBuffer;
  /** Which of the threads this one is, from 0. */
  readonly thread: number;
}

/** The 32-bit integers that all threads of an ingest see. */
export const SHARED = {
  /** The next run that nobody has taken. */
  run: 0,
  /** Not 0: stop after the batch at hand. */
  stop: 1,
  /** Units of `PROGRESS_UNIT` bytes done, for those who watch. */
  units: 2,
  messages: 3,
  /** For each thread: not 0 once it takes runs. */
  threads: 4,
} as const;
export const PROGRESS_UNIT = 1 << 16;

/** The memory that so many threads share. */
export function sharedMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((SHARED.threads + threads) * Int32Array.BYTES_PER_ELEMENT);
}

/** What a thread read of one file: plain data. */
export interface FilePart {
  readonly file: number;
  readonly tally: TallyCounts;
  readonly format: string | null;
  /** Why it could not be read to its end, or null. */
  readonly error: string | null;
}

/** What one thread did: plain data. */
export interface IngestAnswer {
  readonly written: readonly WrittenSegment[];
  readonly parts: readonly FilePart[];
  /** Why the files must be read in the ordinary way, or null. */
  readonly unfit: string | null;
  /** Why writing failed, or null. */
  readonly failure: { readonly code: string | null; readonly message: string } | null;
}

/** Reads the runs that this thread takes into segments, until none is left. `turn` is awaited after each batch or so. */
export async function ingestRuns(
  task: IngestTask,
  kernels: KernelMemory,
  turn: () => Promise<void> | null,
): Promise<IngestAnswer> {
  const shared = new Int32Array(task.shared);
  const writer = new RunWriter(task.segments, kernels);
  const parts: FilePart[] = [];
  let unfit: string | null = null;
  let failure: IngestAnswer['failure'] = null;
  try {
    const reading = new RunReading(task, kernels, writer, turn);
    Atomics.store(shared, SHARED.threads + task.thread, 1);
    for (;;) {
      const run = task.runs[Atomics.add(shared, SHARED.run, 1)];
      if (run === undefined || shared[SHARED.stop] !== 0) break;
      writer.begin(run.firstRow, run.rows);
      for (const part of run.parts) {
        if (shared[SHARED.stop] !== 0) break;
        parts.push(await reading.read(part));
      }
      await writing(writer.end());
    }
    await writing(writer.settle());
  } catch (error) {
    Atomics.store(shared, SHARED.stop, 1);
    // What is being written must have ended before somebody removes it.
    await writer.settle().catch(() => {});
    if (error instanceof WritingFailure) failure = error.plain;
    else unfit = reasonOf(error);
  } finally {
    writer.close();
  }
  return { written: writer.written, parts, unfit, failure };
}

/** Tells failures of the store from those of reading. */
class WritingFailure extends Error {
  readonly plain: NonNullable<IngestAnswer['failure']>;

  constructor(cause: unknown) {
    const message = reasonOf(cause);
    super(message);
    this.plain = { code: codeOf(cause), message };
  }
}

async function writing(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (cause) {
    throw new WritingFailure(cause);
  }
}

/** Reads parts of runs and puts their batches into segments. */
class RunReading {
  readonly #task: IngestTask;
  readonly #kernels: KernelMemory;
  readonly #writer: RunWriter;
  readonly #turn: () => Promise<void> | null;
  readonly #shared: Int32Array;
  readonly #rules: CompiledRules | null;
  readonly #settings: InputSettings;
  #bytes = 0;

  constructor(task: IngestTask, kernels: KernelMemory, writer: RunWriter, turn: () => Promise<void> | null) {
    const source = compileSource(task.config);
    if (!source.ok) throw new Error('a source that cannot be compiled was shared');
    this.#task = task;
    this.#kernels = kernels;
    this.#writer = writer;
    this.#turn = turn;
    this.#shared = new Int32Array(task.shared);
    this.#rules = compileArrival(task);
    this.#settings = { format: task.format, source: source.value, now: Date.now };
  }

  async read(part: RunPart): Promise<FilePart> {
    const file = this.#task.files[part.file];
    if (file === undefined) throw new Error('a run has a part of no file');
    return part.kind === 'pieces' ? await this.#pieces(file, part) : await this.#whole(file, part.file);
  }

  async #pieces({ path }: InputFile, part: Extract<RunPart, { kind: 'pieces' }>): Promise<FilePart> {
    const opened = PlainTextFile.open(path);
    if (opened === null) throw new Error(`${path} is no plain text any more`);
    const tally = new Tally();
    try {
      const reader = new PieceReader(opened, path, this.#task.config, {
        now: Date.now,
        needed: () => true,
        tally,
      });
      for (let piece = part.from; piece < part.to && !this.#stopped; piece++) {
        const before = tally.bytesIn;
        for (const batch of reader.read(piece, this.#kernels)) await this.#add(batch, tally);
        this.#kernels.reset();
        if (reader.needsOrder) throw new Error('a header line stands in the middle of a file');
        this.#passed(tally.bytesIn - before);
        await this.#turn();
      }
      return { file: part.file, tally, format: reader.format, error: null };
    } finally {
      opened.close();
    }
  }

  async #whole(file: InputFile, number: number): Promise<FilePart> {
    const tally = new Tally();
    let before = 0;
    const reading = new FileReading(file, this.#settings, tally, () => {
      this.#passed(tally.bytesIn - before);
      before = tally.bytesIn;
    });
    let adding = false;
    let error: string | null = null;
    try {
      for await (const batch of reading.batches(undefined, this.#kernels)) {
        adding = true;
        await this.#add(batch, tally);
        tally.stored += batch.length;
        this.#kernels.reset();
        if (this.#stopped) break;
        await this.#turn();
        adding = false;
      }
    } catch (failure) {
      if (adding) throw failure;
      error = readingProblem(failure);
    }
    this.#kernels.reset();
    if (this.#stopped) tally.forgetUnstored();
    return { file: number, tally, format: reading.recognised, error };
  }

  get #stopped(): boolean {
    return this.#shared[SHARED.stop] !== 0;
  }

  async #add(batch: Batch, tally: Tally): Promise<void> {
    const full = this.#writer.add(
      withKernels(this.#kernels, () => this.#rules?.apply(batch, tally) ?? batch),
    );
    widen(tally, batch);
    Atomics.add(this.#shared, SHARED.messages, batch.length);
    if (full !== null) await writing(full);
  }

  #passed(bytes: number): void {
    this.#bytes += bytes;
    const units = Math.floor(this.#bytes / PROGRESS_UNIT);
    this.#bytes -= units * PROGRESS_UNIT;
    Atomics.add(this.#shared, SHARED.units, units);
  }
}
