import { readFile, writeFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { CommandFailure, EXIT, wrongRequest } from '../failure.ts';
import { type FormattedFile, formatFile } from '../format-file.ts';
import { write } from '../output/result.ts';
import { fileProblem } from '../read-file.ts';

/** `weir fmt`: files in place, or standard input to standard output. */
export async function fmt(files: readonly string[], options: { readonly check?: boolean }): Promise<void> {
  if (files.length === 0) return await formatInput(options.check === true);
  const differing: string[] = [];
  let failed = false;
  for (const file of files) {
    try {
      const before = decoded(await readFile(file), file);
      const { text, problem } = formatFile(file, before);
      if (text === null) {
        failed = true;
        process.stderr.write(`${problem}\n`);
      } else if (text !== before) {
        differing.push(file);
        if (options.check !== true) await writeFile(file, text);
      }
    } catch (failure) {
      failed = true;
      process.stderr.write(`error: ${problemWith(file, failure)}\n`);
    }
  }
  for (const file of differing)
    process.stderr.write(`${options.check === true ? 'would format' : 'formatted'} ${file}\n`);
  if (failed) throw new CommandFailure(EXIT.wrongRequest, '');
  if (options.check === true && differing.length > 0) throw new CommandFailure(EXIT.failed, '');
}

/** A file that is no text must not be written back as one. */
function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrongRequest(`\`${file}\` is not UTF-8 text`);
  }
}

function problemWith(file: string, failure: unknown): string {
  return failure instanceof CommandFailure ? failure.message : fileProblem(file, failure);
}

async function formatInput(checkOnly: boolean): Promise<void> {
  const before = await readAll(process.stdin);
  const { text, problem }: FormattedFile = formatFile('-', before);
  if (text === null) {
    process.stderr.write(`${problem}\n`);
    throw new CommandFailure(EXIT.wrongRequest, '');
  }
  if (!checkOnly) return await write(text);
  if (text !== before) throw new CommandFailure(EXIT.failed, '');
}
