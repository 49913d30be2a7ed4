import type { Stage as AstStage } from '../../grammar/ast.ts';
import { type Batch, columnNamed, findColumn, newBatch, selectRows, withColumn } from '../columns/batch.ts';
import {
  type Column,
  columnType,
  constantColumn,
  type DictionaryColumn,
  type FlatColumn,
  flatten,
  isNullAt,
  type TextColumn,
  textAt,
  textColumn,
  valueAt,
} from '../columns/column.ts';
import { shapeOf, type TextShape } from '../columns/text-shape.ts';
import { Words } from '../columns/words.ts';
import type { Sink, Stage, StageContext } from '../define.ts';
import { chooseRows } from '../kernels/choose.ts';
import { grown } from '../kernels/grow.ts';
import { rowsTrue } from '../kernels/rows.ts';
import { chooseText } from '../kernels/text-choice.ts';

/** What became of one row's subject. */
export const NO_MATCH = 0;
export const MATCHED = 1;
/** No match, because the subject is not of the expected form at all; counted as a row warning. */
export const BAD_INPUT = 2;

/** What a parser found in a column of subjects. */
export interface Extraction {
  /** NO_MATCH, MATCHED or BAD_INPUT per row. */
  readonly outcome: Uint8Array;
  /** True where it is known that all of them are MATCHED. */
  readonly all?: boolean;
  /** One column per wanted output; null where nothing was found. */
  readonly columns: readonly TextColumn[];
}

/** Parses every row of a text column (null rows never match); `wanted` are the outputs that are read later. */
export type Extract = (subject: TextColumn, wanted: readonly number[]) => Extraction;

/** Extracts from the slots of a text of `length` rows. */
export type ExtractShape = (shape: TextShape, length: number, wanted: readonly number[]) => Outcome | null;

/** What the stages that parse one subject into fields have in common. */
export interface ParseOptions {
  readonly subject: string;
  readonly outputs: readonly string[];
  /** Other names by which later stages may ask for each output (`document-uri` for `document_uri`). */
  readonly spellings?: readonly string[];
  readonly nodrop: boolean;
  /** Counted for rows with BAD_INPUT that are therefore dropped. */
  readonly badInput: string | null;
  readonly extract: Extract;
  /** Extracts from a text of a known shape without putting it together; null where it cannot be told. */
  readonly extractShape?: ExtractShape;
  /** Which rows take an output: those that match (default), these and all with a value, or only those with a value. */
  readonly takes?: 'matches' | 'matches and values' | 'values';
}

const PARSE_STAGES: ReadonlySet<string> = new Set([
  'parse',
  'parse regex',
  'extract',
  'parse xml',
  'json',
  'keyvalue',
  'keyvalue auto',
  'json auto',
]);

/** Whether the stage before is one that parses, so that rows may survive this one without a match. */
export function followsParse(before: readonly AstStage[]): boolean {
  const last = before.at(-1);
  return last?.kind === 'operator' && PARSE_STAGES.has(last.name);
}

/**
 * Rows that an earlier `nodrop` stage of a chain of parse stages matched, 1 per row: a later stage of
 * the chain must not drop them. It belongs to the batch that such a stage pushes, so it reaches only
 * the stage right after, never a result, another thread or a kept copy.
 */
const chainFlags = new WeakMap<Batch, Uint8Array>();

/** The flags that the stage right before left for `batch`; null without, or when that was no parse stage. */
export function flagsOf(
  batch: Batch,
  context: { readonly stagesBefore?: readonly AstStage[] },
): Uint8Array | null {
  const flags = chainFlags.get(batch) ?? null;
  if (flags === null || context.stagesBefore === undefined) return flags;
  return followsParse(context.stagesBefore) ? flags : null;
}

/** Keeps all rows (`nodrop`) and passes on which matched, or drops those without a match or an earlier flag. */
export function pushMatched(
  batch: Batch,
  matched: Uint8Array,
  flags: Uint8Array | null,
  nodrop: boolean,
  out: Sink,
): void {
  const kept = flags === null ? matched : matched.map((match, row) => match | flags[row]!);
  if (nodrop) {
    const pushed = newBatch(batch.schema, batch.columns, batch.length);
    chainFlags.set(pushed, kept);
    out.push(pushed);
    return;
  }
  const rows = rowsTrue(kept, batch.length);
  if (rows === null) out.push(newBatch(batch.schema, batch.columns, batch.length));
  else if (rows.length > 0) out.push(selectRows(batch, rows));
}

