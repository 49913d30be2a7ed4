import { type Command, Option } from 'commander';
import { collect, collectPairs } from '../options.ts';
import { group, load, subcommand } from './command.ts';

/** Commands for what a store keeps besides messages, and for the store itself. */
export function addKeeping(program: Command): void {
  program.commandsGroup('Store:');

  const care = group(program, 'store', 'care of the store');
  subcommand(care, 'info', 'what is in the store', ['text', 'json']).action(
    load(async () => (await import('../commands/store.ts')).storeInfo),
  );
  subcommand(care, 'verify', 'read everything and check it', ['text', 'json'])
    .option('--set-aside', 'move damaged segments out of the way, so that queries go on without them')
    .action(load(async () => (await import('../commands/store.ts')).storeVerify));
  subcommand(care, 'compact', 'merge small segments').action(
    load(async () => (await import('../commands/store.ts')).storeCompact),
  );
  subcommand(care, 'delete <scope>', 'delete the messages that a search expression matches')
    .option('--from <time>', 'start of the time range')
    .option('--to <time>', 'end of the time range, not included')
    .option('--tz <zone>', 'time zone of times read', 'UTC')
    .option('--yes', 'do it; without it only count them')
    .action(load(async () => (await import('../commands/store.ts')).storeDelete));
  subcommand(care, 'snapshot <dir>', 'copy the store as it is now').action(
    load(async () => (await import('../commands/store.ts')).storeSnapshot),
  );

  const rules = group(program, 'rules', 'field extraction rules of the store');
  subcommand(rules, 'list', 'list the rules', ['text', 'json']).action(
    load(async () => (await import('../commands/rules.ts')).listRules),
  );
  subcommand(rules, 'add <file>', 'add the rules of a file').action(
    load(async () => (await import('../commands/rules.ts')).addRules),
  );
  subcommand(rules, 'remove <name>', 'remove a rule').action(
    load(async () => (await import('../commands/rules.ts')).removeRule),
  );
  subcommand(rules, 'enable <name>', 'let a rule work again').action(
    load(async () => (await import('../commands/rules.ts')).enableRule),
  );
  subcommand(rules, 'disable <name>', 'keep a rule without letting it work').action(
    load(async () => (await import('../commands/rules.ts')).disableRule),
  );
  subcommand(rules, 'test <file>', 'run the examples written in a rule file').action(
    load(async () => (await import('../commands/rules.ts')).testRules),
  );

  const apps = group(program, 'apps', 'apps: rules, dashboards and lookups for one kind of data');
  subcommand(apps, 'list', 'list the catalogue', ['text', 'json']).action(
    load(async () => (await import('../commands/apps.ts')).listApps),
  );
  subcommand(apps, 'install <name>', 'install an app into the store')
    .option('--category <pattern>', 'the data: a _sourceCategory pattern')
    .option('--filter <scope>', 'the data: a search expression')
    .action(load(async () => (await import('../commands/apps.ts')).installApp));
  subcommand(apps, 'import <file>', 'import dashboards that the cloud product exported (JSON)')
    .option('--to <dir>', 'write them as files there, instead of into the store')
    .action(load(async () => (await import('../commands/import-dashboards.ts')).importDashboardFile));

  const lookups = group(program, 'lookups', 'lookup tables');
  subcommand(lookups, 'list', 'list the tables', ['text', 'json']).action(
    load(async () => (await import('../commands/lookups.ts')).listLookups),
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
    .action(load(async () => (await import('../commands/lookups.ts')).addLookup));
  subcommand(lookups, 'remove <name>', 'remove a table').action(
    load(async () => (await import('../commands/lookups.ts')).removeLookup),
  );

  const partitions = group(program, 'partitions', 'partitions: named parts of the store');
  subcommand(partitions, 'list', 'list the partitions', ['text', 'json']).action(
    load(async () => (await import('../commands/partitions.ts')).listPartitions),
  );
  subcommand(partitions, 'add <name>', 'add a partition; it takes messages from then on')
    .requiredOption('--scope <scope>', 'the messages: a search expression')
    .action(load(async () => (await import('../commands/partitions.ts')).addPartition));
  subcommand(partitions, 'remove <name>', 'let a partition take no more messages').action(
    load(async () => (await import('../commands/partitions.ts')).removePartition),
  );

  const views = group(program, 'views', 'views: queries whose results are kept, slice by slice');
  subcommand(views, 'list', 'list the views', ['text', 'json']).action(
    load(async () => (await import('../commands/views.ts')).listViews),
  );
  subcommand(views, 'add <name>', 'add a view')
    .requiredOption('--query <query>', 'the query, with a timeslice and an aggregate')
    .option('--from <time>', 'where it begins (default: now)')
    .option('--tz <zone>', 'time zone of times read', 'UTC')
    .action(load(async () => (await import('../commands/views.ts')).addView));
  subcommand(views, 'refresh [name]', 'bring all views, or one, up to date', ['text', 'json']).action(
    load(async () => (await import('../commands/views.ts')).refreshViews),
  );
  subcommand(views, 'remove <name>', 'remove a view and its rows').action(
    load(async () => (await import('../commands/views.ts')).removeView),
  );

  const macros = group(program, 'macros', 'macros: pieces of queries kept under a name');
  subcommand(macros, 'list', 'list the macros', ['text', 'json']).action(
    load(async () => (await import('../commands/macros.ts')).listMacros),
  );
  subcommand(macros, 'add <file>', 'add or replace the macro of a file').action(
    load(async () => (await import('../commands/macros.ts')).addMacro),
  );
  subcommand(macros, 'remove <name>', 'remove a macro').action(
    load(async () => (await import('../commands/macros.ts')).removeMacro),
  );
}
