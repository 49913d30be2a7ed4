import { type Batch, keepBatch } from '../engine/columns/batch.ts';
import {
  acquireKernels,
  type KernelMemory,
  releaseKernels,
  withKernels,
} from '../engine/kernels/wasm/memory.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';
import { BatchBuilder } from './batch-builder.ts';
import {
  type ByteStream,
  collect,
  FILE_LIMITS,
  InputProblem,
  type UnpackLimits,
  unpack,
} from './byte-stream.ts';
import { type CloudWatchOptions, EVENTS_AS_THEY_ARE } from './cloudwatch.ts';
import type { CompiledSource } from './compile-source.ts';
import { findFiles, type InputFile, openFile, readingProblem, STDIN, watched } from './files.ts';
import { FlowHeaders } from './flow-headers.ts';
import { detectFormat, type InputFormat, type ReadFormat } from './format.ts';
import { GzipDamage, GzipProgress, GzipTextFile } from './gzip-text-file.ts';
import type { MessageBlock } from './message-block.ts';
import { PIECE_BYTES, PlainTextFile } from './plain-text-file.ts';
import { asUtf8, cloudWatchBlocks, jsonBlocks, textBlocks } from './readers.ts';
import { Tally } from './receipt.ts';
import { MessageTimes } from './timestamps.ts';

/** How far an ingest is. */
export interface IngestProgress {
  /** The file being read. */
  readonly path: string;
  readonly bytes: number;
  /** Bytes of all files, or null when one of them does not tell. */
  readonly totalBytes: number | null;
  readonly messages: number;
}

/** How to read any input: everything but the input itself. */
export interface InputSettings {
  readonly format: InputFormat;
  readonly source: CompiledSource;
  readonly cloudwatch?: CloudWatchOptions;
  readonly limits?: UnpackLimits;
  /** Wall clock, epoch ms. */
  now(): number;
  /** Which fields are read later; default all. */
  needed?(field: string): boolean;
}

/** What `ingest` needs to know. */
export interface IngestRequest extends InputSettings {
  readonly paths: readonly string[];
  readonly rules: CompiledRules | null;
  /** Takes a batch whose arrays are reused once the promise is done. A rejection ends the ingest. */
  sink(batch: Batch): Promise<void>;
  onProgress?(progress: IngestProgress): void;
  readonly signal?: AbortSignal;
  readonly stdin?: ByteStream;
}

/** A Parquet file that is not on disk must fit in memory. */
const MAX_PARQUET_IN_MEMORY = 2 ** 30;

/**
 * Reads all files that the paths stand for, through processing and extraction rules, into the sink.
 * A file that is missing, unreadable or damaged is reported in the tally and the rest goes on. Ends
 * early when the signal is aborted; the tally says what was read until then. Rejects only when the sink fails.
 */
export async function ingest(request: IngestRequest): Promise<Tally> {
  const { files, problems } = await findFiles(request.paths);
  const tally = new Tally();
  for (const { path, message } of problems) tally.failed(path, message);
  const totalBytes = files.reduce<number | null>(
    (sum, file) => (sum === null || file.size === null ? null : sum + file.size),
    0,
  );
  const kernels = acquireKernels();
  try {
    for (const file of files) {
      if (request.signal?.aborted === true) break;
      await ingestFile(file, request, tally, totalBytes, kernels);
    }
  } finally {
    releaseKernels(kernels);
  }
  return tally;
}

async function ingestFile(
  file: InputFile,
  request: IngestRequest,
  tally: Tally,
  totalBytes: number | null,
  kernels: KernelMemory | null,
): Promise<void> {
  const before = { read: tally.read, stored: tally.stored, bytesIn: tally.bytesIn };
  const opened = new FileReading(file, request, tally, () => {
    request.onProgress?.({ path: file.path, bytes: tally.bytesIn, totalBytes, messages: tally.read });
  });
  let delivering = false;
  let error: string | null = null;
  try {
    for await (const batch of opened.batches(request.stdin, kernels)) {
      delivering = true;
      await deliver(batch, request, tally, kernels);
      kernels?.reset();
      delivering = false;
      request.signal?.throwIfAborted();
    }
  } catch (failure) {
    if (delivering) throw failure;
    const interrupted = request.signal?.aborted === true;
    if (interrupted) tally.forgetUnstored();
    error = interrupted ? 'interrupted' : readingProblem(failure);
  }
  tally.files.push({
    path: file.path,
    format: opened.recognised,
    bytes: tally.bytesIn - before.bytesIn,
    read: tally.read - before.read,
    stored: tally.stored - before.stored,
    error,
  });
}

