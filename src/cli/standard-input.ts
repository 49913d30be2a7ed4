import { fstatSync } from 'node:fs';

/** How long input gets to show that something comes through it, in ms, where there is a store to search instead. */
const PATIENCE = 250;
/** The same for a pipe where there is no store: what feeds it may take a while to begin. */
const LONG_PATIENCE = 10_000;

/** What standard input is. A shell makes pipes, a program that starts another often sockets. */
export type InputKind = 'none' | 'file' | 'pipe' | 'socket';

/** What standard input is at this moment. */
export function inputKind(): InputKind {
  try {
    const status = fstatSync(0);
    if (status.isFile()) return status.size > 0 ? 'file' : 'none';
    if (status.isFIFO()) return 'pipe';
    return status.isSocket() ? 'socket' : 'none';
  } catch {
    return 'none';
  }
}

/**
 * Whether standard input brings messages. A program that starts weir often leaves it open and never
 * says anything: waiting for that ends, and then it counts as nothing.
 */
export async function inputHasMessages(kind: InputKind, storeExists: boolean): Promise<boolean> {
  if (kind === 'none' || kind === 'file') return kind === 'file';
  return await new Promise((resolve) => {
    const done = (answer: boolean) => {
      clearTimeout(timer);
      process.stdin.off('readable', readable);
      process.stdin.off('end', ended);
      if (!answer) process.stdin.unref?.();
      resolve(answer);
    };
    const readable = () => done(process.stdin.readableLength > 0);
    const ended = () => done(!storeExists);
    const patience = kind === 'pipe' && !storeExists ? LONG_PATIENCE : PATIENCE;
    const timer = setTimeout(() => done(false), patience);
    process.stdin.on('readable', readable);
    process.stdin.on('end', ended);
  });
}
