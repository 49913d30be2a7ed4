import { Command } from 'commander';
import { addCollecting } from './command-line/collecting.ts';
import { load } from './command-line/command.ts';
import { addKeeping } from './command-line/keeping.ts';
import { addSearching } from './command-line/searching.ts';
import { exitCode } from './options.ts';

/**
 * The command line: every command with its options. A command's code is loaded when it runs, because
 * start-up is part of the product.
 */
export function commandLine(): Command {
  const program = new Command('weir');
  program
    .description('Search logs with the Sumo-style query language, on this machine.')
    .version('0.1.0', '-V, --version')
    .showSuggestionAfterError(true)
    .helpCommand(false)
    // Words that are no command are explained by the bare command.
    .allowExcessArguments(true)
    .allowUnknownOption(true)
    .exitOverride(exitCode);
  addSearching(program);
  addCollecting(program);
  addKeeping(program);
  return program.action(load(async () => (await import('./commands/bare.ts')).bare, program));
}
