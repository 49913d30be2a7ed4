import type { Command } from 'commander';
import { exitCode, ourWords, withOutput, withStoreOption } from '../options.ts';

type Action = (...args: readonly never[]) => Promise<void>;

/** A command of `parent`. Its failures are reported in the form of ours. */
export function command(parent: Command, usage: string, description: string): Command {
  const added = parent
    .command(usage)
    .description(description)
    .allowExcessArguments(false)
    .exitOverride(exitCode);
  return added.configureOutput({
    outputError: (text, write) => write(ourWords(text, added)),
  });
}

/** A command that only holds subcommands. */
export function group(program: Command, name: string, description: string): Command {
  return withStoreOption(command(program, name, description)).helpCommand(false);
}

/** A subcommand with the `--store` of its parent; `formats` are choices of `-o`. */
export function subcommand(
  parent: Command,
  usage: string,
  description: string,
  formats: readonly string[] = [],
): Command {
  const added = withStoreOption(command(parent, usage, description));
  return formats.length === 0 ? added : withOutput(added, formats, 'how it is printed');
}

/**
 * An action that loads its code when it runs. It gets `extra`, the arguments, and the options, those
 * of the command above among them, so that `weir rules --store DIR list` works too.
 */
export function load<A extends readonly unknown[]>(
  code: () => Promise<(...args: A) => Promise<void>>,
  ...extra: readonly unknown[]
) {
  return async (...given: readonly unknown[]): Promise<void> => {
    const action = (await code()) as unknown as Action;
    const command = given.at(-1) as Command;
    await action(...([...extra, ...given.slice(0, -2), command.optsWithGlobals()] as never[]));
  };
}
