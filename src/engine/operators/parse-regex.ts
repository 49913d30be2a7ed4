import type { Stage as AstStage, Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { unquote } from '../../grammar/literals.ts';
import { anyOrder, flag, list, sequence, text } from '../../grammar/syntax.ts';
import { isSet } from '../columns/column.ts';
import { defineOperator, type Stage, type StageContext } from '../define.ts';
import { TextBuilder } from '../kernels/text-builder.ts';
import { type ByteRegex, checkedRegex, type RegexGroups, regexGroups } from '../regex/compile-regex.ts';
import { type Extract, MATCHED } from './extraction.ts';
import { checkSubject, patternMistake, subjectOf, subjectSetting } from './parse-clauses.ts';
import { startMulti } from './parse-multi.ts';
import { chainedStages, followsParse, startParse } from './parse-stage.ts';

interface Part {
  readonly again: boolean;
  readonly pattern: Text;
}

/** What `parse regex` and `extract` have in common: everything but the name. */
const definition = {
  description: [
    [
      'Every named group `(?<name>…)` makes a field; other groups only group. The first match anywhere in the text counts,',
      'letter case matters (write `(?i)` otherwise). The dialect is what Java and RE2 share, with look ahead and look behind;',
      'back-references are not supported, and every pattern is matched in linear time. Only `\\"` is unescaped, so `\\d` is',
      'written once. A group that took no part in the match is null.',
    ].join(' '),
    [
      'A row without a match is dropped, with `nodrop` kept. `multi` makes one row per match, each a copy of the message.',
      '`field=f` reads a field instead of the message. In a run of parse stages a row that an earlier stage with `nodrop`',
      'matched is not dropped by a later one.',
    ].join(' '),
  ].join('\n\n'),
  syntax: {
    subject: subjectSetting(),
    patterns: list(sequence({ again: flag('regex'), pattern: text() })),
    options: anyOrder({ nodrop: flag('nodrop'), multi: flag('multi') }),
  },
} as const;

type Args = Parameters<Parameters<typeof defineOperator<typeof definition.syntax>>[0]['start']>[0];

const hooks = {
  reads: ({ subject }: Args) => [subjectOf(subject)],
  writes: ({ patterns }: Args) => patterns.flatMap(outputsOf),
  keepsEarlier: ({ patterns, options }: Args, before: readonly AstStage[]) =>
    options.nodrop === true || patterns.length > 1 || followsParse(before),
  order: 'keeps',
  split: 'anywhere',
  changesRowCount: true,
  copiesRows: ({ options }: Args) => options.multi === true,
  inRules: true,
  check: ({ patterns }: Args) => patterns.flatMap(checkPart),
  start({ subject, patterns, options }: Args, context: StageContext): Stage {
    const start = options.multi === true ? startMultiPart : startPart;
    return chainedStages(
      patterns.map(
        (part) => (inner: StageContext) => start(part, subjectOf(subject), options.nodrop === true, inner),
      ),
      context,
    );
  },
} as const;

/** `parse regex [field=f] "…(?<name>…)…" [nodrop] [multi]`. */
export const parseRegex = defineOperator({
  name: 'parse regex',
  summary: 'Takes fields from the named groups of a regular expression.',
  ...definition,
  ...hooks,
  checkPlace: ({ subject }, { span }, before) => checkSubject('parse regex', subject, span, before),
  examples: [
    {
      query: '* | parse regex "a=(?<n>\\d)" | count by n',
      input: 'a=1 a=2',
      expect: 'n,_count\n1,1',
    },
    {
      query: '* | parse regex "a=(?<n>\\d)" multi | count by n | sort by n asc',
      input: 'a=1 a=2',
      expect: 'n,_count\n1,1\n2,1',
    },
  ],
});

/** Another name of `parse regex`. */
export const extract = defineOperator({
  name: 'extract',
  summary: 'Takes fields from the named groups of a regular expression; the same as `parse regex`.',
  ...definition,
  ...hooks,
  checkPlace: ({ subject }, { span }, before) => checkSubject('extract', subject, span, before),
  examples: [
    {
      query: '* | extract "ms=(?<ms>\\d+)" | count by ms',
      input: 'took ms=12\nnothing',
      expect: 'ms,_count\n12,1',
    },
  ],
});

/** What checks found out about patterns: the planner asks several times. */
const checked = new WeakMap<Text, ReturnType<typeof regexGroups>>();

function groupsOf(pattern: Text): ReturnType<typeof regexGroups> {
  const known = checked.get(pattern) ?? regexGroups(unquote(pattern.raw));
  checked.set(pattern, known);
  return known;
}

function outputsOf({ pattern }: Part): readonly string[] {
  const groups = groupsOf(pattern);
  return 'error' in groups ? [] : namesOf(groups);
}

function namesOf({ groupNames }: RegexGroups): readonly string[] {
  return groupNames.filter((name) => name !== null);
}

function checkPart({ pattern }: Part): readonly Diagnostic[] {
  const groups = groupsOf(pattern);
  if ('error' in groups) return [patternMistake(pattern, 'a regular expression', groups)];
  const { groupNames, groupParents } = groups;
  if (namesOf(groups).length === 0) {
    return [
      error('bad-pattern', pattern.span, 'the regular expression has no named group, so it makes no field', {
        help: 'name what to take: `(?<name>…)`',
      }),
    ];
  }
  return groupNames.flatMap((name, group) => {
    if (name === null) return [];
    for (let outer = groupParents[group] ?? 0; outer !== 0; outer = groupParents[outer] ?? 0) {
      const outerName = groupNames[outer];
      if (outerName === null || outerName === undefined) continue;
      return [
        error('bad-pattern', pattern.span, `the group \`${name}\` lies inside the group \`${outerName}\``, {
          help: 'named groups may not be nested; use two `parse regex` stages',
        }),
      ];
    }
    return [];
  });
}

/** The numbers of the named groups, in order. */
function namedGroups(regex: ByteRegex): readonly number[] {
  return regex.groupNames.flatMap((name, group) => (name === null ? [] : [group]));
}

/** The named groups of the first match of each row, as spans of the subject. */
function extractRegex(regex: ByteRegex): Extract {
  const groups = namedGroups(regex);
  return (subject, wanted) => {
    const { data, starts, ends, validity, length } = subject;
    const outcome = new Uint8Array(length);
    const builders = wanted.map(() => new TextBuilder(data, length));
    const slotOf = wanted.map((output) => (groups[output] ?? 0) * 2);
    const { slots } = regex;
    for (let row = 0; row < length; row++) {
      if (!isSet(validity, row) || !regex.searchBytes(data, starts[row]!, ends[row]!)) continue;
      outcome[row] = MATCHED;
      for (let at = 0; at < builders.length; at++) {
        const slot = slotOf[at]!;
        if (slots[slot]! >= 0) builders[at]!.span(row, slots[slot]!, slots[slot + 1]!);
      }
    }
    return { outcome, columns: builders.map((builder) => builder.build()) };
  };
}

function startPart({ pattern }: Part, subject: string, nodrop: boolean, context: StageContext): Stage {
  const regex = checkedRegex(unquote(pattern.raw));
  return startParse(
    { subject, outputs: namesOf(regex), nodrop, badInput: null, extract: extractRegex(regex) },
    context,
  );
}

function startMultiPart({ pattern }: Part, subject: string, nodrop: boolean, context: StageContext): Stage {
  const regex = checkedRegex(unquote(pattern.raw));
  return startMulti({ subject, regex, outputs: namesOf(regex), groups: namedGroups(regex), nodrop }, context);
}
