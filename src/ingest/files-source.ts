import { QueryFailure } from '../engine/define.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { scopeFields } from '../engine/scope/facts.ts';
import type { Scan, ScanRequest, Source, TimeRange } from '../engine/source.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';
import { InputProblem } from './byte-stream.ts';
import { findFiles, type InputFile, systemMessage } from './files.ts';
import { FileReading, type InputSettings } from './ingest.ts';
import { Tally } from './receipt.ts';

/** Files and folders as something to query, without a store. */
export interface FilesInput extends Omit<InputSettings, 'needed'> {
  readonly paths: readonly string[];
  readonly rules: CompiledRules | null;
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
    const needed = neededBy(request, input.rules);
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
          if (!(failure instanceof InputProblem) && !isSystemFailure(failure)) throw failure;
          input.onProblem(
            file.path,
            failure instanceof InputProblem ? failure.message : systemMessage(failure),
          );
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

  async fields(): Promise<null> {
    return null;
  }

  async timeRange(): Promise<TimeRange | null> {
    return null;
  }
}

function isSystemFailure(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && typeof failure.code === 'string';
}

/** Which fields must be made; rules may read any. */
function neededBy(request: ScanRequest, rules: CompiledRules | null): (field: string) => boolean {
  if (request.fields === null || rules !== null) return () => true;
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
