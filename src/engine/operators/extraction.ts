import {
  type Column,
  constantColumn,
  type DictionaryColumn,
  type FlatColumn,
  flatten,
  isNullAt,
  newBitmap,
  setBit,
  type TextColumn,
  textAt,
  textColumn,
  valueAt,
} from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { TextShape } from '../columns/text-shape.ts';
import { Words } from '../columns/words.ts';
import { TextBuilder } from '../kernels/text-builder.ts';

/** What became of one row's subject. */
export const NO_MATCH = 0;
export const MATCHED = 1;
/** No match, because the subject is not of the expected form at all; counted as a row warning. */
export const BAD_INPUT = 2;

/** What a parser found in a column of subjects. */
interface Extraction {
  /** NO_MATCH, MATCHED or BAD_INPUT per row. */
  readonly outcome: Uint8Array;
  /** What all rows are, where that is known. */
  readonly all?: number;
  /** One column per wanted output; null where nothing was found. */
  readonly columns: readonly TextColumn[];
}

/** Parses every row of a text column (null rows never match); `wanted` are the outputs that are read later. */
export type Extract = (subject: TextColumn, wanted: readonly number[]) => Extraction;

/** Extracts from the slots of a text of `length` rows. */
export type ExtractShape = (shape: TextShape, length: number, wanted: readonly number[]) => Outcome | null;

/** As Extraction, with columns of any layout. */
export interface Outcome {
  readonly outcome: Uint8Array;
  readonly all?: number;
  readonly columns: readonly Column[];
}

/**
 * Extracts from a column of any layout: constants once, dictionaries once per word in use. Make it once
 * per stage, as it remembers the words.
 */
export function extractFromColumns(
  extract: Extract,
  wanted: readonly number[],
): (subject: Column) => Outcome {
  const perWord = extractWords(extract, wanted);
  return (subject) => extractFrom(subject, extract, wanted, perWord);
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

/** A builder per output that is wanted, null for the others. */
export function outputBuilders(
  outputs: number,
  wanted: readonly number[],
  { data, length }: TextColumn,
): readonly (TextBuilder | null)[] {
  return Array.from({ length: outputs }, (_, output) =>
    wanted.includes(output) ? new TextBuilder(data, length) : null,
  );
}

/** What `outputBuilders` got, as the columns of an extraction. */
export function builtColumns(builders: readonly (TextBuilder | null)[]): readonly TextColumn[] {
  return builders.flatMap((builder) => (builder === null ? [] : [builder.build()]));
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
  const validity = newBitmap(length);
  for (let row = 0; row < length; row++) {
    const code = codes[row]!;
    if (code === 0) continue;
    starts[row] = words.start(code);
    ends[row] = words.end(code);
    setBit(validity, row);
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
