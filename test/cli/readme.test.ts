import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const FILES = ['README.md', ...readdirSync(join(ROOT, 'docs/guide')).map((name) => `docs/guide/${name}`)];

test('the two lines of the README are there, and their scripts too', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(read('README.md')).toContain('npm ci && npm run demo');
  expect(read('README.md')).toContain('npm ci && npm test');
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test', 'build', 'prepare']));
});

/** The `weir …` commands in the shell examples of a file, as words. */
function commandsIn(file: string): readonly (readonly string[])[] {
  const blocks = [...read(file).matchAll(/^```(?:sh|bash|shell)\n(.*?)^```/gms)].map(
    ([, block = '']) => block,
  );
  return blocks
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => [
      ...line.matchAll(/(?:^|[|&;] *|\$ )(?:\.\/bin\/)?weir ((?:'[^']*'|"[^"]*"|[^'"|&;>#\n])*)/g),
    ])
    .map(([, words = '']) => words.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []);
}

function commandFor(words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command: Command = commandLine();
  let at = 0;
  for (; at < words.length; at++) {
    const next = command.commands.find((each) => each.name() === words[at]);
    if (next === undefined) break;
    command = next;
  }
  return { command, rest: words.slice(at) };
}

test.each(FILES)('the commands shown in %s exist, with their options', (file) => {
  for (const words of commandsIn(file)) {
    const { command, rest } = commandFor(words);
    const flags = command.options.flatMap(({ short, long }) => [short, long]);
    const line = `weir ${words.join(' ')}`;
    expect(command.parent, line).not.toBeNull();
    expect(command.commands, `${line}: a subcommand is missing or wrong`).toEqual([]);
    const used = rest.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0]);
    expect(
      used.filter((flag) => !flags.includes(flag) && flag !== '--help'),
      line,
    ).toEqual([]);
  }
});

test('the README shows the commands at all', () => {
  expect(commandsIn('README.md').length).toBeGreaterThan(5);
});
