import { readFile } from 'node:fs/promises';
import { systemFailure, wrongRequest } from './failure.ts';

/** The content of a file that the user named. Ends the command when it cannot be read. */
export async function readNamedFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (failure) {
    throw wrongRequest(fileProblem(file, failure));
  }
}

/** The same as text, without the byte order mark that editors on some systems put first. */
export async function readNamedText(file: string): Promise<string> {
  return new TextDecoder().decode(await readNamedFile(file));
}

/** Why a file could not be read or written, with its name: some failures of the system do not name it themselves. */
export function fileProblem(file: string, failure: unknown): string {
  const problem = systemFailure(failure) ?? 'cannot be read';
  return problem.startsWith('`') ? problem : `\`${file}\`: ${problem}`;
}