/** The running form of a stage that parses one subject into a fixed list of fields. */
export function startParse(options: ParseOptions, context: StageContext): Stage {
  const { outputs, nodrop } = options;
  const wanted = outputs.flatMap((name, output) =>
    context.needed(name) || context.needed(options.spellings?.[output] ?? name) ? [output] : [],
  );
  const perWord = extractWords(options.extract, wanted);
  return {
    push(batch, out) {
      const subject = columnNamed(batch, options.subject);
      const shape = shapeOf(subject);
      const ofShape = shape === null ? null : options.extractShape?.(shape, batch.length, wanted);
      const found = ofShape ?? extractFrom(subject, options.extract, wanted, perWord);
      const { columns } = found;
      const { matched, matches, bad } = countMatches(found, batch.length);
      if (bad > 0 && options.badInput !== null && !nodrop) context.rowWarning(options.badInput, bad);
      let result = batch;
      wanted.forEach((output, at) => {
        const name = outputs[output]!;
        const before = findColumn(result, name);
        const column = columns[at]!;
        // The second of two outputs with one name fills what the first left empty.
        const takes = outputs.indexOf(name) < output ? 'values' : (options.takes ?? 'matches');
        if (before === null) {
          result = withColumn(result, name, column);
          return;
        }
        const replaced =
          takes === 'matches' || (takes !== 'values' && matches === batch.length)
            ? allOr(matched, matches)
            : foundRows(takes === 'values' ? null : matched, column);
        result = withColumn(result, name, replaced === null ? column : mergeFound(replaced, column, before));
      });
      if (matches === batch.length && !nodrop)
        out.push(newBatch(result.schema, result.columns, batch.length));
      else pushMatched(result, matched, flagsOf(batch, context), nodrop, out);
    },
    finish() {},
  };
}

/** 1 per row that matched, and how many rows matched or were of another form. */
function countMatches(
  { outcome, all }: Outcome,
  length: number,
): { readonly matched: Uint8Array; readonly matches: number; readonly bad: number } {
  if (all === true) return { matched: outcome, matches: length, bad: 0 };
  const matched = new Uint8Array(length);
  let matches = 0;
  let bad = 0;
  for (let row = 0; row < length; row++) {
    const match = outcome[row] === MATCHED ? 1 : 0;
    matched[row] = match;
    matches += match;
    if (outcome[row] === BAD_INPUT) bad++;
  }
  return { matched, matches, bad };
}

/** `found` where `takes` is 1, else what the field held before, which may be a number. */
export function mergeFound(takes: Uint8Array, found: Column, before: Column): Column {
  const type = columnType(before);
  return type === 'string' || type === 'null'
    ? chooseText(takes, found, before)
    : chooseRows()(takes, found, before);
}

/** Several parse stages written as one: they run one after the other and form a chain among themselves. */
export function chainedStages(
  starts: readonly ((context: StageContext) => Stage)[],
  context: StageContext,
): Stage {
  const [first, ...others] = starts;
  if (first === undefined) throw new Error('a parse stage without a pattern');
  if (others.length === 0) return first(context);
  const { stagesBefore: _, ...inside } = context;
  const [head, ...tail] = [first(context), ...others.map((start) => start(inside))];
  return {
    push: (batch, out) =>
      head?.push(
        batch,
        tail.reduceRight<Sink>((sink, stage) => intoStage(stage, sink), out),
      ),
    finish() {},
  };
}

function intoStage(stage: Stage, out: Sink): Sink {
  return { push: (batch) => stage.push(batch, out) };
}

/** The rows that matched; null when that is every row. */
function allOr(matched: Uint8Array, matches: number): Uint8Array | null {
  return matches === matched.length ? null : matched;
}

/** 1 for each row that matched or has a value; null when that is every row. */
function foundRows(matched: Uint8Array | null, column: Column): Uint8Array | null {
  const rows = new Uint8Array(column.length);
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    if (matched?.[row] !== 1 && isNullAt(column, row)) continue;
    rows[row] = 1;
    count++;
  }
  return count === rows.length ? null : rows;
}

