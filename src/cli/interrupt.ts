import { inputKind } from './standard-input.ts';

/** Within this time a second signal is the same Ctrl-C, which a launcher hands on, in ms. */
const SAME = 500;

/** A signal that Ctrl-C (or a polite kill) aborts; a second Ctrl-C ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  const interrupt = () => {
    if (performance.now() - first > SAME) process.exit(130);
    first = Math.min(first, performance.now());
    controller.abort();
    // Whoever waits for more of it would wait on.
    if (inputKind() !== 'none') process.stdin.destroy();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
