import { Command, Option } from 'commander';
import {
  byteCount,
  collect,
  collectPairs,
  exitCode,
  OUTPUT_FORMATS,
  ourWords,
  portNumber,
  positiveInteger,
  positiveNumber,
  withMetadata,
  withOutput,
  withParameters,
  withRange,
  withStoreOption,
} from './options.ts';

type Action = (...args: readonly never[]) => Promise<void>;

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
    .allowExcessArguments(true)
    .allowUnknownOption(true)
    .exitOverride(exitCode);

  const command = (usage: string, description: string) => added(program, usage, description);
  const group = (name: string, description: string) =>
    withStoreOption(command(name, description)).helpCommand(false);

  withOutput(
    withMetadata(withStoreOption(command('ingest', 'read files, folders, globs or - (stdin) into the store')))
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
  ).action(load(async () => (await import('./commands/ingest.ts')).ingest));

  withOutput(
    withParameters(withRange(withMetadata(withStoreOption(command('query', 'run one query')))))
      .argument('[text]')
      .option('-f, --file <file>', 'read the query from a file, or from standard input with -')
      .option('--input <path...>', 'search these files instead of the store')
      .option('--category <category>', '_sourceCategory of --input')
      .option('--limit <n>', 'print at most n rows', positiveInteger)
      .option(
        '--memory <size>',
        'most memory the query may take, as 4G (default: a quarter of the machine)',
        byteCount,
      )
      .option('--profile', 'say where the time went')
      .option('--profile-json', 'the same as a JSON object, on stderr too')
      .option('--auto-parse', 'extract the fields of JSON messages as they are read')
      .option('--csv-guard', 'guard CSV cells that a spreadsheet would run as formulas'),
    OUTPUT_FORMATS,
    'result format (default: table on a terminal, jsonl in a pipe)',
  ).action(load(async () => (await import('./commands/query.ts')).query));

  withOutput(
    withParameters(withRange(withStoreOption(command('run', 'run saved dashboards'))))
      .argument('<dashboard>', 'FILE.yaml, a folder, APP or APP/DASHBOARD')
      .option('--panel <key>', 'only this panel; repeatable', collect, [])
      .option('--profile', 'say how long each panel took'),
    ['table', 'json', 'html'],
    'how the panels are shown (default: table)',
  ).action(load(async () => (await import('./commands/run.ts')).run));

  const rules = group('rules', 'field extraction rules of the store');
  subcommand(rules, 'list', 'list the rules', ['text', 'json']).action(
    load(async () => (await import('./commands/rules.ts')).listRules),
  );
  subcommand(rules, 'add <file>', 'add the rules of a file').action(
    load(async () => (await import('./commands/rules.ts')).addRules),
  );
  subcommand(rules, 'remove <name>', 'remove a rule').action(
    load(async () => (await import('./commands/rules.ts')).removeRule),
  );
  subcommand(rules, 'enable <name>', 'let a rule work again').action(
    load(async () => (await import('./commands/rules.ts')).enableRule),
  );
  subcommand(rules, 'disable <name>', 'keep a rule without letting it work').action(
    load(async () => (await import('./commands/rules.ts')).disableRule),
  );
  subcommand(rules, 'test <file>', 'run the examples written in a rule file').action(
    load(async () => (await import('./commands/rules.ts')).testRules),
  );

  const partitions = group('partitions', 'partitions: named parts of the store');
  subcommand(partitions, 'list', 'list the partitions', ['text', 'json']).action(
    load(async () => (await import('./commands/partitions.ts')).listPartitions),
  );
  subcommand(partitions, 'add <name>', 'add a partition; it takes messages from then on')
    .requiredOption('--scope <scope>', 'the messages: a search expression')
    .action(load(async () => (await import('./commands/partitions.ts')).addPartition));
  subcommand(partitions, 'remove <name>', 'let a partition take no more messages').action(
    load(async () => (await import('./commands/partitions.ts')).removePartition),
  );

  const views = group('views', 'views: queries whose results are kept, slice by slice');
  subcommand(views, 'list', 'list the views', ['text', 'json']).action(
    load(async () => (await import('./commands/views.ts')).listViews),
  );
  subcommand(views, 'add <name>', 'add a view')
    .requiredOption('--query <query>', 'the query, with a timeslice and an aggregate')
    .option('--from <time>', 'where it begins (default: now)')
    .option('--tz <zone>', 'time zone of times read', 'UTC')
    .action(load(async () => (await import('./commands/views.ts')).addView));
  subcommand(views, 'refresh [name]', 'bring all views, or one, up to date', ['text', 'json']).action(
    load(async () => (await import('./commands/views.ts')).refreshViews),
  );
  subcommand(views, 'remove <name>', 'remove a view and its rows').action(
    load(async () => (await import('./commands/views.ts')).removeView),
  );

  const macros = group('macros', 'macros: pieces of queries kept under a name');
  subcommand(macros, 'list', 'list the macros', ['text', 'json']).action(
    load(async () => (await import('./commands/macros.ts')).listMacros),
  );
  subcommand(macros, 'add <file>', 'add or replace the macro of a file').action(
    load(async () => (await import('./commands/macros.ts')).addMacro),
  );
  subcommand(macros, 'remove <name>', 'remove a macro').action(
    load(async () => (await import('./commands/macros.ts')).removeMacro),
  );

  const apps = group('apps', 'apps: rules, dashboards and lookups for one kind of data');
  subcommand(apps, 'list', 'list the catalogue', ['text', 'json']).action(
    load(async () => (await import('./commands/apps.ts')).listApps),
  );
  subcommand(apps, 'install <name>', 'install an app into the store')
    .option('--category <pattern>', 'the data: a _sourceCategory pattern')
    .option('--filter <scope>', 'the data: a search expression')
    .action(load(async () => (await import('./commands/apps.ts')).installApp));
  subcommand(apps, 'import <file>', 'import dashboards that the cloud product exported (JSON)')
    .option('--to <dir>', 'write them as files there, instead of into the store')
    .action(load(async () => (await import('./commands/import-dashboards.ts')).importDashboardFile));

  const lookups = group('lookups', 'lookup tables');
  subcommand(lookups, 'list', 'list the tables', ['text', 'json']).action(
    load(async () => (await import('./commands/lookups.ts')).listLookups),
  );
  subcommand(lookups, 'add <name> <file>', 'add or replace a table: .csv, .json (STIX 2.1) or .mmdb')
    .option(
      '--key <column>',
      'primary key column of a path:// table (default: the first); repeatable',
      collect,
      [],
    )
    .option(
      '--type <column=type>',
      'type of a column of a path:// table: string, int, long, double, boolean; repeatable',
      collectPairs,
      new Map(),
    )
    .option('--ttl <duration>', 'rows of a path:// table go when not written for so long: 12h, 7d, 4w')
    .option('--merge', 'keep the rows that are there and replace those with the same key')
    .addOption(
      new Option('--when-full <action>', 'a path:// table at its size limit').choices(['stop', 'evict']),
    )
    .action(load(async () => (await import('./commands/lookups.ts')).addLookup));
  subcommand(lookups, 'remove <name>', 'remove a table').action(
    load(async () => (await import('./commands/lookups.ts')).removeLookup),
  );

  withOutput(
    withStoreOption(command('check', 'diagnose a query without running it'))
      .argument('[text]')
      .option('-f, --file <file>', 'read the query from a file, or from standard input with -')
      .option(
        '--batch <file>',
        'check the queries of a file of {"id","query"} lines, or of standard input with -',
      )
      .option('--fix', 'print the query with the fixes applied'),
    ['text', 'json', 'jsonl'],
    'how diagnostics are printed',
  ).action(load(async () => (await import('./commands/check.ts')).check));

  command('fmt', 'format query files, dashboards and rules')
    .argument('[file...]', 'without files: from stdin to stdout')
    .option('--check', 'change nothing; fail when something would change')
    .action(load(async () => (await import('./commands/fmt.ts')).fmt));

  withOutput(
    withParameters(withRange(withStoreOption(command('explain', 'show how a query would run'))))
      .argument('[text]')
      .option('-f, --file <file>', 'read the query from a file, or from standard input with -')
      .option('--input <path...>', 'as if over these files'),
    ['text', 'json'],
    'how the plan is printed',
  ).action(load(async () => (await import('./commands/explain.ts')).explain));

  withStoreOption(command('lsp', 'language server for editors, over stdin and stdout'))
    .option('--stdio', 'the only way to talk to it; taken because editors say so')
    .action(load(async () => (await import('./commands/lsp.ts')).lsp));

  command('help', 'explain a command, an operator, an aggregate or a function')
    .argument('[name...]')
    .action(load(async () => (await import('./commands/help.ts')).help, program));

  const sources = group('sources', 'sources: where messages come from');
  subcommand(sources, 'list', 'list the sources', ['text', 'json']).action(
    load(async () => (await import('./commands/sources.ts')).listSources),
  );
  subcommand(sources, 'add <kind> <name>', 'add a source; kind is http or s3', ['text', 'json'])
    .option('--category <category>', '_sourceCategory')
    .option('--file <file>', 'the rest of the definition (YAML)')
    .action(load(async () => (await import('./commands/sources.ts')).addSource));
  subcommand(sources, 'remove <name>', 'remove a source').action(
    load(async () => (await import('./commands/sources.ts')).removeSource),
  );
  subcommand(sources, 'test <file> [lines]', 'show what a source definition does to sample lines').action(
    load(async () => (await import('./commands/sources.ts')).testSource),
  );

  withRange(withStoreOption(command('repl', 'search interactively')))
    .option('--input <path...>', 'search these files instead of the store')
    .action(load(async () => (await import('./commands/repl.ts')).repl));

  withStoreOption(command('serve', 'HTTP sources, APIs and dashboards'))
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
    .action(load(async () => (await import('./commands/serve.ts')).serve));

  const keys = group('keys', 'access keys for the APIs and pages of weir serve');
  subcommand(keys, 'add <name>', 'make a key and print it, this once', ['text', 'json'])
    .requiredOption('--scope <scopes>', 'what it is for: ingest, query, admin; several with commas')
    .action(load(async () => (await import('./commands/keys.ts')).addKey));
  subcommand(keys, 'list', 'list the keys', ['text', 'json']).action(
    load(async () => (await import('./commands/keys.ts')).listKeys),
  );
  subcommand(keys, 'remove <name>', 'remove a key').action(
    load(async () => (await import('./commands/keys.ts')).removeKey),
  );

  command('tail', 'show messages as they arrive at a running server')
    .argument('[text]')
    .option('-f, --file <file>', 'read the query from a file, or from standard input with -')
    .option('--server <url>', 'address of weir serve', 'http://127.0.0.1:8350')
    .option('--key <id:key>', 'access id and key (default: WEIR_KEY)')
    .option('--tz <zone>', 'time zone (default: UTC)', 'UTC')
    .action(load(async () => (await import('./commands/tail.ts')).tail));

  const care = group('store', 'care of the store');
  subcommand(care, 'info', 'what is in the store', ['text', 'json']).action(
    load(async () => (await import('./commands/store.ts')).storeInfo),
  );
  subcommand(care, 'verify', 'read everything and check it', ['text', 'json']).action(
    load(async () => (await import('./commands/store.ts')).storeVerify),
  );
  subcommand(care, 'compact', 'merge small segments').action(
    load(async () => (await import('./commands/store.ts')).storeCompact),
  );
  subcommand(care, 'delete <scope>', 'delete the messages that a search expression matches')
    .option('--from <time>', 'start of the time range')
    .option('--to <time>', 'end of the time range, not included')
    .option('--tz <zone>', 'time zone of times read', 'UTC')
    .option('--yes', 'do it; without it only count them')
    .action(load(async () => (await import('./commands/store.ts')).storeDelete));
  subcommand(care, 'snapshot <dir>', 'copy the store as it is now').action(
    load(async () => (await import('./commands/store.ts')).storeSnapshot),
  );

  withStoreOption(
    command('demo', 'make sample flow logs, ingest them and show the Overview dashboard'),
  ).action(load(async () => (await import('./commands/demo.ts')).demo));

  program.action(load(async () => (await import('./commands/bare.ts')).bare, program));
  return program;
}

/** A command of `parent`. Its failures are reported in the form of ours. */
function added(parent: Command, usage: string, description: string): Command {
  const command = parent
    .command(usage)
    .description(description)
    .allowExcessArguments(false)
    .exitOverride(exitCode);
  return command.configureOutput({
    outputError: (text, write) => write(ourWords(text, command)),
  });
}

/** A subcommand with the `--store` of its parent; `formats` are choices of `-o`. */
function subcommand(
  parent: Command,
  usage: string,
  description: string,
  formats: readonly string[] = [],
): Command {
  const command = withStoreOption(added(parent, usage, description));
  return formats.length === 0 ? command : withOutput(command, formats, 'how it is printed');
}

/**
 * An action that loads its code when it runs. It gets `extra`, the arguments, and the options, those
 * of the command above among them, so that `weir rules --store DIR list` works too.
 */
function load<A extends readonly unknown[]>(
  code: () => Promise<(...args: A) => Promise<void>>,
  ...extra: readonly unknown[]
) {
  return async (...given: readonly unknown[]): Promise<void> => {
    const action = (await code()) as unknown as Action;
    const command = given.at(-1) as Command;
    await action(...([...extra, ...given.slice(0, -2), command.optsWithGlobals()] as never[]));
  };
}
