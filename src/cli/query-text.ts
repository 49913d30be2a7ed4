import { text as readAll } from 'node:stream/consumers';
import type { Diagnostic } from '../grammar/diagnostics.ts';
import { renderDiagnostics } from '../grammar/render.ts';
import { CommandFailure, EXIT, wrongRequest } from './failure.ts';
import { readNamedText } from './read-file.ts';
import { inputHasMessages, inputKind } from './standard-input.ts';

/** A query as it was given, and where it came from (null: the command line). */
export interface QueryText {
  readonly text: string;
  readonly source: string | null;
}

/**
 * The query of a command: its argument, the content of `-f FILE`, or standard input for `-f -`. Without
 * either, `orInput` takes what is piped in: for commands that read no messages from there.
 */
export async function readQueryText(
  argument: string | undefined,
  file: string | undefined,
  orInput = false,
): Promise<QueryText> {
  if (argument !== undefined && file !== undefined) throw wrongRequest('give a query or -f FILE, not both');
  if (argument !== undefined) return { text: argument, source: null };
  if (file === '-' || (file === undefined && orInput && (await inputHasMessages(inputKind(), true))))
    return { text: await readAll(process.stdin), source: null };
  if (file === undefined)
    throw wrongRequest(
      'no query was given',
      "as an argument in quotes, '_sourceCategory=x | count', or in a file with -f",
    );
  return { text: await readNamedText(file), source: file };
}

/** Prints diagnostics to stderr. With errors among them the command ends with exit code 2. */
export function reportDiagnostics(
  query: QueryText,
  diagnostics: readonly Diagnostic[],
  quiet: readonly Diagnostic['severity'][] = [],
): void {
  const shown = diagnostics.filter(({ severity }) => !quiet.includes(severity));
  if (shown.length > 0) {
    const options = query.source === null ? {} : { source: query.source };
    process.stderr.write(`${renderDiagnostics(query.text, shown, options)}\n`);
  }
  if (diagnostics.some(({ severity }) => severity === 'error'))
    throw new CommandFailure(EXIT.wrongRequest, '');
}