/** As Extraction, with columns of any layout. */
export interface Outcome {
  readonly outcome: Uint8Array;
  readonly all?: boolean;
  readonly columns: readonly Column[];
}

function extractFrom(
  subject: Column,
  extract: Extract,
  wanted: readonly number[],
  perWord: (column: DictionaryColumn) => Outcome,
): Outcome {
  const flat = flatten(subject);
  switch (flat.kind) {
    case 'text':
      return extract(flat, wanted);
    case 'dictionary':
      return perWord(flat);
    case 'constant': {
      if (flat.value === null) {
        const outcome = new Uint8Array(flat.length);
        return { outcome, columns: wanted.map(() => constantColumn(null, flat.length)) };
      }
      const one = extract(asText(constantColumn(flat.value, 1)), wanted);
      return {
        outcome: new Uint8Array(flat.length).fill(one.outcome[0]!),
        columns: one.columns.map((column) => constantColumn(valueAt(column, 0), flat.length)),
      };
    }
    case 'number':
    case 'digits':
    case 'boolean':
    case 'values':
      return extract(asText(flat), wanted);
  }
}

/** Any column as a text column; dictionaries point into their words. */
export function asText(column: Column): TextColumn {
  const flat: FlatColumn = flatten(column);
  if (flat.kind === 'text') return flat;
  if (flat.kind !== 'dictionary') {
    return textColumn(Array.from({ length: flat.length }, (_, row) => textAt(flat, row)));
  }
  const { codes, words, length } = flat;
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  const validity = new Uint8Array((length + 7) >> 3);
  for (let row = 0; row < length; row++) {
    const code = codes[row]!;
    if (code === 0) continue;
    starts[row] = words.start(code);
    ends[row] = words.end(code);
    validity[row >> 3]! |= 1 << (row & 7);
  }
  return { kind: 'text', length, data: words.data, starts, ends, validity };
}

/** What was found in the words of one dictionary, by code. */
interface KnownWords {
  outcome: Uint8Array;
  codes: Uint32Array[];
}

const NOT_KNOWN = 255;

/** Parses dictionary columns once per word in use; what it finds are dictionary columns again. */
function extractWords(extract: Extract, wanted: readonly number[]): (column: DictionaryColumn) => Outcome {
  const outputWords = wanted.map(() => new Words());
  const knownByWords = new WeakMap<Words, KnownWords>();
  return (column) => {
    const { codes, words, length } = column;
    let known = knownByWords.get(words);
    if (known === undefined) {
      known = { outcome: Uint8Array.of(NO_MATCH), codes: wanted.map(() => new Uint32Array(1)) };
      knownByWords.set(words, known);
    }
    known.outcome = grown(known.outcome, words.count + 1, NOT_KNOWN);
    known.codes = known.codes.map((each) => grown(each, words.count + 1));
    const fresh: number[] = [];
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      if (known.outcome[code] !== NOT_KNOWN) continue;
      known.outcome[code] = NO_MATCH;
      fresh.push(code);
    }
    if (fresh.length > 0) {
      const subject: DictionaryColumn = {
        kind: 'dictionary',
        length: fresh.length,
        codes: Uint32Array.from(fresh),
        words,
      };
      const found = extract(asText(subject), wanted);
      for (let at = 0; at < fresh.length; at++) {
        const code = fresh[at]!;
        known.outcome[code] = found.outcome[at]!;
        found.columns.forEach((values, output) => {
          if (isNullAt(values, at)) return;
          const { data, starts, ends } = values;
          known.codes[output]![code] = outputWords[output]!.intern(data, starts[at]!, ends[at]!);
        });
      }
    }
    return {
      outcome: gather(known.outcome, codes, new Uint8Array(length)),
      columns: wanted.map((_, output) => ({
        kind: 'dictionary',
        length,
        codes: gather(known.codes[output]!, codes, new Uint32Array(length)),
        words: outputWords[output]!,
      })),
    };
  };
}

function gather<A extends Uint8Array | Uint32Array>(from: A, at: ArrayLike<number>, to: A): A {
  for (let row = 0; row < to.length; row++) to[row] = from[at[row]!]!;
  return to;
}
