import { readFile } from 'node:fs/promises';
import { systemFailure, wrongRequest } from './failure.ts';

/** The content of a file that the user named. Ends the command when it cannot be read. */
export async function readNamedFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (failure) {
    // Some failures do not name the file themselves.
    const problem = systemFailure(failure) ?? 'cannot be read';
    throw wrongRequest(problem.startsWith('`') ? problem : `\`${file}\`: ${problem}`);
  }
}

/** The same as text, without the byte order mark that editors on some systems put first. */
export async function readNamedText(file: string): Promise<string> {
  return new TextDecoder().decode(await readNamedFile(file));
}
