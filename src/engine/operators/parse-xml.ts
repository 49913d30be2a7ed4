import type { Text } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostics.ts';
import { unquote } from '../../grammar/literals.ts';
import { flag, list, text } from '../../grammar/syntax.ts';
import { isSet } from '../columns/column.ts';
import { defineOperator } from '../define.ts';
import { decodeBytes } from '../kernels/bytes.ts';
import { BAD_INPUT, builtColumns, type Extract, MATCHED, outputBuilders } from './extraction.ts';
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
import { findXml, readXmlPath, type XmlPath } from './xml-path.ts';
import { parseXml } from './xml-tree.ts';

/** `parse xml [field=f] "/path", … [as name, …] [nodrop]`. */
export const parseXmlOperator = defineOperator({
  name: 'parse xml',
  aliases: ['xml'],
  summary: 'Reads values out of XML text by their paths.',
  description: [
    [
      'A path leads from the root, step by step: `/a/b[2]/text()`, `/a/b[last()]/@id`, `/a/b[@id=8]`. It ends in `text()`,',
      'an attribute, or an element, which is given with its tags. `//`, `..`, axes and namespaces are not supported. Of several',
      'matches the first counts. Without `as` a field is named like the last name in its path.',
    ].join(' '),
    [
      'A row in which no path leads to anything is dropped, with `nodrop` kept; a path that leads to nothing is null. Entities',
      'of a document type are never expanded.',
    ].join(' '),
  ].join('\n\n'),
  syntax: {
    subject: subjectSetting(),
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
  checkPlace: ({ subject }, { span }, before) => checkSubject('parse xml', subject, span, before),
  start({ subject, paths, as, early, nodrop }, context) {
    return startParse(
      {
        subject: subjectOf(subject),
        outputs: outputsOf(paths, as),
        nodrop: early || nodrop,
        badInput: 'Unable to parse input as xml',
        extract: extractXml(paths.map(pathOf)),
      },
      context,
    );
  },
  examples: [
    {
      query:
        '* | parse xml "/r/u/@id", "/r/u[last()]/n/text()", "/r/u[@id=8]/n/text()" as a, b, c | count by a, b, c',
      input: '<r><u id="7"><n>Al</n></u><u id="8"><n>Bo</n></u></r>',
      expect: 'a,b,c,_count\n7,Bo,Bo,1',
    },
  ],
});

function rawPath({ raw }: Text): string {
  return unquote(raw).trim();
}

function outputsOf(paths: readonly Text[], as: AsNames): readonly string[] {
  return namesOf(as)?.map((name) => name.text) ?? paths.map((path) => readPathName(path));
}

function readPathName(path: Text): string {
  const read = readXmlPath(rawPath(path));
  return 'error' in read ? rawPath(path) : read.lastName;
}

function checkPath(path: Text): readonly Diagnostic[] {
  const read = readXmlPath(rawPath(path));
  if (!('error' in read)) return [];
  const written = unquote(path.raw);
  const leadingBlanks = written.length - written.trimStart().length;
  return [patternMistake(path, 'an XML path', { error: read.error, at: read.at + leadingBlanks })];
}

function pathOf(path: Text): XmlPath {
  const read = readXmlPath(rawPath(path));
  if ('error' in read) throw new Error(`an unchecked path: ${read.error}`);
  return read;
}

const encoder = new TextEncoder();

function extractXml(paths: readonly XmlPath[]): Extract {
  return (subject, wanted) => {
    const { data, starts, ends, validity, length } = subject;
    const outcome = new Uint8Array(length);
    const builders = outputBuilders(paths.length, wanted, subject);
    for (let row = 0; row < length; row++) {
      if (!isSet(validity, row)) continue;
      const source = decodeBytes(data, starts[row]!, ends[row]!);
      const root = parseXml(source);
      if (root === null) {
        outcome[row] = BAD_INPUT;
        continue;
      }
      paths.forEach((path, output) => {
        const value = findXml(path, root, source);
        if (value === null) return;
        outcome[row] = MATCHED;
        builders[output]?.bytes(row, encoder.encode(value));
      });
    }
    return { outcome, columns: builtColumns(builders) };
  };
}
