import type { Amount, Name, Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import {
  type ArgsOf,
  anyOrder,
  choice,
  field,
  list,
  name,
  number,
  sequence,
  setting,
  text,
  word,
} from '../../grammar/syntax.ts';
import { columnNamed, withColumns } from '../columns/batch.ts';
import { perBatch, type Stage, type StageContext } from '../define.ts';
import { type Marks, splitFields } from '../kernels/split-fields.ts';
import { asText } from './extraction.ts';

/** What follows `csv` and `split`. */
export const delimitedSyntax = {
  subject: field(),
  marks: anyOrder({
    escape: setting('escape', text()),
    delim: setting('delim', text()),
    quote: setting('quote', text()),
  }),
  extract: word('extract'),
  items: list(
    choice({
      placed: sequence({ position: number(), as: word('as'), name: name() }),
      next: name(),
    }),
  ),
};

type DelimitedArgs = ArgsOf<typeof delimitedSyntax>;
type Item = DelimitedArgs['items'][number];

/** The hooks that `csv` and `split` share. */
export const delimitedHooks = {
  reads: ({ subject }: DelimitedArgs) => [subject.name],
  writes: ({ items }: DelimitedArgs) => placesOf(items).map((place) => place.name),
  order: 'keeps',
  split: 'anywhere',
  inRules: true,
  check: ({ marks, items }: DelimitedArgs) => [...checkMarks(marks), ...items.flatMap(checkItem)],
  start({ subject, marks, items }: DelimitedArgs, context: StageContext): Stage {
    const places = placesOf(items).filter((place) => context.needed(place.name));
    const names = places.map(({ name }) => name);
    const positions = places.map(({ position }) => position);
    const bytes = marksOf(marks);
    return perBatch((batch) =>
      withColumns(batch, names, splitFields(asText(columnNamed(batch, subject.name)), bytes, positions)),
    );
  },
} as const;

/** A field and the position of its part, from 0. */
interface Place {
  readonly name: string;
  readonly position: number;
}

function placesOf(items: readonly Item[]): readonly Place[] {
  const places: Place[] = [];
  let next = 0;
  for (const item of items) {
    if (item.placed !== undefined) next = item.placed.position.count - 1;
    const given: Name | undefined = item.placed?.name ?? item.next;
    if (given !== undefined && given.text !== '_') places.push({ name: given.text, position: next });
    next++;
  }
  return places;
}

function checkItem(item: Item): readonly Diagnostic[] {
  const position: Amount | undefined = item.placed?.position;
  if (position === undefined || (Number.isInteger(position.count) && position.count >= 1)) return [];
  return [error('bad-value', position.span, `positions count from 1, found ${position.count}`)];
}

const DEFAULTS = { delim: ',', quote: '"', escape: '\\' } as const;

function markOf(given: Text | null, key: keyof typeof DEFAULTS): string {
  if (given === null) return DEFAULTS[key];
  return given.raw === '\\t' ? '\t' : given.raw.replace(/^\\(["'])$/, '$1');
}

function checkMarks(marks: DelimitedArgs['marks']): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const seen = new Map<string, string>();
  for (const key of ['delim', 'quote', 'escape'] as const) {
    const given = marks[key];
    const mark = markOf(given, key);
    const other = seen.get(mark);
    if (given !== null && [...mark].length !== 1) {
      problems.push(error('bad-value', given.span, `\`${key}\` must be one character, found \`${mark}\``));
    } else if (other !== undefined) {
      const span = given?.span ?? marks[other as typeof key]?.span ?? { start: 0, end: 0 };
      problems.push(
        error('bad-value', span, `\`${key}\` and \`${other}\` are the same character, \`${mark}\``),
      );
    }
    seen.set(mark, key);
  }
  return problems;
}

function marksOf(marks: DelimitedArgs['marks']): Marks {
  const encoder = new TextEncoder();
  return {
    delimiter: encoder.encode(markOf(marks.delim, 'delim')),
    quote: encoder.encode(markOf(marks.quote, 'quote')),
    escape: encoder.encode(markOf(marks.escape, 'escape')),
  };
}
