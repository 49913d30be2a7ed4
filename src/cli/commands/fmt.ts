import { readFile, writeFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { CommandFailure, EXIT, systemFailure } from '../failure.ts';
import { type FormattedFile, formatFile } from '../format-file.ts';
import { write } from '../output/result.ts';

/** `weir fmt`: files in place, or standard input to standard output. */
export async function fmt(files: readonly string[], options: { readonly check?: boolean }): Promise<void> {
  if (files.length === 0) return await formatInput(options.check === true);
  const differing: string[] = [];
  let failed = false;
  for (const file of files) {
    try {
      const before = await readFile(file, 'utf8');
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
      process.stderr.write(`error: ${systemFailure(failure) ?? `\`${file}\` cannot be read`}\n`);
    }
  }
  for (const file of differing)
    process.stderr.write(`${options.check === true ? 'would format' : 'formatted'} ${file}\n`);
  if (failed) throw new CommandFailure(EXIT.wrongRequest, '');
  if (options.check === true && differing.length > 0) throw new CommandFailure(EXIT.failed, '');
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
