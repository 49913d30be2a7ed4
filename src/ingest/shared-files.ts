import { type Batch, keepBatch } from '../engine/columns/batch.ts';
import { type KernelMemory, withKernels } from '../engine/kernels/wasm/memory.ts';
import { scopeFields } from '../engine/scope/facts.ts';
import type { PieceScan, ScanRequest } from '../engine/source.ts';
import { BatchBuilder, type BatchSettings } from './batch-builder.ts';
import { compileSource } from './compile-source.ts';
import type { InputFile } from './files.ts';
import { FlowHeaders } from './flow-headers.ts';
import { type FlowLayout, headerLayout } from './flow-layout.ts';
import type { MessageBlock } from './message-block.ts';
import { PIECE_BYTES, PlainTextFile } from './plain-text-file.ts';
import { Tally } from './receipt.ts';
import type { SourceConfig } from './source-config.ts';
import { MessageTimes } from './timestamps.ts';

/** The kind of `SharedScan` that files make. */
export const SHARED_FILES = 'files';

/** Files of plain text for several threads: plain data. */
export interface SharedFiles {
  readonly paths: readonly string[];
  readonly config: SourceConfig;
  /** Epoch ms. */
  readonly now: number;
}

/** The files as shared input, or null when one of them is not plain text, line by line. */
export function sharedFiles(
  files: readonly InputFile[],
  config: SourceConfig,
  now: number,
): SharedFiles | null {
  if (!asLines(config)) return null;
  for (const file of files) {
    if (file.size === null) return null;
    if (file.size === 0) continue;
    try {
      const opened = PlainTextFile.open(file.path);
      if (opened === null) return null;
      opened.close();
    } catch {
      // What cannot be opened is told to the user by the ordinary way of reading.
      return null;
    }
  }
  return { paths: files.filter(({ size }) => size !== 0).map(({ path }) => path), config, now };
}

/** Whether messages are lines of UTF-8, and nothing is done to them. */
export function asLines({ multiline, processingRules, encoding }: SourceConfig): boolean {
  return multiline.kind === 'off' && processingRules.length === 0 && /^utf-?8$/i.test(encoding);
}

/** Opens shared files on this thread and reads the pieces that it takes off `counter`. */
export function openSharedFiles(
  input: SharedFiles,
  counter: SharedArrayBuffer,
  request: Omit<ScanRequest, 'signal'>,
): PieceScan {
  const tally = new Tally();
  const next = new Int32Array(counter);
  let piece = 0;
  let needsOrder = false;

  function* batches(kernels: KernelMemory): Generator<Batch> {
    const files = input.paths.flatMap((path) => PlainTextFile.open(path) ?? []);
    try {
      const starts = [0];
      for (const file of files) starts.push(starts.at(-1)! + file.pieces);
      const readers = files.map(
        (file, at) =>
          new PieceReader(file, input.paths[at] ?? '', input.config, {
            now: () => input.now,
            needed: neededFields(request),
            tally,
          }),
      );
      for (;;) {
        const taken = Atomics.add(next, 0, 1);
        if (taken >= starts.at(-1)!) return;
        piece = taken;
        let at = 0;
        while (taken >= starts[at + 1]!) at++;
        const reader = readers[at]!;
        yield* reader.read(taken - starts[at]!, kernels);
        if (reader.needsOrder) {
          needsOrder = true;
          // The other threads need not go on either.
          Atomics.store(next, 0, starts.at(-1)!);
          return;
        }
      }
    } finally {
      for (const file of files) file.close();
    }
  }

  return {
    applied: { time: false, filter: false, order: false },
    async *batches(kernels = null) {
      if (kernels === null) needsOrder = true;
      else yield* batches(kernels);
    },
    piece: () => piece,
    needsOrder: () => needsOrder,
    statistics: () => ({
      bytesRead: tally.bytesIn,
      bytesSkipped: 0,
      rows: tally.stored,
      segments: input.paths.length,
      segmentsSkipped: 0,
    }),
  };
}

/** Builds batches of blocks of one file in any order, where a header line can only be that of its beginning. */
export class PieceBuilder {
  readonly #builder: BatchBuilder;
  readonly #tally: Tally;

