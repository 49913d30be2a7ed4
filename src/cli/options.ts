import { type Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandFailure, EXIT } from './failure.ts';

/** How a query's result can be printed. */
export const OUTPUT_FORMATS = ['table', 'jsonl', 'json', 'csv', 'arrow', 'chart'] as const;

/** `--store` */
export function withStoreOption(command: Command): Command {
  return command.option('--store <dir>', 'store directory (default: WEIR_STORE, else .weir)');
}

/** `--from`, `--to` and `--tz` */
export function withRange(command: Command): Command {
  return command
    .option('--from <time>', 'start of the time range: -24h, 2024-01-31T12:00:00Z, 01/31/2024, epoch ms')
    .option('--to <time>', 'end of the time range, not included')
    .option('--tz <zone>', 'time zone of times read and shown', 'UTC');
}

/** `--param` */
export function withParameters(command: Command): Command {
  return command.option(
    '--param <name=value>',
    'value of a {{parameter}}; repeatable',
    collectPairs,
    new Map(),
  );
}

/** `--name`, `--host` and `--field`: metadata of messages that are read from files. */
export function withMetadata(command: Command): Command {
  return command
    .option('--name <name>', '_sourceName (default: the path)')
    .option('--host <host>', '_sourceHost (default: none)')
    .option('--field <name=value>', 'a field of every message; repeatable', collectPairs, new Map());
}

/** `-o` with these choices. */
export function withOutput(command: Command, formats: readonly string[], description: string): Command {
  return command.addOption(new Option('-o, --output <format>', description).choices(formats));
}

/** Commander's own failures are wrong requests; help and version are not failures. */
export function exitCode(failure: CommanderError): never {
  throw new CommandFailure(failure.exitCode === 0 ? EXIT.done : EXIT.wrongRequest, '', null);
}

/** Commander's messages in the form of ours: names in backticks, and a help line. */
export function ourWords(message: string, command: Command): string {
  const text = message
    .trimEnd()
    .replace(/'([^']*)'/g, '`$1`')
    .replace(
      / argument (`[^`]*`) is invalid\. (?:Allowed choices are (.*)\.)?/s,
      (_, value: string, choices: string | undefined) =>
        choices === undefined ? ` got ${value}: ` : ` got ${value}\n  = help: the choices are ${choices}`,
    )
    .replace(/^(error: too many arguments.*)\. Expected.*$/s, '$1\n  = help: put texts with blanks in quotes')
    .replace(/\n\(Did you mean (?:one of )?(.*)\?\)/, (_, names: string) => {
      return `\n  = help: ${names.replace(/[^\s,]+/g, '`$&`')} might be meant`;
    });
  return text.includes('\n  = help')
    ? `${text}\n`
    : `${text}\n  = help: \`${pathOf(command)} --help\` shows how\n`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** An option's values in the order given. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

/** An option's `name=value` pairs; of one name the last counts. */
export function collectPairs(pair: string, previous: ReadonlyMap<string, string>): Map<string, string> {
  const at = pair.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('expected name=value');
  return new Map(previous).set(pair.slice(0, at), pair.slice(at + 1));
}

/** An option's whole number from 1 on. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number from 1 on');
  return value;
}

/** An option's port. */
export function portNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError('expected a port, 0 to 65535');
  return value;
}

/** An option's number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

/** An option's size in bytes: `50G`, `500M` (powers of two), plain bytes. */
export function byteCount(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  if (found === null)
    throw new InvalidArgumentError('expected a size such as 50G, 500M or a number of bytes');
  return Math.floor(Number(found[1]) * 1024 ** ' kmgt'.indexOf((found[2] || ' ').toLowerCase()));
}
