import { explainText } from '../../engine/plan/explain.ts';
import { registry } from '../../engine/registry.ts';
import { zoneNamed } from '../../engine/time/zones.ts';
import { grouped } from '../../grammar/counted.ts';
import type { Macro } from '../../grammar/parameters.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { nearest } from '../../grammar/suggest.ts';
import { prepareQuery } from '../../index.ts';
import { formatQuery } from '../../language.ts';
import { OUTPUT_FORMATS } from '../options.ts';
import { readNamedText } from '../read-file.ts';
import { type Settings, settingsRange } from './settings.ts';

/** A terminal shows text. */
const FORMATS = OUTPUT_FORMATS.filter((format) => format !== 'arrow');

/** What a command may do besides changing settings. */
export interface ReplContext {
  readonly settings: Settings;
  readonly fields: readonly string[];
  print(text: string): void;
  run(query: string): Promise<void>;
  /** The macros that a query may use. */
  macros(query: string): Promise<ReadonlyMap<string, Macro>>;
  quit(): void;
}

interface ReplCommand {
  readonly usage: string;
  readonly summary: string;
  act(argument: string, context: ReplContext): Promise<void> | void;
}

/** The commands of the REPL by name, without the colon. */
export const COMMANDS: ReadonlyMap<string, ReplCommand> = new Map([
  [
    'range',
    {
      usage: ':range [FROM [to TO]]',
      summary: 'search this time range: :range -24h, :range -7d to -1d, :range all',
      act: setRange,
    },
  ],
  ['tz', { usage: ':tz ZONE', summary: 'time zone of times read and shown', act: setZone }],
  ['format', { usage: `:format ${FORMATS.join('|')}`, summary: 'how results are shown', act: setFormat }],
  ['limit', { usage: ':limit N', summary: 'show at most N rows of a result', act: setLimit }],
  [
    'param',
    {
      usage: ':param NAME=VALUE',
      summary: 'value of {{NAME}}; without a value it is forgotten',
      act: setParameter,
    },
  ],
  [
    'profile',
    {
      usage: ':profile',
      summary: 'say where the time went; again to stop',
      act: (_, { settings, print }) => {
        settings.profile = !settings.profile;
        print(`profile is ${settings.profile ? 'on' : 'off'}`);
      },
    },
  ],
  [
    'fields',
    {
      usage: ':fields',
      summary: 'the fields of the data',
      act: (_, { fields, print }) =>
        print(fields.length === 0 ? 'not known before a search' : fields.join('  ')),
    },
  ],
  ['explain', { usage: ':explain QUERY', summary: 'how a query would run', act: explainQuery }],
  [
    'fmt',
    {
      usage: ':fmt QUERY',
      summary: 'a query in its standard form',
      act: (argument, { print }) => {
        const { text, diagnostics } = formatQuery(argument);
        print(text ?? renderDiagnostics(argument, diagnostics));
      },
    },
  ],
  ['run', { usage: ':run FILE', summary: 'run the query of a file', act: runFile }],
  [
    'help',
    {
      usage: ':help [NAME]',
      summary: 'these commands, or a word of the language',
      act: showHelp,
    },
  ],
  ['quit', { usage: ':quit', summary: 'leave; Ctrl-D does too', act: (_, { quit }) => quit() }],
]);

