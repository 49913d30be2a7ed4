import type { Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { flag, list, sequence, text } from '../../grammar/syntax.ts';
import { defineOperator, type Stage, type StageContext } from '../define.ts';
import { spanColumns } from '../kernels/match-anchors.ts';
import { compileAnchors, readAnchors } from './anchor-pattern.ts';
import { type Extract, MATCHED } from './extraction.ts';
import {
  type AsNames,
  asNames,
  checkNameCount,
  checkSubject,
  namesOf,
  spanInText,
  subjectOf,
  subjectSetting,
} from './parse-clauses.ts';
import { shapeAnchors } from './parse-shape.ts';
import { chainedStages, followsParse, startParse } from './parse-stage.ts';

/** One pattern with the names for its captures; `early` is a `nodrop` before `as`. */
interface Part {
  readonly pattern: Text;
  readonly early: boolean;
  readonly as: AsNames;
}

/** `parse [field=f] "start * stop" as name [nodrop]`. */
export const parse = defineOperator({
  name: 'parse',
  summary: 'Cuts fields out of the message, or of a field, between literal anchor texts.',
  description: [
    [
      'Each `*` in the pattern captures the shortest text up to the literal that follows it; what stands before',
      'the first literal is skipped. A `*` at the start captures from the beginning, one at the end to the end.',
      'There must be as many names as stars. Letters match in either case; `\\"`, `\\n`, `\\r` and `\\t` are those',
      'characters, `\\*` is an asterisk. A capture may be empty and may cross lines.',
    ].join(' '),
    [
      'A row that does not match is dropped. With `nodrop` it stays, without the new fields (or with the earlier',
      'values of fields of these names). In a run of parse stages a row that an earlier stage with `nodrop`',
      'matched is not dropped by a later one: the stages are alternatives. `field=f` reads a field instead of',
      'the message. All values are text. Several patterns, each with its names, may follow one `parse`.',
    ].join(' '),
  ].join('\n\n'),
  syntax: {
    subject: subjectSetting(),
    patterns: list(sequence({ pattern: text(), early: flag('nodrop'), as: asNames() }), {
      separator: 'optional-comma',
    }),
    nodrop: flag('nodrop'),
  },
  reads: ({ subject }) => [subjectOf(subject)],
  writes: ({ patterns }) => patterns.flatMap(outputsOf),
  keepsEarlier: ({ patterns, nodrop }, before) =>
    nodrop || patterns.length > 1 || patterns.some(({ early }) => early) || followsParse(before),
  order: 'keeps',
  split: 'anywhere',
  changesRowCount: true,
  inRules: true,
  check: ({ patterns }) => patterns.flatMap(checkPart),
  checkPlace: ({ subject }, { span }, before) => checkSubject('parse', subject, span, before),
  start({ subject, patterns, nodrop }, context) {
    const keeps = nodrop || patterns.some(({ early }) => early);
    return chainedStages(
      patterns.map((part) => (inner: StageContext) => startPart(part, subjectOf(subject), keeps, inner)),
      context,
    );
  },
  examples: [
    {
      query: '* | parse "user=*@*:" as user, host | count by user, host',
      input: 'User=amy@corp.io: sev=low:\nnothing here',
      expect: 'user,host,_count\namy,corp.io,1',
    },
  ],
});

function outputsOf({ as }: Part): readonly string[] {
  return (namesOf(as) ?? []).map(({ text }) => text);
}

function checkPart({ pattern, as }: Part): readonly Diagnostic[] {
  const read = readAnchors(pattern.raw);
  if ('error' in read) return [error('bad-pattern', spanInText(pattern, read.at), read.error)];
  const captures = read.anchors.length - 1;
  const names = namesOf(as);
  if (names === null) {
    return [
      error('wrong-arguments', pattern.span, 'the captures of the pattern have no names', {
        help: `add \`as\` and ${captures === 1 ? 'a name' : `${captures} names`}`,
      }),
    ];
  }
  return checkNameCount(captures, 'capture', names);
}

function startPart(part: Part, subject: string, nodrop: boolean, context: StageContext): Stage {
  const read = readAnchors(part.pattern.raw);
  if ('error' in read) throw new Error(`an unchecked pattern: ${read.error}`);
  const match = compileAnchors(read.anchors);
  const captures = read.anchors.length - 1;
  const extract: Extract = (column, wanted) => {
    const spans = match(
      column,
      Array.from({ length: captures }, (_, capture) => wanted.includes(capture)),
    );
    const found = { outcome: spans.matched, columns: spanColumns(column, spans, wanted) };
    return spans.all === true ? { ...found, all: MATCHED } : found;
  };
  const extractShape = shapeAnchors(read.anchors);
  return startParse(
    {
      subject,
      outputs: outputsOf(part),
      nodrop,
      badInput: null,
      extract,
      ...(extractShape && { extractShape }),
    },
    context,
  );
}
