import type { Command } from 'commander';
import { nearest } from '../../grammar/suggest.ts';
import { wrongRequest } from '../failure.ts';
import { write } from '../output/result.ts';
import {
  ALL_ENTRIES,
  ENTRIES,
  entriesNamed,
  REFERENCE_KINDS,
  type ReferenceEntry,
  type ReferenceKind,
  relatedTo,
  usageLine,
} from '../reference.ts';

/** Text is broken before this column. */
const WIDTH = 96;

/** `weir help [name]`: the commands, one command, a list, the reference of a word, or words about a topic. */
export async function help(program: Command, words: readonly string[]): Promise<void> {
  const name = words.join(' ');
  if (name === '') return await write(`${program.helpInformation()}\n${overview()}`);
  const command = commandAt(program, words);
  const text = reference(name);
  if (text !== null) {
    const also = command === undefined ? '' : `\nweir ${name} is also a command: weir ${name} --help\n`;
    return await write(`${text}${also}`);
  }
  if (command !== undefined) return await write(command.helpInformation());
  const kind = REFERENCE_KINDS.find((each) => name.toLowerCase() === `${each}s`);
  if (kind !== undefined) return await write(listOf(ENTRIES[kind]));
  const about = ALL_ENTRIES.filter((entry) => isAbout(entry, name));
  if (about.length > 0) {
    return await write(`nothing is named \`${name}\`; these are about it:\n\n${listOf(about)}`);
  }
  const names = ALL_ENTRIES.flatMap((entry) => [entry.name, ...(entry.aliases ?? [])]);
  const commands = program.commands.map((each) => each.name());
  const close = nearest(name, [...names, ...commands]);
  throw wrongRequest(
    `\`${name}\` is no command and no word of the language`,
    close === null ? '`weir help` lists them' : `\`${close}\` might be meant`,
  );
}

/** The command that words lead to: `rules`, `rules add`. */
function commandAt(program: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (within, word) => within?.commands.find((each) => each.name() === word),
    program,
  );
}

/** The reference of a word of the language, in each of the kinds that it names, or null. */
export function reference(name: string): string | null {
  const pages = entriesNamed(name).map(page);
  return pages.length === 0 ? null : pages.join('\n');
}

function page(entry: ReferenceEntry): string {
  const aliases = entry.aliases ?? [];
  const lines = [`${entry.name} (${entry.kind})`, wrapped(entry.summary, '  '), '', `  ${usageLine(entry)}`];
  if (aliases.length > 0) lines.push(`  also: ${aliases.join(', ')}`);
  if (entry.description !== undefined) lines.push('', paragraphs(entry.description.trim()));
  for (const { query, input, expect } of entry.examples) {
    lines.push('', 'Example', indented(query.trim(), '  '));
    if (input.trim() !== '') lines.push('  over', indented(input.trim(), '    '));
    lines.push('  gives', indented(expect.trim(), '    '));
  }
  const related = relatedTo(entry);
  if (related.length > 0) {
    const names = [...new Set(related.map((other) => other.name))];
    lines.push('', wrapped(`See also: ${names.join(', ')}`, ''));
  }
  return `${lines.join('\n')}\n`;
}

function overview(): string {
  // A name of several words stays on one line.
  const list = (title: string, kind: ReferenceKind) => {
    const names = ENTRIES[kind].map(({ name }) => name.replaceAll(' ', '\u00a0')).join(', ');
    return `${title}:\n${wrapped(names, '  ').replaceAll('\u00a0', ' ')}\n`;
  };
  return [
    list('Operators', 'operator'),
    list('Aggregates', 'aggregate'),
    list('Functions', 'function'),
    list('Words and marks of the syntax', 'word'),
    '`weir help NAME` explains any of these, `weir help operators` (aggregates, functions, words) lists them with a line each,\n`weir help WORD` finds those about a word.\n',
  ].join('\n');
}

/** Names with what they do, one a line. */
function listOf(entries: readonly ReferenceEntry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length));
  return entries.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join('');
}

function isAbout({ name, aliases = [], summary, description = '' }: ReferenceEntry, word: string): boolean {
  const text = [name, ...aliases, summary, description].join(' ').toLowerCase();
  return word.length > 2 && text.includes(word.toLowerCase());
}

/** Markdown as it is, but for the line breaks of paragraphs, which go where the width ends. */
function paragraphs(markdown: string): string {
  const blocks = markdown.split(/\n{2,}/).map((block) => {
    const asWritten = /^(?:[-|*]|\d+\.|```| {4})/m.test(block);
    return asWritten ? indented(block, '  ') : wrapped(block.replace(/\s*\n\s*/g, ' '), '  ');
  });
  return blocks.join('\n\n');
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/(?<=\S) +/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, indent + line].join('\n');
}

function indented(text: string, indent: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : indent + line))
    .join('\n');
}
