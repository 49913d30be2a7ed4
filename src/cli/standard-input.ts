import { fstatSync } from 'node:fs';

/** How long a pipe gets to show that something comes through it, in ms. */
const PATIENCE = 250;

/** What standard input is: a file or a pipe that someone gave us to read, or nothing of the kind. */
export function inputKind(): 'none' | 'file' | 'pipe' {
  try {
    const status = fstatSync(0);
    if (status.isFile()) return status.size > 0 ? 'file' : 'none';
    return status.isFIFO() || status.isSocket() ? 'pipe' : 'none';
  } catch {
    return 'none';
  }
}

/**
 * Whether standard input brings messages. A program that starts weir often leaves it a pipe that
 * never says anything: where there is a store to search as well, such a pipe counts as nothing.
 */
export async function inputHasMessages(storeExists: boolean): Promise<boolean> {
  const kind = inputKind();
  if (kind !== 'pipe' || !storeExists) return kind !== 'none';
  return await new Promise((resolve) => {
    const done = (answer: boolean) => {
      clearTimeout(timer);
      process.stdin.off('readable', readable);
      process.stdin.off('end', ended);
      if (!answer) process.stdin.unref?.();
      resolve(answer);
    };
    const readable = () => done(process.stdin.readableLength > 0);
    const ended = () => done(false);
    const timer = setTimeout(() => done(false), PATIENCE);
    process.stdin.on('readable', readable);
    process.stdin.on('end', ended);
  });
}
