import { type Command, Option } from 'commander';
import {
  byteCount,
  collect,
  portNumber,
  positiveNumber,
  withMetadata,
  withOutput,
  withStoreOption,
} from '../options.ts';
import { command, group, load, subcommand } from './command.ts';

/** Commands that bring messages in. */
export function addCollecting(program: Command): void {
  program.commandsGroup('Collect:');

  withOutput(
    withMetadata(
      withStoreOption(command(program, 'ingest', 'read files, folders, globs or - (stdin) into the store')),
    )
      .argument('<path...>')
      .option('--category <category>', '_sourceCategory')
      .option('--source <file>', 'source definition (YAML)')
      .addOption(
        new Option('--format <format>', 'what the files hold')
          .choices(['auto', 'text', 'json', 'cloudwatch', 'parquet'])
          .default('auto'),
      )
      .option('--follow', 'keep reading what is appended'),
    ['text', 'json'],
    'how the receipt is printed',
  ).action(load(async () => (await import('../commands/ingest.ts')).ingest));

  const sources = group(program, 'sources', 'sources: where messages come from');
  subcommand(sources, 'list', 'list the sources', ['text', 'json']).action(
    load(async () => (await import('../commands/sources.ts')).listSources),
  );
  subcommand(sources, 'add <kind> <name>', 'add a source; kind is http or s3', ['text', 'json'])
    .option('--category <category>', '_sourceCategory')
    .option('--file <file>', 'the rest of the definition (YAML)')
    .action(load(async () => (await import('../commands/sources.ts')).addSource));
  subcommand(sources, 'remove <name>', 'remove a source').action(
    load(async () => (await import('../commands/sources.ts')).removeSource),
  );
  subcommand(sources, 'test <file> [lines]', 'show what a source definition does to sample lines').action(
    load(async () => (await import('../commands/sources.ts')).testSource),
  );

  withStoreOption(command(program, 'serve', 'HTTP sources, APIs and dashboards'))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', portNumber, 8350)
    .option(
      '--allow-host <name>',
      'a further name of the server, as of a proxy in front; repeatable',
      collect,
      [],
    )
    .option('--retain-days <n>', 'delete messages that are older', positiveNumber)
    .option('--retain-bytes <size>', 'delete the oldest messages beyond this size, as 50G', byteCount)
    .action(load(async () => (await import('../commands/serve.ts')).serve));

  const keys = group(program, 'keys', 'access keys for the APIs and pages of weir serve');
  subcommand(keys, 'add <name>', 'make a key and print it, this once', ['text', 'json'])
    .requiredOption('--scope <scopes>', 'what it is for: ingest, query, admin; several with commas')
    .action(load(async () => (await import('../commands/keys.ts')).addKey));
  subcommand(keys, 'list', 'list the keys', ['text', 'json']).action(
    load(async () => (await import('../commands/keys.ts')).listKeys),
  );
  subcommand(keys, 'remove <name>', 'remove a key').action(
    load(async () => (await import('../commands/keys.ts')).removeKey),
  );

  withStoreOption(
    command(program, 'demo', 'make sample flow logs, ingest them and show the Overview dashboard'),
  ).action(load(async () => (await import('../commands/demo.ts')).demo));
}
