import type { Name, Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { type ArgsOf, list, optional, sequence, symbol, text } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, newBatch, Schema } from '../columns/batch.ts';
import { columnOf, isNullAt, textAt, textColumn, valueAt } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { compileAnchors, readAnchors } from './anchor-pattern.ts';
import { asText } from './extraction.ts';
import { asNames, checkNameCount, namesOf, spanInText } from './parse-clauses.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';

const anchor = {
  open: optional(symbol('(')),
  pattern: text(),
  close: optional(symbol(')')),
  as: asNames(),
};
type Anchor = ArgsOf<typeof anchor>;

/** `sessionize "<anchor>" as (a, b), "<anchor with $a>" as (c), …`. */
export const sessionize = defineOperator({
  name: 'sessionize',
  summary: 'Joins messages that follow each other in a session to one row.',
  description:
    'Each pattern is one of `parse`, with `*` for captures; `$name` in it stands for the value of an earlier ' +
    'capture. A message that matches the second pattern is joined to the earlier messages of the first pattern ' +
    'whose values agree in all `$name` and in all names that both patterns capture, and so on. Messages are taken ' +
    'in ascending order of time. Each completed session gives one row with all captures, the `_raw` of its messages ' +
    'joined by line ends and the time of the first; incomplete sessions give none. Parentheses around a pattern ' +
    'may be written.',
  syntax: { anchors: list(sequence(anchor), { atLeast: 2 }) },
  reads: () => ['_raw', '_messageTime'],
  writes: ({ anchors }) => ['_raw', '_messageTime', ...outputsOf(anchors)],
  order: 'makes',
  split: 'coordinator',
  stands: 'raw',
  changesRowCount: true,
  live: false,
  check: ({ anchors }) => checkAnchors(anchors),
  start({ anchors }) {
    return wholeTable((table) => sessionsOf(table, anchors));
  },
  examples: [
    {
      query: '* | sessionize "job=* begins" as (r), "job=$r ran * s" as (d) | count by r, d | fields r, d',
      input: 'job=5 begins\njob=6 begins\njob=5 ran 41 s',
      expect: 'r,d\n5,41',
    },
  ],
});

/** A pattern whose `$name` have become captures: for each capture its name, and whether it refers back. */
interface Captures {
  readonly raw: string;
  readonly names: readonly { readonly name: string; readonly refers: boolean }[];
}

const REFERENCE = /\\.|\*|\$([A-Za-z_]\w*)/g;

function capturesOf({ pattern, as }: Anchor): Captures {
  const given = namesOf(as) ?? [];
  const names: { name: string; refers: boolean }[] = [];
  let star = 0;
  const raw = pattern.raw.replace(REFERENCE, (found, reference: string | undefined) => {
    if (reference !== undefined) names.push({ name: reference, refers: true });
    else if (found === '*') names.push({ name: given[star++]?.text ?? '', refers: false });
    return reference === undefined ? found : '*';
  });
  return { raw, names };
}

function outputsOf(anchors: readonly Anchor[]): string[] {
  const names = new Map<string, string>();
  for (const { as } of anchors) {
    for (const { text: name } of namesOf(as) ?? []) {
      if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
    }
  }
  return [...names.values()];
}

function checkAnchors(anchors: readonly Anchor[]): readonly Diagnostic[] {
  const known = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const each of anchors) {
    const captures = capturesOf(each);
    const read = readAnchors(captures.raw);
    if ('error' in read) problems.push(error('bad-pattern', spanInText(each.pattern, read.at), read.error));
    const names: readonly Name[] = namesOf(each.as) ?? [];
    const stars = captures.names.filter(({ refers }) => !refers).length;
    if (stars > 0 && names.length === 0) {
      problems.push(
        error('wrong-arguments', each.pattern.span, 'the captures of this pattern need names after `as`'),
      );
    }
    problems.push(...checkNameCount(stars, 'capture', names));
    for (const { name, refers } of captures.names) {
      if (refers && !known.has(name.toLowerCase())) {
        problems.push(unknownReference(each.pattern, name));
      }
    }
    for (const { text: name } of names) known.add(name.toLowerCase());
  }
  return problems;
}