async function deliver(
  batch: Batch,
  request: Pick<IngestRequest, 'rules' | 'sink'>,
  tally: Tally,
  kernels: KernelMemory | null,
): Promise<void> {
  const extracted = withKernels(kernels, () => request.rules?.apply(batch, tally) ?? batch);
  await request.sink(extracted);
  tally.stored += batch.length;
  widen(tally, batch);
}

/** Widens the time range of a tally by the message times of a batch. */
export function widen(tally: Tally, batch: Batch): void {
  const times = batch.columns[1];
  if (times?.kind !== 'number') return;
  for (let row = 0; row < batch.length; row++) {
    const time = times.values[row]!;
    if (time < tally.from) tally.from = time;
    if (time > tally.to) tally.to = time;
  }
}

/**
 * Reads one body (an HTTP request, a queue message, an object of a bucket) the way files are read.
 * Rejects with an InputProblem when it is damaged; what came before is in the sink by then.
 */
export async function ingestStream(
  stream: ByteStream,
  path: string | null,
  request: InputSettings & Pick<IngestRequest, 'rules' | 'sink' | 'signal'>,
  tally: Tally,
): Promise<void> {
  const counted = watched(stream, (bytes) => {
    tally.bytesIn += bytes;
  });
  for await (const batch of new StreamReading(path, request, tally).batches(counted)) {
    request.signal?.throwIfAborted();
    await deliver(batch, request, tally, null);
  }
}

/** One stream on its way to batches. */
export class StreamReading {
  /** What the content was recognised as, once reading began. */
  recognised: string | null = null;
  readonly #settings: InputSettings;
  readonly #tally: Tally;
  readonly #path: string | null;

  constructor(path: string | null, settings: InputSettings, tally: Tally) {
    this.#path = path;
    this.#settings = settings;
    this.#tally = tally;
  }

