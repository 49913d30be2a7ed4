import { QueryFailure } from '../engine/define.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { codeOf } from '../engine/reason-of.ts';
import type { Scan, ScanRequest, SharedScan, Source, TimeRange } from '../engine/source.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';
import { InputProblem } from './byte-stream.ts';
import { findFiles, type InputFile, readingProblem } from './files.ts';
import { FileReading, type InputSettings } from './ingest.ts';
import { Tally } from './receipt.ts';
import { neededFields, openSharedFiles, SHARED_FILES, sharedFiles } from './shared-files.ts';
import { openSharedGzip, SHARED_GZIP, sharedGzip } from './shared-gzip.ts';
import type { SourceConfig } from './source-config.ts';

/** About how many times the size of a gzip file it is to unpack it. */
const UNPACKED = 6;

/** Files and folders as something to query, without a store. */
export interface FilesInput extends Omit<InputSettings, 'needed'> {
  readonly paths: readonly string[];
  readonly rules: CompiledRules | null;
  /** What `source` was compiled from; with it several threads can read the files. */
  readonly config?: SourceConfig;
  /** Told of files that could not be read (to their end); the rest is still searched. */
  onProblem(path: string, message: string): void;
}

/**
 * A source over files, folders, globs and standard input. Nothing is applied beforehand but the choice
 * of fields; every scan reads the files anew (standard input can be read once). Rejects with a
 * QueryFailure when none of the paths leads to a file.
 */
export async function filesSource(input: FilesInput): Promise<Source> {
  const { files, problems } = await findFiles(input.paths);
  for (const { path, message } of problems) input.onProblem(path, message);
  if (files.length === 0) {
    throw new QueryFailure('source', `there is nothing to read: ${problemText(problems)}`);
  }
  return new FilesSource(files, input);
}

function problemText(problems: readonly { readonly path: string; readonly message: string }[]): string {
  if (problems.length === 0) return 'the folder is empty';
  return problems.map(({ path, message }) => `\`${path}\`: ${message}`).join('; ');
}

class FilesSource implements Source {
  readonly description: string;
  readonly #files: readonly InputFile[];
  readonly #input: FilesInput;

  constructor(files: readonly InputFile[], input: FilesInput) {
    this.#files = files;
    this.#input = input;
    this.description = files.length === 1 ? files[0]!.path : `${files.length} files`;
  }

  async scan(request: ScanRequest): Promise<Scan> {
    const tally = new Tally();
    const files = this.#files;
    const input = this.#input;
    const needed = input.rules === null ? neededFields(request) : () => true;
    async function* batches(kernels: KernelMemory | null = null) {
      for (const file of files) {
        try {
          for await (const batch of new FileReading(file, { ...input, needed }, tally).batches(
            undefined,
            kernels,
          )) {
            if (request.signal.aborted) return;
            tally.stored += batch.length;
            yield input.rules === null ? batch : input.rules.apply(batch, tally);
          }
        } catch (failure) {
          if (request.signal.aborted) return;
          if (!(failure instanceof InputProblem) && codeOf(failure) === null) throw failure;
          input.onProblem(file.path, readingProblem(failure));
        }
      }
    }
    return {
      applied: { time: false, filter: false, order: false },
      batches,
      statistics: () => ({
        bytesRead: tally.bytesIn,
        bytesSkipped: 0,
        rows: tally.stored,
        segments: files.length,
        segmentsSkipped: 0,
      }),
    };
  }

  async share(request: ScanRequest): Promise<SharedScan | null> {
    const { rules, config, format, now } = this.#input;
    if (rules !== null || config === undefined || (format !== 'auto' && format !== 'text')) return null;
    const counter = new SharedArrayBuffer(4);
    const gzip = sharedGzip(this.#files, config, now());
    if (gzip !== null) {
      const bytes = UNPACKED * this.#files.reduce((sum, { size }) => sum + (size ?? 0), 0);
      return {
        kind: SHARED_GZIP,
        input: gzip,
        counter,
        bytes,
        scan: openSharedGzip(gzip, counter, request),
        close: async () => {},
      };
    }
    const input = sharedFiles(this.#files, config, now());
    if (input === null) return null;
    return {
      kind: SHARED_FILES,
      input,
      counter,
      bytes: this.#files.reduce((sum, { size }) => sum + (size ?? 0), 0),
      scan: openSharedFiles(input, counter, request),
      close: async () => {},
    };
  }

  async fields(): Promise<null> {
    return null;
  }

  async timeRange(): Promise<TimeRange | null> {
    return null;
  }
}