  constructor(
    path: string,
    config: SourceConfig,
    { now, needed, tally }: Pick<BatchSettings, 'now' | 'needed' | 'tally'>,
  ) {
    const compiled = compileSource(config, now());
    if (!compiled.ok) throw new Error('a source that cannot be compiled was shared');
    const source = compiled.value;
    this.#tally = tally;
    this.#builder = new BatchBuilder({
      given: source.given,
      defaultName: path,
      times: new MessageTimes(source.times, now()),
      cutoff: source.cutoff,
      processor: null,
      now,
      needed,
      tally,
    });
  }

  /**
   * The batches of a block, to be made in the kernel memory in which it lies; null when another header
   * line than `known` was met: what follows it cannot be known piece by piece. `first`: it begins the file.
   */
  build(block: MessageBlock | null, first: boolean, known: FlowLayout | null): Batch[] | null {
    const headers = first ? new FlowHeaders(this.#tally) : new FlowHeaders(this.#tally, known);
    const batches =
      block === null ? [] : [...headers.split(block)].flatMap((part) => this.#builder.build(part) ?? []);
    const seen = headers.layout;
    const same =
      seen === known ||
      (seen !== null && known !== null && Buffer.from(seen.header).equals(Buffer.from(known.header)));
    if (!same) return null;
    // The kernel memory is reset after each batch.
    return batches.length > 1 ? batches.map(keepBatch) : batches;
  }
}

/** Reads pieces of one file in any order, with the header line of its beginning. */
export class PieceReader {
  readonly #file: PlainTextFile;
  readonly #builder: PieceBuilder;
  readonly #tally: Tally;
  #layout: FlowLayout | null | undefined;
  /** Another header line than that of the beginning was met: what follows it cannot be known piece by piece. */
  needsOrder = false;

  constructor(
    file: PlainTextFile,
    path: string,
    config: SourceConfig,
    settings: Pick<BatchSettings, 'now' | 'needed' | 'tally'>,
  ) {
    this.#file = file;
    this.#tally = settings.tally;
    this.#builder = new PieceBuilder(path, config, settings);
  }

  /** What the pieces read so far were recognised as. */
  get format(): 'flow log' | 'text' {
    return this.#layout === undefined || this.#layout === null ? 'text' : 'flow log';
  }

  /** The batches of one piece, in kernel memory and valid until that is reset. */
  *read(piece: number, kernels: KernelMemory): Generator<Batch> {
    // Null is an answer, too: it must not be looked for again with every piece.
    if (this.#layout === undefined) this.#layout = this.#firstLayout(kernels);
    const known = this.#layout;
    const batches = withKernels(kernels, () =>
      this.#builder.build(this.#file.read(piece, kernels, this.#tally), piece === 0, known),
    );
    this.#tally.bytesIn += Math.min(PIECE_BYTES, this.#file.size - piece * PIECE_BYTES);
    if (batches === null) {
      this.needsOrder = true;
      return;
    }
    for (const batch of batches) {
      this.#tally.stored += batch.length;
      yield batch;
    }
  }

  /** The layout that the first line announces; null when it is no header. */
  #firstLayout(kernels: KernelMemory): FlowLayout | null {
    const { firstLine } = this.#file;
    if (firstLine !== null) return headerLayout(firstLine, 0, firstLine.length, true);
    const block = this.#file.read(0, kernels, new Tally());
    const layout = block === null ? null : headerLayout(block.data, block.starts[0]!, block.ends[0]!, true);
    kernels.reset();
    return layout;
  }
}

/** Which fields must be made for a request. */
export function neededFields(request: Omit<ScanRequest, 'signal'>): (field: string) => boolean {
  if (request.fields === null) return () => true;
  const names = new Set<string>();
  for (const name of [...request.fields, ...scopeFields(request.filter)]) {
    names.add(name.toLowerCase());
    // Another spelling of the same field (`account-id`) is found by its column name.
    names.add(name.toLowerCase().replace(/[^a-z0-9_.]/g, '_'));
  }
  const ranged = request.time.from > -Infinity || request.time.to < Infinity;
  if (request.order === 'newest' || (ranged && request.timeBasis === 'message')) names.add('_messagetime');
  return (field) => names.has(field.toLowerCase());
}
