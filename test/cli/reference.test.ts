import { describe, expect, test } from 'vitest';
import { reference } from '../../src/cli/commands/help.ts';
import {
  ALL_ENTRIES as all,
  entriesNamed,
  referenceMarkdown,
  relatedTo,
  usageLine,
} from '../../src/cli/reference.ts';

describe('reference', () => {
  test.each(all.map((entry) => [`${entry.kind} ${entry.name}`, entry] as const))('%s', (_, entry) => {
    const text = reference(entry.name) ?? '';
    expect(text).toContain(`${entry.name} (${entry.kind})`);
    expect(text).toContain(usageLine(entry));
    for (const alias of entry.aliases ?? []) expect(entriesNamed(alias)).toContain(entry);
    const markdown = referenceMarkdown(entry.name, entry.kind) ?? '';
    expect(markdown).toContain(entry.summary);
    expect(relatedTo(entry)).not.toContain(entry);
  });

  test('a name that is aggregate and function has both pages', () => {
    expect(reference('MAX')).toContain('max (aggregate)');
    expect(reference('MAX')).toContain('max (function)');
  });

  test('a mark that means several things has the page of each', () => {
    expect(reference('/')).toContain('arithmetic (word)');
    expect(reference('/')).toContain('regular expression (word)');
  });

  test('an entry is related to those that it names, and to those that name it', () => {
    const named = (name: string) => all.find((entry) => entry.name === name);
    const median = named('median');
    const pct = named('pct');
    if (median === undefined || pct === undefined) throw new Error('not there');
    expect(relatedTo(median)).toContain(pct);
    expect(relatedTo(pct)).toContain(median);
  });

  test('nothing has this name', () => {
    expect(reference('nothing')).toBeNull();
    expect(referenceMarkdown('count', 'function')).toBeNull();
  });

  test('no line of prose is wider than a page', () => {
    const prose = (reference('timeslice') ?? '').split('\n');
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(96);
  });
});
