import type { Command } from 'commander';
import { EXIT } from '../failure.ts';

/** Bare `weir`: the REPL on a terminal, help elsewhere. */
export async function bare(program: Command): Promise<void> {
  if (process.stdin.isTTY === true && process.stdout.isTTY === true) {
    const { repl } = await import('./repl.ts');
    return await repl({ tz: 'UTC' });
  }
  process.stderr.write(program.helpInformation());
  process.exitCode = EXIT.wrongRequest;
}
