import { describe, expect, test } from 'vitest';
import { compileMacro, macroFileText, parseMacroFile } from '../../src/ingest/macro.ts';
import { macrosOf, removeStoredMacro, saveMacro, storedMacros } from '../../src/ingest/stored-macros.ts';
import { parseQuery } from '../../src/language.ts';
import { memoryDocuments } from '../../src/lookups/document-store.ts';

const TOP = `
name: slowest
description: the slowest requests
arguments:
  - name: n
    type: Number
    validation: n >= 1 and n <= 100
    message: n must be 1 to 100
  - { name: word, type: String }
  - { name: field, type: Keyword }
definition: |
  where {{field}} contains {{word}} | limit {{n}}
`;

function macro(text: string) {
  const read = parseMacroFile(text);
  if (!read.ok) throw new Error(read.problems.join('; '));
  return read.macro;
}

function problemsOf(text: string): readonly string[] {
  const read = parseMacroFile(text);
  return read.ok ? [] : read.problems;
}

describe('a macro file', () => {
  test('is read, and written back to the same', () => {
    const read = macro(TOP);
    expect(read.arguments.map(({ name, type }) => [name, type])).toEqual([
      ['n', 'Number'],
      ['word', 'String'],
      ['field', 'Keyword'],
    ]);
    expect(read.definition).toBe('where {{field}} contains {{word}} | limit {{n}}');
    expect(macro(macroFileText(read))).toEqual(read);
  });

  test.each([
    ['a: 1', /unknown key `a`.*/],
    ['name: a', /needs `definition`/],
    ['name: "1 x"\ndefinition: a', /`1 x` cannot be the name/],
    ['name: a\ndefinition: a {{b}}', /`{{b}}`, which is no argument/],
    ['name: a\ndefinition: a\narguments: [{name: b, type: Text}]', /must be one of Number, String/],
    ['name: a\ndefinition: a\narguments: [{name: b}, {name: b}]', /two arguments/],
    ['name: a\ndefinition: a\narguments: [{name: b, validation: "b >"}]', /no expression/],
    ['name: a\ndefinition: a\narguments: [{name: b, validation: "c > 1"}]', /reads `c`/],
    ['name: a\ndefinition: a\narguments: [{name: b, validation: "b > 1 | count"}]', /no expression/],
    ['name: a\ndefinition: a\narguments: 5', /must be a list/],
    ['name: [', /no valid YAML/],
    ['- a', /must be an object/],
  ])('%j is refused', (text, problem) => {
    expect(problemsOf(text).join('\n')).toMatch(problem);
  });
});

describe('arguments', () => {
  const accepted = (...args: string[]) => compileMacro(macro(TOP)).accept?.(args);

  test('take the form of their type', () => {
    expect(accepted('5', 'a b', 'msg')).toEqual({ ok: true, texts: ['5', '"a b"', 'msg'] });
  });

  test('a number must be one, and valid', () => {
    expect(accepted('x', 'a', 'msg')).toMatchObject({
      ok: false,
      problem: '`n` must be a number, found `x`',
    });
    expect(accepted('101', 'a', 'msg')).toMatchObject({ ok: false, problem: 'n must be 1 to 100' });
    expect(accepted('100', 'a', 'msg')).toMatchObject({ ok: true });
  });

  test('validation of a text, without a message of its own', () => {
    const known = compileMacro(
      macro('name: a\ndefinition: "{{b}}"\narguments: [{name: b, validation: "b in (\\"x\\", \\"y\\")"}]'),
    );
    expect(known.accept?.(['x'])).toEqual({ ok: true, texts: ['x'] });
    expect(known.accept?.(['z'])).toMatchObject({ ok: false, problem: '`b` is not valid' });
  });
});

test('the macros of a store are kept, used in queries, replaced and removed', async () => {
  const documents = memoryDocuments();
  expect(await saveMacro(documents, macro(TOP))).toBeNull();
  expect(await saveMacro(documents, macro('name: prod\ndefinition: _sourceCategory=prod/*'))).toBeNull();
  const macros = await macrosOf(documents);
  const { query, diagnostics } = parseQuery('`prod` | `slowest(5, "x", _raw)`', { macros });
  expect(diagnostics).toEqual([]);
  expect(query?.stages).toHaveLength(2);
  await saveMacro(documents, macro('name: prod\ndefinition: changed'));
  expect((await storedMacros(documents)).map(({ definition }) => definition)).toContain('changed');
  expect(await removeStoredMacro(documents, 'prod')).toBe(true);
  expect(await removeStoredMacro(documents, 'prod')).toBe(false);
  for (let at = 0; at < 49; at++) await saveMacro(documents, macro(`name: m${at}\ndefinition: a`));
  expect(await saveMacro(documents, macro('name: more\ndefinition: a'))).toMatch(/50/);
  expect(await saveMacro(documents, macro('name: m1\ndefinition: b'))).toBeNull();
});
