import type { Command } from 'commander';
import {
  byteCount,
  collect,
  OUTPUT_FORMATS,
  positiveInteger,
  withMetadata,
  withOutput,
  withParameters,
  withRange,
  withStoreOption,
} from '../options.ts';
import { command, load } from './command.ts';

/** Commands that search, and that help to write what is searched for. */
export function addSearching(program: Command): void {
  program.commandsGroup('Search:');

  withOutput(
    withParameters(withRange(withMetadata(withStoreOption(command(program, 'query', 'run one query')))))
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
  ).action(load(async () => (await import('../commands/query.ts')).query));

  withRange(withStoreOption(command(program, 'repl', 'search interactively')))
    .option('--input <path...>', 'search these files instead of the store')
    .action(load(async () => (await import('../commands/repl.ts')).repl));

  withOutput(
    withParameters(withRange(withStoreOption(command(program, 'run', 'run saved dashboards'))))
      .argument('<dashboard>', 'FILE.yaml, a folder, APP or APP/DASHBOARD')
      .option('--panel <key>', 'only this panel; repeatable', collect, [])
      .option('--profile', 'say how long each panel took'),
    ['table', 'json', 'html'],
    'how the panels are shown (default: table)',
  ).action(load(async () => (await import('../commands/run.ts')).run));

  command(program, 'tail', 'show messages as they arrive at a running server')
    .argument('[text]')
    .option('-f, --file <file>', 'read the query from a file, or from standard input with -')
    .option('--server <url>', 'address of weir serve', 'http://127.0.0.1:8350')
    .option('--key <id:key>', 'access id and key (default: WEIR_KEY)')
    .option('--tz <zone>', 'time zone (default: UTC)', 'UTC')
    .action(load(async () => (await import('../commands/tail.ts')).tail));

  withOutput(
    withStoreOption(command(program, 'check', 'diagnose a query without running it'))
      .argument('[text]')
      .option('-f, --file <file>', 'read the query from a file, or from standard input with -')
      .option(
        '--batch <file>',
        'check the queries of a file of {"id","query"} lines, or of standard input with -',
      )
      .option('--fix', 'print the query with the fixes applied'),
    ['text', 'json', 'jsonl'],
    'how diagnostics are printed',
  ).action(load(async () => (await import('../commands/check.ts')).check));

  withOutput(
    withParameters(withStoreOption(command(program, 'explain', 'show how a query would run')))
      .argument('[text]')
      .option('-f, --file <file>', 'read the query from a file, or from standard input with -'),
    ['text', 'json'],
    'how the plan is printed',
  ).action(load(async () => (await import('../commands/explain.ts')).explain));

  command(program, 'fmt', 'format query files, dashboards and rules')
    .argument('[file...]', 'without files: from stdin to stdout')
    .option('--check', 'change nothing; fail when something would change')
    .action(load(async () => (await import('../commands/fmt.ts')).fmt));

  command(program, 'help', 'explain a command, an operator, an aggregate or a function')
    .argument('[name...]')
    .action(load(async () => (await import('../commands/help.ts')).help, program));

  withStoreOption(command(program, 'lsp', 'language server for editors, over stdin and stdout'))
    .option('--stdio', 'the only way to talk to it; taken because editors say so')
    .action(load(async () => (await import('../commands/lsp.ts')).lsp));
}
