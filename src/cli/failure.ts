import { QueryFailure } from '../engine/define.ts';
import { reasonOf } from '../engine/reason-of.ts';

/** What the process answers: see the table of exit codes in the command line reference. */
export const EXIT = { done: 0, failed: 1, wrongRequest: 2, interrupted: 130 } as const;

/** Ends a command with a message for the user. `code` is the exit code. */
export class CommandFailure extends Error {
  readonly code: number;
  readonly hint: string | null;
  constructor(code: number, message: string, hint: string | null = null) {
    super(message);
    this.name = 'CommandFailure';
    this.code = code;
    this.hint = hint;
  }
}

/** The request is wrong: usage, a file that is not what it should be. Exit code 2. */
export function wrongRequest(message: string, hint: string | null = null): CommandFailure {
  return new CommandFailure(EXIT.wrongRequest, message, hint);
}

/** The request is fine but could not be carried out. Exit code 1. */
export function runFailed(message: string, hint: string | null = null): CommandFailure {
  return new CommandFailure(EXIT.failed, message, hint);
}

/** One or two lines for stderr and the exit code for anything that was thrown; bugs of ours say that they are. */
export function explainFailure(thrown: unknown): { readonly text: string; readonly code: number } {
  if (thrown instanceof CommandFailure && thrown.message === '') return { text: '', code: thrown.code };
  if (thrown instanceof CommandFailure) return withHint(thrown.message, thrown.hint, thrown.code);
  if (thrown instanceof QueryFailure) {
    return withHint(
      thrown.message,
      thrown.hint,
      thrown.reason === 'cancelled' ? EXIT.interrupted : EXIT.failed,
    );
  }
  if (isExplained(thrown))
    return withHint(
      thrown.message,
      thrown.hint,
      WRONG_REQUESTS.has(thrown.name) ? EXIT.wrongRequest : EXIT.failed,
    );
  const system = systemFailure(thrown);
  if (system !== null) return { text: `error: ${system}`, code: EXIT.failed };
  const message = reasonOf(thrown);
  const trace = process.env.WEIR_DEBUG === '1' && thrown instanceof Error ? `\n${thrown.stack ?? ''}` : '';
  return {
    text: `error: ${message}\n  = note: this is a bug in weir; WEIR_DEBUG=1 shows where${trace}`,
    code: EXIT.failed,
  };
}

/** Failures of the rooms below that speak to the user already; told apart by name, so that their code loads only with them. */
const EXPLAINED = new Set([
  'StoreError',
  'LookupError',
  'FileError',
  'DashboardRequestError',
  'RuleProblem',
  'InputProblem',
]);
const WRONG_REQUESTS = new Set(['LookupError', 'FileError', 'DashboardRequestError', 'RuleProblem']);

function isExplained(thrown: unknown): thrown is Error & { readonly hint: string | null } {
  return thrown instanceof Error && EXPLAINED.has(thrown.name);
}

function withHint(
  message: string,
  hint: string | null | undefined,
  code: number,
): { text: string; code: number } {
  return {
    text: (hint ?? null) === null ? `error: ${message}` : `error: ${message}\n  = help: ${hint}`,
    code,
  };
}

const SYSTEM_ERRORS = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EISDIR', 'is a folder, a file was expected'],
  ['ENOTDIR', 'is a file, a folder was expected'],
  ['ENOSPC', 'no space left on the disk'],
  ['EROFS', 'the file system is read-only'],
  ['EEXIST', 'is there already, and is no folder'],
  ['EIO', 'the disk could not read or write it'],
  ['ELOOP', 'its links go in a circle'],
  ['EMFILE', 'too many open files'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['EADDRINUSE', 'the port is in use by another program'],
  ['EADDRNOTAVAIL', 'the address is not one of this machine'],
]);

/** A sentence for an error of the operating system, or null when it is not one. */
export function systemFailure(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return null;
  const meaning = SYSTEM_ERRORS.get(thrown.code);
  if (meaning === undefined) return null;
  const path = 'path' in thrown && typeof thrown.path === 'string' ? `\`${thrown.path}\`: ` : '';
  return `${path}${meaning}`;
}
