import {
  type CodeArray,
  columnOf,
  type DictionaryColumn,
  type FlatColumn,
  newBitmap,
  setBit,
  UNKNOWN,
} from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { Words } from '../columns/words.ts';
import { grown } from '../kernels/grow.ts';

/** What a function gave for the words of one dictionary, by code. */
interface WordResults {
  values: Value[];
  /** Warnings of each word that gave some, to be counted once per row. */
  readonly warnings: Map<number, readonly string[]>;
  known: Uint8Array;
}

/** Works out one word: its result, and the warnings it gave. */
export type WordFunction = (text: string | null) => {
  readonly value: Value;
  readonly warnings: readonly string[];
};

/**
 * A function over dictionary columns that runs once per word used. `warn` is called per warning with
 * the number of rows whose word gave it.
 */
export function wordFunction(
  run: WordFunction,
  warn: (what: string, rows: number) => void,
): (column: DictionaryColumn) => FlatColumn {
  const resultsByWords = new WeakMap<Words, WordResults>();
  const outWords = new Words();
  return (column) => {
    const { codes, words, length } = column;
    const results = resultsFor(resultsByWords, words);
    const { known, values } = results;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      if (known[code] === 1) continue;
      const { value, warnings } = run(words.text(code));
      values[code] = value;
      known[code] = 1;
      if (warnings.length > 0) results.warnings.set(code, warnings);
    }
    if (results.warnings.size > 0) countWarnings(results, codes, length, warn);
    return gatherResults(values, known, codes, length, outWords);
  };
}

function resultsFor(byWords: WeakMap<Words, WordResults>, words: Words): WordResults {
  let results = byWords.get(words);
  if (results === undefined) {
    results = { values: [], warnings: new Map(), known: new Uint8Array(words.count + 1) };
    byWords.set(words, results);
  }
  results.known = grown(results.known, words.count + 1);
  for (let code = results.values.length; code <= words.count; code++) results.values.push(null);
  return results;
}

function countWarnings(
  results: WordResults,
  codes: CodeArray,
  length: number,
  warn: (what: string, rows: number) => void,
): void {
  const counts = new Map<string, number>();
  for (let row = 0; row < length; row++) {
    for (const what of results.warnings.get(codes[row]!) ?? []) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  for (const [what, rows] of counts) warn(what, rows);
}

/** The results of all rows, in the narrowest layout that holds what the used words gave. */
function gatherResults(
  values: readonly Value[],
  known: Uint8Array,
  codes: CodeArray,
  length: number,
  outWords: Words,
): FlatColumn {
  const kinds = kindsOf(values, known);
  if (kinds === 'text') return gatherTexts(values, known, codes, length, outWords);
  if (kinds === 'boolean') {
    const byCode = Uint8Array.from(values, (value) => (value === null ? UNKNOWN : Number(value)));
    const out = new Uint8Array(length);
    for (let row = 0; row < length; row++) out[row] = byCode[codes[row]!]!;
    return { kind: 'boolean', length, values: out };
  }
  if (kinds === 'number' && length > values.length) return gatherNumbers(values, codes, length);
  return columnOf(Array.from({ length }, (_, row) => values[codes[row]!]!));
}

function kindsOf(
  values: readonly Value[],
  known: Uint8Array,
): 'text' | 'boolean' | 'number' | 'mixed' | 'null' {
  let kinds: 'text' | 'boolean' | 'number' | 'null' = 'null';
  for (let code = 0; code < values.length; code++) {
    const value = values[code] ?? null;
    if (value === null || known[code] !== 1) continue;
    const kind = typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'number';
    if (kinds !== 'null' && kinds !== kind) return 'mixed';
    kinds = kind;
  }
  return kinds;
}

function gatherTexts(
  values: readonly Value[],
  known: Uint8Array,
  codes: CodeArray,
  length: number,
  words: Words,
): DictionaryColumn {
  const codeOf = new Uint32Array(values.length);
  for (let code = 0; code < values.length; code++) {
    const value = values[code] ?? null;
    if (typeof value === 'string' && known[code] === 1) codeOf[code] = words.internText(value);
  }
  const out = new Uint32Array(length);
  for (let row = 0; row < length; row++) out[row] = codeOf[codes[row]!]!;
  return { kind: 'dictionary', length, codes: out, words };
}

function gatherNumbers(values: readonly Value[], codes: CodeArray, length: number): FlatColumn {
  const byCode = Float64Array.from(values, (value) => (typeof value === 'number' ? value : 0));
  const whole = values.every((value) => value === null || Number.isInteger(value));
  const out = new Float64Array(length);
  let nulls = false;
  for (let row = 0; row < length; row++) {
    const code = codes[row]!;
    out[row] = byCode[code]!;
    if (values[code] === null) nulls = true;
  }
  const validity = nulls ? newBitmap(length) : null;
  if (validity !== null) {
    for (let row = 0; row < length; row++) if (values[codes[row]!] !== null) setBit(validity, row);
  }
  return { kind: 'number', type: whole ? 'long' : 'double', length, values: out, validity };
}