/** Runs `:name argument`; says what might be meant when there is no such command. */
export async function runCommand(line: string, context: ReplContext): Promise<void> {
  const found = /^:\s*(\w*)\s*(.*)$/s.exec(line);
  const name = (found?.[1] ?? '').toLowerCase();
  const command = COMMANDS.get(name) ?? COMMANDS.get(ABBREVIATIONS.get(name) ?? '');
  if (command !== undefined) return await command.act((found?.[2] ?? '').trim(), context);
  const close = nearest(name, COMMANDS.keys());
  context.print(
    `there is no command \`:${name}\`; ${close === null ? ':help lists them' : `\`:${close}\` might be meant`}`,
  );
}

const ABBREVIATIONS = new Map([
  ['q', 'quit'],
  ['exit', 'quit'],
  ['h', 'help'],
  ['r', 'range'],
  ['timezone', 'tz'],
]);

function isCommand(name: string): boolean {
  return COMMANDS.has(name) || ABBREVIATIONS.has(name);
}

/** A line as a command where it is one in the manner of other tools, with a backslash in place of the colon. */
export function asCommand(line: string): string {
  const [, name = ''] = /^\\(\w+)/.exec(line) ?? [];
  return isCommand(name.toLowerCase()) ? `:${line.slice(1)}` : line;
}

/** Whether a query is nothing but the name of a command, as `help`. */
export function looksLikeCommand(query: string): boolean {
  return isCommand(query.toLowerCase());
}

function setRange(argument: string, { settings, print }: ReplContext): void {
  const before = { from: settings.from, to: settings.to };
  if (argument === '') {
    const range = settingsRange(settings);
    print(range.ok ? boundsText(range.value) : range.problem);
    return;
  }
  const [from, to] = argument.split(/\s+to\s+/i);
  settings.from = argument.toLowerCase() === 'all' ? null : (from ?? null);
  settings.to = to ?? null;
  const range = settingsRange(settings);
  if (range.ok) return;
  Object.assign(settings, before);
  print(range.problem);
}

function boundsText({ from, to }: { readonly from: number; readonly to: number }): string {
  const side = (ms: number, open: string) => (Number.isFinite(ms) ? new Date(ms).toISOString() : open);
  return `${side(from, 'the beginning')} to ${side(to, 'the end')}`;
}

function setZone(argument: string, { settings, print }: ReplContext): void {
  if (argument === '') print(settings.timeZone);
  else if (zoneNamed(argument) === null)
    print(`\`${argument}\` is no time zone; write a name such as Europe/Berlin, or UTC`);
  else settings.timeZone = argument;
}

function setFormat(argument: string, { settings, print }: ReplContext): void {
  const format = FORMATS.find((each) => each === argument.toLowerCase());
  if (format === undefined) print(`the formats are ${FORMATS.join(', ')}; now it is ${settings.format}`);
  else settings.format = format;
}

function setLimit(argument: string, { settings, print }: ReplContext): void {
  const limit = Number(argument);
  if (argument === '') print(`at most ${grouped(settings.limit)} rows`);
  else if (!Number.isSafeInteger(limit) || limit < 1) print('write a whole number from 1 on, as :limit 5000');
  else settings.limit = limit;
}

function setParameter(argument: string, { settings, print }: ReplContext): void {
  const at = argument.indexOf('=');
  if (argument === '') for (const [name, value] of settings.parameters) print(`${name}=${value}`);
  else if (at < 0) settings.parameters.delete(argument);
  else settings.parameters.set(argument.slice(0, at).trim(), argument.slice(at + 1).trim());
}

async function explainQuery(argument: string, { settings, macros, print }: ReplContext): Promise<void> {
  const options = { parameters: settings.parameters, macros: await macros(argument) };
  const { plan, diagnostics } = prepareQuery(argument, options);
  print(plan === null ? renderDiagnostics(argument, diagnostics) : explainText(plan, argument, registry));
}

async function runFile(argument: string, { run }: ReplContext): Promise<void> {
  await run((await readNamedText(argument)).trim());
}

async function showHelp(argument: string, { print }: ReplContext): Promise<void> {
  if (argument !== '') {
    const { reference } = await import('../commands/help.ts');
    return print(reference(argument) ?? `\`${argument}\` is no word of the language`);
  }
  const width = Math.max(...[...COMMANDS.values()].map(({ usage }) => usage.length));
  for (const { usage, summary } of COMMANDS.values()) print(`${usage.padEnd(width)}  ${summary}`);
  print(
    '\nA query runs when its line is complete; end a line with | to go on. Tab completes, Ctrl-C cancels.',
  );
}