function unknownReference(pattern: Text, name: string): Diagnostic {
  return error(
    'unknown-field',
    pattern.span,
    `no pattern before captures \`${name}\`, which \`$${name}\` refers to`,
  );
}

/** A session so far: the values by lower-case name, and its messages. */
interface Session {
  readonly values: ReadonlyMap<string, string>;
  readonly messages: readonly string[];
  readonly time: Value;
}

/** One pattern at work: who waits for it, by the values that must agree. */
interface Step {
  /** The captures of each row, or null where the row does not match; by lower-case name. */
  readonly matches: readonly (ReadonlyMap<string, string> | null)[];
  /** The names that must agree with the session before. */
  readonly links: readonly string[];
  readonly waiting: Map<string, Session[]>;
}

function sessionsOf(table: Batch, anchors: readonly Anchor[]): Batch {
  const raw = columnNamed(table, '_raw');
  const times = columnNamed(table, '_messageTime');
  const steps = stepsOf(table, anchors);
  const complete: Session[] = [];
  for (const row of rowsInTimeOrder(table)) {
    if (isNullAt(raw, row)) continue;
    // From the last step to the first, so that a message never joins itself.
    for (let at = steps.length - 1; at >= 0; at--) {
      const { matches, links, waiting } = steps[at]!;
      const values = matches[row];
      if (values == null) continue;
      const before =
        at === 0
          ? [{ values: new Map(), messages: [], time: valueAt(times, row) }]
          : (waiting.get(keyOf(values, links)) ?? []);
      const message = textAt(raw, row) ?? '';
      for (const session of before) {
        const grown: Session = {
          values: new Map([...session.values, ...values]),
          messages: [...session.messages, message],
          time: session.time,
        };
        const next = steps[at + 1];
        if (next === undefined) complete.push(grown);
        else {
          const key = keyOf(grown.values, next.links);
          const list = next.waiting.get(key);
          if (list === undefined) next.waiting.set(key, [grown]);
          else list.push(grown);
        }
      }
    }
  }
  const names = outputsOf(anchors);
  return newBatch(
    new Schema(['_raw', '_messageTime', ...names]),
    [
      textColumn(complete.map(({ messages }) => messages.join('\n'))),
      columnOf(complete.map(({ time }) => time)),
      ...names.map((name) =>
        textColumn(complete.map(({ values }) => values.get(name.toLowerCase()) ?? null)),
      ),
    ],
    complete.length,
  );
}

function stepsOf(table: Batch, anchors: readonly Anchor[]): Step[] {
  const subject = asText(columnNamed(table, '_raw'));
  const decoder = new TextDecoder();
  const known = new Set<string>();
  return anchors.map((each): Step => {
    const captures = capturesOf(each);
    const read = readAnchors(captures.raw);
    if ('error' in read) throw new Error(`a pattern passed its check: ${read.error}`);
    const { matched, starts, ends } = compileAnchors(read.anchors)(
      subject,
      captures.names.map(() => true),
    );
    const matches = Array.from(matched, (is, row) => {
      if (is !== 1) return null;
      return new Map(
        captures.names.map(({ name }, capture) => [
          name.toLowerCase(),
          decoder.decode(subject.data.subarray(starts[capture]![row]!, ends[capture]![row]!)),
        ]),
      );
    });
    const own = captures.names.map(({ name }) => name.toLowerCase());
    const links = [...new Set(own)].filter((name) => known.has(name));
    for (const name of own) known.add(name);
    return { matches, links, waiting: new Map() };
  });
}

function keyOf(values: ReadonlyMap<string, string>, links: readonly string[]): string {
  return JSON.stringify(links.map((name) => values.get(name) ?? null));
}
