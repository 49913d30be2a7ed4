import type { Text } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostics.ts';
import { unquote } from '../../grammar/literals.ts';
import { flag, list, text } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { extractJson } from './json-extract.ts';
import { readPath, type Step } from './json-path.ts';
import { jsonOfShape } from './json-shape.ts';
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
import { followsParse, startParse } from './parse-stage.ts';

/** The row warning for a subject in which no JSON can be found. */
const NO_JSON = 'Unable to parse input as json';

/** `json [field=f] "path", … [as name, …] [nodrop]`. */
export const json = defineOperator({
  name: 'json',
  summary: 'Reads values out of JSON text by their paths.',
  description: [
    [
      'A path is `a.b`, `a[0]`, `$.a`, `[\'odd.key\']`, `a[*].b`, `..b`, `a[0,2]`, `a[1:3]` or `a[?(@.k == "v")]`; keys are',
      'case-sensitive. Without `as` a field is named like its path. Values are text: strings without quotes, numbers as',
      'written, objects and arrays as compact JSON text. A path with `*`, `..`, a list, slice or filter gives all its hits',
      'as one JSON array. A JSON null is found, and its field is null.',
    ].join(' '),
    [
      'A row that lacks one of the paths, or holds no JSON, is dropped; with `nodrop` it stays and the fields that are',
      'there are set. JSON may follow other text; then the last object or array of the text is read.',
    ].join(' '),
  ].join('\n\n'),
  syntax: {
    subject: subjectSetting(),
    keys: flag('keys'),
    paths: list(text(), { separator: 'optional-comma' }),
    early: flag('nodrop'),
    as: asNames(),
    nodrop: flag('nodrop'),
  },
  reads: ({ subject }) => [subjectOf(subject)],
  writes: ({ paths, as }) => outputsOf(paths, as),
  keepsEarlier: ({ early, nodrop }, before) => early || nodrop || followsParse(before),
  order: 'keeps',
  split: 'anywhere',
  changesRowCount: true,
  inRules: true,
  check: ({ paths, as }) => [
    ...paths.flatMap(checkPath),
    ...checkNameCount(paths.length, 'path', namesOf(as)),
  ],
  checkPlace: ({ subject }, { span }, before) => checkSubject('json', subject, span, before),
  start({ subject, paths, as, early, nodrop }, context) {
    return startParse(
      {
        subject: subjectOf(subject),
        outputs: outputsOf(paths, as),
        nodrop: early || nodrop,
        badInput: NO_JSON,
        takes: 'matches and values',
        extract: extractJson(paths.map(stepsOf)),
        extractShape: jsonOfShape(paths.map(stepsOf)),
      },
      context,
    );
  },
  examples: [
    {
      query: '* | json "meta.type", "xs[*].k" as t, k | count by t, k',
      input: '{"meta":{"type":"t"},"xs":[{"k":1},{"k":2}]}',
      expect: 't,k,_count\nt,"[1,2]",1',
    },
  ],
});

function outputsOf(paths: readonly Text[], as: AsNames): readonly string[] {
  return (namesOf(as) ?? [])
    .map(({ text }) => text)
    .concat(as === null ? paths.map(({ raw }) => unquote(raw)) : []);
}

function checkPath(path: Text): readonly Diagnostic[] {
  const read = readPath(unquote(path.raw));
  return 'error' in read ? [patternMistake(path, 'a JSON path', read)] : [];
}

function stepsOf(path: Text): readonly Step[] {
  const read = readPath(unquote(path.raw));
  if ('error' in read) throw new Error(`an unchecked path: ${read.error}`);
  return read.steps;
}
