import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { asCommand, looksLikeCommand, type ReplContext, runCommand } from '../../../src/cli/repl/commands.ts';
import { defaultSettings, promptOf, settingsRange } from '../../../src/cli/repl/settings.ts';
import { scratch } from '../run-weir.ts';

const folder = scratch();
let settings = defaultSettings('UTC');
let printed: string[] = [];
let ran: string[] = [];
let left = false;

beforeEach(() => {
  settings = defaultSettings('UTC');
  printed = [];
  ran = [];
  left = false;
});

async function type(line: string): Promise<string> {
  printed = [];
  const context: ReplContext = {
    settings,
    fields: ['src_ip', 'bytes'],
    macros: async () => new Map(),
    print: (text) => void printed.push(text),
    run: async (query) => void ran.push(query),
    quit: () => {
      left = true;
    },
  };
  await runCommand(line, context);
  return printed.join('\n');
}

test(':range changes what is searched, and the prompt says so', async () => {
  await type(':range -7d to -1d');
  expect(promptOf(settings)).toBe('weir [-7d to -1d]> ');
  const range = settingsRange(settings);
  expect(range.ok && range.value.to - range.value.from).toBe(6 * 86_400_000);
  await type(':range all');
  expect(promptOf(settings)).toBe('weir [all]> ');
  expect(await type(':range')).toBe('the beginning to the end');
});

test('a range that makes no sense changes nothing', async () => {
  await type(':range -1d');
  expect(await type(':range soon')).toContain('`soon` is no time');
  expect(await type(':range -1d to -2d')).toContain('start must precede end');
  expect(settings.from).toBe('-1d');
});

test('settings: zone, format, limit, profile, parameters', async () => {
  expect(await type(':tz Mars')).toContain('no time zone');
  await type(':tz Asia/Tokyo');
  expect(settings.timeZone).toBe('Asia/Tokyo');
  expect(await type(':format arrow')).toContain('the formats are table, jsonl, json, csv, chart');
  await type(':format CSV');
  expect(settings.format).toBe('csv');
  expect(await type(':limit none')).toContain('whole number');
  await type(':limit 5');
  expect(settings.limit).toBe(5);
  expect(await type(':profile')).toBe('profile is on');
  await type(':param ip=10.0.0.1');
  await type(':param __proto__=x');
  expect(await type(':param')).toBe('ip=10.0.0.1\n__proto__=x');
  await type(':param ip');
  expect([...settings.parameters.keys()]).toEqual(['__proto__']);
});

test(':run runs the query of a file', async () => {
  const file = join(folder, 'q.sumo');
  writeFileSync(file, '\ufeff* // all\n| count\n');
  await type(`:run ${file}`);
  expect(ran).toEqual(['* // all\n| count']);
  await expect(type(':run nowhere.sumo')).rejects.toThrow('`nowhere.sumo`: no such file or folder');
});

test('help, fields, formatting and plans', async () => {
  expect(await type(':help')).toContain(':range');
  expect(await type(':help timeslice')).toContain('timeslice (operator)');
  expect(await type(':fields')).toBe('src_ip  bytes');
  expect(await type(':fmt * |   count')).toBe('*\n| count');
  expect(await type(':explain * | count')).toContain('count');
  expect(await type(':explain * | cuont')).toContain('^^^^^');
});

test('a command that is none, and the way out', async () => {
  expect(await type(':rnage -1h')).toContain('`:range` might be meant');
  await type(':q');
  expect(left).toBe(true);
});

test('commands may begin with a backslash; other lines stay what they are', () => {
  expect(asCommand('\\q')).toBe(':q');
  expect(asCommand('\\help count')).toBe(':help count');
  for (const line of ['\\d+', 'q', '* | count', '']) expect(asCommand(line)).toBe(line);
  expect(['help', 'EXIT', 'q'].map(looksLikeCommand)).toEqual([true, true, true]);
  expect(['helper', 'help me', ':help'].map(looksLikeCommand)).toEqual([false, false, false]);
});
