import { describe, expect, it } from 'vitest';
import { error } from '../../src/grammar/diagnostics.ts';
import { renderDiagnostics } from '../../src/grammar/render.ts';
import { editDistance, nearest } from '../../src/grammar/suggest.ts';
import { usageOf } from '../../src/grammar/usage.ts';
import { grammar } from './parse-cases.ts';

function rendered(text: string): string {
  return renderDiagnostics(text, grammar.parse(text).diagnostics);
}

describe('diagnostics as text', () => {
  it('shows the line, the place and the help', () => {
    expect(rendered('* | json "a" | cuont by status')).toBe(
      [
        'error[unknown-operator]: operator `cuont` is not known',
        '  |',
        '1 | * | json "a" | cuont by status',
        '  |                ^^^^^',
        '  = help: `count` might be meant',
      ].join('\n'),
    );
  });

  it('numbers lines and separates several diagnostics', () => {
    const lines = `*\n${'| count\n'.repeat(8)}| limit x\n| bogus_thing y`;
    expect(rendered(lines)).toBe(
      [
        'error[syntax]: expected a number, found `x`',
        '   |',
        '10 | | limit x',
        '   |         ^',
        '   = help: the syntax is `limit <number>`',
        '',
        'error[unknown-operator]: operator `bogus_thing` is not known',
        '   |',
        '11 | | bogus_thing y',
        '   |   ^^^^^^^^^^^',
      ].join('\n'),
    );
  });

  it('points behind the end, names the file, prints notes', () => {
    const diagnostic = error('syntax', { start: 3, end: 3 }, 'something is missing', { notes: ['a note'] });
    expect(renderDiagnostics('abc', [diagnostic], { source: 'q.sumo' })).toBe(
      [
        'error[syntax]: something is missing',
        ' --> q.sumo:1:4',
        '  |',
        '1 | abc',
        '  |    ^',
        '  = note: a note',
      ].join('\n'),
    );
  });

  it('shows tabs and control characters as spaces and cuts long lines', () => {
    const text = `*\t| where \u001b[31m = ${'x'.repeat(500)} +`;
    const [, , line = '', carets = ''] = renderDiagnostics(text, [
      error('syntax', { start: 2, end: 7 }, 'm'),
    ]).split('\n');
    expect(line.startsWith('1 | * | where  [31m')).toBe(true);
    expect(line.length).toBeLessThan(180);
    expect(carets).toBe('  |   ^^^^^');
  });
});

describe('suggestions', () => {
  it('counts letters to change', () => {
    expect(editDistance('cuont', 'count')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  it('takes the nearest name, at most a third away', () => {
    expect(nearest('tmeslice', ['timeslice', 'transpose'])).toBe('timeslice');
    expect(nearest('abc', ['xyz'])).toBeNull();
    expect(nearest('TOINT', ['toInt', 'toLong'])).toBe('toInt');
  });
});

describe('usage lines', () => {
  it('prints syntax records', () => {
    const usage = (name: string) =>
      usageOf(grammar.forms.operators.get(name)?.entry ?? { name: 'none', syntax: {} });
    expect(usage('limit')).toBe('limit <number>');
    expect(usage('compose')).toBe('compose <field>[, …] [maxresults=<number>] [keywords]');
    for (const form of grammar.forms.operators.values()) {
      expect(usageOf(form.entry)).toMatch(/^[\x20-\x7e…]+$/);
    }
  });
});
