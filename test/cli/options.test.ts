import { Command, InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { byteCount, collectPairs, ourWords, portNumber, positiveInteger } from '../../src/cli/options.ts';

const PROMISED = [
  'ingest: --category --name --host --field --source --format -o',
  'query: -f --from --to --tz --param --limit -o --profile --input --category --name --host --field --store',
  'run: --panel --from --to --param -o --store',
  'rules list',
  'rules add',
  'rules remove',
  'rules enable',
  'rules disable',
  'rules test',
  'apps list',
  'apps install: --category --filter',
  'lookups list',
  'lookups add',
  'lookups remove',
  'check: -f --batch -o',
  'fmt: --check',
  'explain',
  'help',
  'repl',
  'sources list',
  'sources add: --category --file -o',
  'sources remove',
  'serve: --host --port',
  'store info: -o',
  'store verify',
  'store compact',
  'store delete',
  'store snapshot',
];

test.each(PROMISED)('the promised command %s', (line) => {
  const [path = '', options = ''] = line.split(': ');
  let command: Command | undefined = commandLine();
  for (const word of path.split(' ')) command = command?.commands.find((each) => each.name() === word);
  const flags = command?.options.flatMap(({ short, long }) => [short, long]) ?? [];
  expect(command).toBeDefined();
  expect(options.split(' ').filter((flag) => flag !== '' && !flags.includes(flag))).toEqual([]);
});

test('every command and option says what it does', () => {
  const silent = (command: Command): string[] => [
    ...(command.description() === '' ? [command.name()] : []),
    ...command.options.filter(({ description }) => description === '').map(({ flags }) => flags),
    ...command.commands.flatMap(silent),
  ];
  expect(silent(commandLine())).toEqual([]);
});

test('pairs: the last of a name counts, a value may hold =, a name may be __proto__', () => {
  const pairs = ['a=1', 'b=x=y', '__proto__=p', 'a=2', 'empty='].reduce(
    (all, pair) => collectPairs(pair, all),
    new Map<string, string>(),
  );
  expect([...pairs]).toEqual([
    ['a', '2'],
    ['b', 'x=y'],
    ['__proto__', 'p'],
    ['empty', ''],
  ]);
  expect(() => collectPairs('=x', new Map())).toThrow(InvalidArgumentError);
  expect(() => collectPairs('x', new Map())).toThrow('name=value');
});

test('numbers and sizes', () => {
  expect([byteCount('1.5G'), byteCount('500M'), byteCount('10kB'), byteCount('7')]).toEqual([
    1.5 * 2 ** 30,
    500 * 2 ** 20,
    10 * 1024,
    7,
  ]);
  for (const wrong of ['lots', '-1', '']) expect(() => byteCount(wrong)).toThrow(InvalidArgumentError);
  for (const wrong of ['0', '1.5', 'x']) expect(() => positiveInteger(wrong)).toThrow(InvalidArgumentError);
  for (const wrong of ['-1', '65536', 'x']) expect(() => portNumber(wrong)).toThrow(InvalidArgumentError);
});

test('usage mistakes are told in our words', () => {
  const command = new Command('weir').command('query');
  expect(ourWords("error: unknown option '--frm'\n(Did you mean --from?)\n", command)).toBe(
    'error: unknown option `--frm`\n  = help: `--from` might be meant\n',
  );
  expect(ourWords("error: unknown option '--x'\n(Did you mean one of --a, --b?)\n", command)).toBe(
    'error: unknown option `--x`\n  = help: `--a`, `--b` might be meant\n',
  );
  expect(
    ourWords(
      "error: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are a, b.\n",
      command,
    ),
  ).toBe('error: option `-o, --output <format>` got `xml`\n  = help: the choices are a, b\n');
  expect(
    ourWords("error: too many arguments for 'query'. Expected 1 argument but got 2: a, b.\n", command),
  ).toBe('error: too many arguments for `query`\n  = help: put texts with blanks in quotes\n');
  expect(ourWords("error: missing required argument 'path'\n", command)).toBe(
    'error: missing required argument `path`\n  = help: `weir query --help` shows how\n',
  );
});
