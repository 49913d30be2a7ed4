import type { Command } from 'commander';
import { nearest } from '../../grammar/suggest.ts';
import { EXIT, wrongRequest } from '../failure.ts';

/** Bare `weir`: the REPL on a terminal, help elsewhere. Words that are no command end up here too. */
export async function bare(program: Command): Promise<void> {
  const [word] = program.args;
  if (word !== undefined) {
    const names = program.commands.map((command) => command.name());
    const what = word.startsWith('-') ? 'option' : 'command';
    const close = what === 'command' ? nearest(word, names) : null;
    throw wrongRequest(
      `there is no ${what} \`${word}\``,
      close === null ? '`weir help` lists the commands' : `\`weir ${close}\` might be meant`,
    );
  }
  if (process.stdin.isTTY === true && process.stdout.isTTY === true) {
    const { repl } = await import('./repl.ts');
    return await repl({ tz: 'UTC' });
  }
  process.stderr.write(program.helpInformation());
  process.exitCode = EXIT.wrongRequest;
}
