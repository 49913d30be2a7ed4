import type { Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { unquote } from '../../grammar/literals.ts';
import { anyOrder, flag, list, optional, sequence, text, word } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { checkedRegex, regexGroups } from '../regex/compile-regex.ts';
import type { Extract } from './extraction.ts';
import { extractAfterKeys, extractInferred, extractPairs } from './keyvalue-patterns.ts';
import {
  type AsNames,
  asNames,
  checkNameCount,
  checkSubject,
  namesOf,
  patternMistake,
  subjectOf,
  subjectSetting,
} from './parse-clauses.ts';
import { startParse } from './parse-stage.ts';

/** `keyvalue [field=f] [infer | regex "…"] [keys] "key", … [as name, …] [nodrop]`. */
export const keyvalue = defineOperator({
  name: 'keyvalue',
  aliases: ['kv'],
  summary: 'Reads the values of named keys out of text such as `user=amy, ms: 12`.',
  description: [
    [
      'Without a mode, or with `infer`, a key is found where a word starts, in any letter case, followed by `=`, `:` or',
      '`->` and its value: a text in quotes (which are taken off), or everything up to white space or one of',
      '`, ; | & ) ] }`. `regex "…"` says how pairs look: with two groups these are key and value; with one group it is',
      'the value, and the first match after the key counts.',
    ].join(' '),
    [
      'Without `as` a field is named like its key, with `_` for everything but letters, digits and `_`. A row with none of',
      'the keys is dropped, with `nodrop` kept; a key that is missing is null.',
    ].join(' '),
  ].join('\n\n'),
  syntax: {
    mode: anyOrder({
      subject: subjectSetting(),
      infer: flag('infer'),
      regex: optional(sequence({ regex: word('regex'), pattern: text() })),
    }),
    keysWord: flag('keys'),
    keys: list(text({ bare: true }), { separator: 'optional-comma' }),
    early: flag('nodrop'),
    as: asNames(),
    nodrop: flag('nodrop'),
  },
  reads: ({ mode }) => [subjectOf(mode.subject)],
  writes: ({ keys, as }) => keyFields(keys, as),
  keepsEarlier: () => true,
  order: 'keeps',
  split: 'anywhere',
  changesRowCount: true,
  inRules: true,
  check: ({ mode, keys, as }) => [
    ...(mode.regex === null ? [] : checkRegex(mode.regex.pattern)),
    ...checkNameCount(keys.length, 'key', namesOf(as)),
  ],
  checkPlace: ({ mode }, { span }, before) => checkSubject('keyvalue', mode.subject, span, before),
  start({ mode, keys, as, early, nodrop }, context) {
    return startParse(
      {
        subject: subjectOf(mode.subject),
        outputs: keyFields(keys, as),
        ...(as === null ? { spellings: keys.map(({ value }) => value) } : {}),
        nodrop: early || nodrop,
        badInput: null,
        takes: 'values',
        extract: extractKeys(
          mode.regex?.pattern ?? null,
          keys.map(({ value }) => value),
        ),
      },
      context,
    );
  },
  examples: [
    {
      query: '* | kv "rt.ms", "country" | count by rt_ms, country',
      input: '{rt.ms=129, country=US, }',
      expect: 'rt_ms,country,_count\n129,US,1',
    },
    {
      query: '* | kv regex "\\s?(\\S+?)=(.*?)," keys "country" as c | count by c',
      input: '{rt.ms=129, country=US, }',
      expect: 'c,_count\nUS,1',
    },
  ],
});

/** The fields that keys make: the names after `as`, else the keys with `_` for odd characters. */
export function keyFields(keys: readonly Text[], as: AsNames): readonly string[] {
  return namesOf(as)?.map(({ text }) => text) ?? keys.map(({ value }) => fieldOfKey(value));
}

/** A key as the name of a field. */
export function fieldOfKey(key: string): string {
  return key.replace(/[^A-Za-z0-9_]/g, '_');
}

function checkRegex(pattern: Text): readonly Diagnostic[] {
  const found = regexGroups(unquote(pattern.raw));
  if ('error' in found) return [patternMistake(pattern, 'a regular expression', found)];
  const groups = found.groupNames.length - 1;
  if (groups === 1 || groups === 2) return [];
  return [
    error(
      'bad-pattern',
      pattern.span,
      `the regular expression has ${groups} groups; \`keyvalue\` needs one or two`,
      {
        help: 'two groups are the key and the value, one group is the value; write `(?:…)` for other parentheses',
      },
    ),
  ];
}

function extractKeys(pattern: Text | null, keys: readonly string[]): Extract {
  if (pattern === null) return extractInferred(keys);
  const regex = checkedRegex(unquote(pattern.raw));
  return regex.groupNames.length > 2 ? extractPairs(regex, keys) : extractAfterKeys(regex, keys);
}
