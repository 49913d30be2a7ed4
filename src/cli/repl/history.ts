import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const KEPT = 2000;

/** Where the history lies: WEIR_HISTORY, else below XDG_STATE_HOME or ~/.local/state. */
export function historyFile(): string {
  const given = process.env.WEIR_HISTORY;
  if (given !== undefined) return given;
  return join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'weir', 'history');
}

/** What was typed in earlier runs, newest first, as readline wants it. A file that cannot be read is an empty history. */
export function readHistory(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    if (lines.length > 2 * KEPT) {
      writeFileSync(`${file}.new`, `${lines.slice(-KEPT).join('\n')}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
    return lines.slice(-KEPT).reverse();
  } catch {
    return [];
  }
}

/** Adds one entry, of one line. A disk that cannot take it is no reason to stop. */
export function rememberLine(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    appendFileSync(file, `${text.replaceAll('\n', ' ')}\n`, { mode: 0o600 });
  } catch {
    // Searching works without a history.
  }
}