  /** Batches whose arrays are reused once the next one is asked for. */
  async *batches(stream: ByteStream): AsyncGenerator<Batch> {
    const { head, stream: plain } = await unpack(stream, this.#settings.limits ?? FILE_LIMITS);
    const { format } = this.#settings;
    yield* this.build(this.#blocks(format === 'auto' ? detectFormat(head) : format, head, plain));
  }

  /** Batches of blocks that come from elsewhere. */
  async *build(blocks: AsyncIterable<MessageBlock>): AsyncGenerator<Batch> {
    const builder = this.builder();
    for await (const block of blocks) {
      const batch = builder.build(block);
      if (batch !== null) yield batch;
    }
  }

  /** What makes batches of this stream's blocks. */
  builder(): BatchBuilder {
    const { source, now, needed } = this.#settings;
    return new BatchBuilder({
      given: source.given,
      defaultName: this.#path,
      times: new MessageTimes(source.times, now()),
      cutoff: source.cutoff,
      processor: source.processor,
      now,
      needed: needed ?? (() => true),
      tally: this.#tally,
    });
  }

  async *#blocks(format: ReadFormat, head: Uint8Array, stream: ByteStream): AsyncGenerator<MessageBlock> {
    const { source } = this.#settings;
    this.recognised = format;
    switch (format) {
      case 'text': {
        const headers = new FlowHeaders(this.#tally);
        for await (const block of textBlocks(
          asUtf8(stream, head, source.encoding),
          source.framing,
          headers,
          this.#tally,
        )) {
          if (headers.seen) this.recognised = 'flow log';
          yield block;
        }
        return;
      }
      case 'json':
        yield* jsonBlocks(asUtf8(stream, head, source.encoding), this.#tally);
        return;
      case 'cloudwatch':
        yield* cloudWatchBlocks(
          asUtf8(stream, head, source.encoding),
          this.#settings.cloudwatch ?? EVENTS_AS_THEY_ARE,
          this.#settings.limits ?? FILE_LIMITS,
          this.#tally,
        );
        return;
      case 'parquet': {
        // The Parquet reader is large, and few inputs need it.
        const { parquetBlocks, parquetInMemory } = await import('./parquet.ts');
        yield* parquetBlocks(parquetInMemory(await collect(stream, MAX_PARQUET_IN_MEMORY)), this.#tally);
        return;
      }
    }
  }
}

/** One file on its way to batches. */
export class FileReading {
  readonly #file: InputFile;
  readonly #tally: Tally;
  readonly #reading: StreamReading;
  readonly #settings: InputSettings;
  readonly #onBytes: () => void;
  #onDisk = false;

  constructor(file: InputFile, settings: InputSettings, tally: Tally, onBytes: () => void = () => {}) {
    this.#file = file;
    this.#tally = tally;
    this.#settings = settings;
    this.#onBytes = onBytes;
    this.#reading = new StreamReading(file.path === STDIN ? 'stdin' : file.path, settings, tally);
  }

  get recognised(): string | null {
    return this.#onDisk ? 'parquet' : this.#reading.recognised;
  }

  /** Batches whose arrays are reused once the next one is asked for. Rejects when the file cannot be read to its end. */
  async *batches(stdin?: ByteStream, kernels: KernelMemory | null = null): AsyncGenerator<Batch> {
    const plain = kernels === null ? null : this.#asLines(PlainTextFile.open);
    if (kernels !== null && plain !== null) {
      yield* this.#pieces(plain, kernels);
      return;
    }
    const packed = kernels === null ? null : this.#asLines(GzipTextFile.open);
    if (kernels !== null && packed !== null) {
      yield* this.#unpacked(packed, kernels);
      return;
    }
    if (await this.#isParquetOnDisk()) {
      yield* this.#parquet();
      return;
    }
    const stream = watched(openFile(this.#file, stdin), (bytes) => this.#passed(bytes));
    yield* this.#reading.batches(stream);
  }

  /** The file opened by `open`, where nothing but lines of text is asked for; null: it is read as a stream. */
  #asLines<File>(open: (path: string) => File | null): File | null {
    const { format, source } = this.#settings;
    const asLines =
      source.framing.kind === 'lines' && source.processor === null && /^utf-?8$/i.test(source.encoding);
    if (!asLines || (format !== 'auto' && format !== 'text') || this.#file.size === null) return null;
    return open(this.#file.path);
  }

  async *#pieces(file: PlainTextFile, kernels: KernelMemory): AsyncGenerator<Batch> {
    const headers = new FlowHeaders(this.#tally);
    const builder = this.#reading.builder();
    try {
      for (let piece = 0; piece < file.pieces; piece++) {
        yield* withKernels(kernels, () =>
          batchesOf(file.read(piece, kernels, this.#tally), headers, builder),
        );
        this.#passed(Math.min(PIECE_BYTES, file.size - piece * PIECE_BYTES));
      }
      this.#reading.recognised = headers.seen ? 'flow log' : 'text';
    } finally {
      file.close();
    }
  }

  async *#unpacked(file: GzipTextFile, kernels: KernelMemory): AsyncGenerator<Batch> {
    const headers = new FlowHeaders(this.#tally);
    const builder = this.#reading.builder();
    const progress = new GzipProgress();
    try {
      for (;;) {
        const piece = file.next(progress, kernels);
        if (piece === null) break;
        yield* withKernels(kernels, () => batchesOf(piece.lines(this.#tally), headers, builder));
        this.#passed(piece.bytesIn);
      }
      this.#reading.recognised = headers.seen ? 'flow log' : 'text';
    } catch (failure) {
      if (!(failure instanceof GzipDamage)) throw failure;
      throw new InputProblem(`its gzip data is damaged or cut short (${failure.message})`);
    } finally {
      file.close();
    }
  }

  /** A Parquet file is read where it is needed, from its end: not as a stream. */
  async #isParquetOnDisk(): Promise<boolean> {
    const { format } = this.#settings;
    if (this.#file.size === null || this.#file.size < 12 || (format !== 'auto' && format !== 'parquet'))
      return false;
    for await (const chunk of openFile(this.#file)) return detectFormat(chunk.subarray(0, 4)) === 'parquet';
    return false;
  }

  async *#parquet(): AsyncGenerator<Batch> {
    this.#onDisk = true;
    const { openParquetFile, parquetBlocks } = await import('./parquet.ts');
    const file = await openParquetFile(this.#file.path);
    try {
      yield* this.#reading.build(parquetBlocks(file, this.#tally));
    } finally {
      this.#passed(file.byteLength);
      await file.close();
    }
  }

  #passed(bytes: number): void {
    this.#tally.bytesIn += bytes;
    this.#onBytes();
  }
}

/**
 * The batches of a block in kernel memory, one for each header line in force. That memory is reset
 * after each of them, so where there are several they have arrays of their own.
 */
function batchesOf(block: MessageBlock | null, headers: FlowHeaders, builder: BatchBuilder): Batch[] {
  if (block === null) return [];
  const batches = [...headers.split(block)].flatMap((part) => builder.build(part) ?? []);
  return batches.length > 1 ? batches.map(keepBatch) : batches;
}
