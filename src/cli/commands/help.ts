import type { Command } from 'commander';
import type { Example } from '../../engine/define.ts';
import { registry } from '../../engine/registry.ts';
import { nearest } from '../../grammar/suggest.ts';
import { usageOf } from '../../language.ts';
import { wrongRequest } from '../failure.ts';
import { write } from '../output/result.ts';

interface Entry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly examples: readonly Example[];
}

/** `weir help [name]`: the commands, one command, or the reference of a word of the language. */
export async function help(program: Command, name: string | undefined): Promise<void> {
  if (name === undefined) return await write(`${program.helpInformation()}\n${overview()}`);
  const command = program.commands.find((each) => each.name() === name);
  const entries: readonly (readonly [string, Entry | null])[] = [
    ['operator', registry.operator(name)],
    ['aggregate', registry.aggregate(name)],
    ['function', registry.function(name)],
  ];
  const found = entries.flatMap(([kind, entry]) => (entry === null ? [] : [page(kind, entry)]));
  if (command !== undefined && found.length > 0)
    found.push(`\nweir ${name} is also a command: weir ${name} --help\n`);
  if (found.length > 0) return await write(found.join('\n'));
  if (command !== undefined) return await write(command.helpInformation());
  const close = nearest(name, allNames());
  throw wrongRequest(
    `\`${name}\` is no command, operator, aggregate or function`,
    close === null ? '`weir help` lists them' : `\`${close}\` might be meant`,
  );
}

/** The reference of a word of the language, in each of the kinds that it names, or null. */
export function reference(name: string): string | null {
  const entries: readonly (readonly [string, Entry | null])[] = [
    ['operator', registry.operator(name)],
    ['aggregate', registry.aggregate(name)],
    ['function', registry.function(name)],
  ];
  const pages = entries.flatMap(([kind, entry]) => (entry === null ? [] : [page(kind, entry)]));
  return pages.length === 0 ? null : pages.join('\n');
}

function page(kind: string, entry: Entry): string {
  const aliases = entry.aliases ?? [];
  const lines = [
    `${entry.name} (${kind})`,
    `  ${entry.summary}`,
    '',
    `  ${usageOf(entry.name) ?? entry.name}`,
  ];
  if (aliases.length > 0) lines.push(`  also: ${aliases.join(', ')}`);
  if (entry.description !== undefined) lines.push('', indent(entry.description.trim()));
  for (const example of entry.examples) {
    lines.push('', 'Example', indent(example.query.trim()));
    if (example.input.trim() !== '') lines.push('  over', indent(indent(example.input.trim())));
    lines.push('  gives', indent(indent(example.expect.trim())));
  }
  return `${lines.join('\n')}\n`;
}

function overview(): string {
  const list = (title: string, entries: readonly Entry[]) =>
    `${title}:\n${wrap(entries.map(({ name }) => name).toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))}\n`;
  return [
    list('Operators', registry.operators),
    list('Aggregates', registry.aggregates),
    list('Functions', registry.functions),
    '`weir help NAME` explains any of these.\n',
  ].join('\n');
}

function wrap(names: readonly string[]): string {
  const lines = [''];
  for (const name of names) {
    if (lines.at(-1)!.length + name.length > 76) lines.push('');
    lines[lines.length - 1] += `${lines.at(-1) === '' ? '  ' : ' '}${name}`;
  }
  return lines.join('\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}

function allNames(): string[] {
  return [...registry.operators, ...registry.aggregates, ...registry.functions].flatMap(
    ({ name, aliases }) => [name, ...(aliases ?? [])],
  );
}
