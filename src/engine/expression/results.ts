import {
  type CodeArray,
  columnOf,
  type DictionaryColumn,
  type FlatColumn,
  newBitmap,
  setBit,
  UNKNOWN,
} from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { Value } from '../columns/value.ts';
import { Words } from '../columns/words.ts';

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
    let results = resultsByWords.get(words);
    if (results === undefined) {
      results = new WordResults(outWords);
      resultsByWords.set(words, results);
    }
    results.makeRoom(words.count + 1);
    const { known } = results;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      if (known[code] === 1) continue;
      const { value, warnings } = run(words.text(code));
      results.learn(code, value, warnings);
    }
    results.countWarnings(codes, length, warn);
    return results.gather(codes, length);
  };
}

/** What a function gave for the words of one dictionary, by code: as values, and in the layout that fits them all. */
class WordResults {
  known = new Uint8Array(0);
  readonly #outWords: Words;
  readonly #values: Value[] = [];
  /** Warnings of each word that gave some, to be counted once per row. */
  readonly #warnings = new Map<number, readonly string[]>();
  /** The layout of all values but null. */
  #kind: 'none' | 'text' | 'boolean' | 'number' | 'mixed' = 'none';
  #whole = true;
  #nulls = false;
  /** By code, while all are numbers: the number, 0 for null. */
  #numbers = new Float64Array(0);
  /** By code, while all are texts: the code in `#outWords`; while all are booleans: the byte. */
  #codes = new Uint32Array(0);

  constructor(outWords: Words) {
    this.#outWords = outWords;
  }

  makeRoom(count: number): void {
    if (count <= this.known.length) return;
    this.known = grown(this.known, count);
    this.#numbers = grown(this.#numbers, count);
    this.#codes = grown(this.#codes, count);
    while (this.#values.length < this.known.length) this.#values.push(null);
  }

  learn(code: number, value: Value, warnings: readonly string[]): void {
    this.known[code] = 1;
    this.#values[code] = value;
    if (warnings.length > 0) this.#warnings.set(code, warnings);
    if (value === null) {
      this.#nulls = true;
      this.#codes[code] = this.#kind === 'boolean' ? UNKNOWN : 0;
      return;
    }
    const kind = typeof value === 'string' ? 'text' : (typeof value as 'boolean' | 'number');
    if (this.#kind === 'none') {
      this.#kind = kind;
      if (kind === 'boolean') this.#codes.fill(UNKNOWN);
    } else if (this.#kind !== kind) this.#kind = 'mixed';
    if (typeof value === 'number') {
      this.#numbers[code] = value;
      if (!Number.isInteger(value)) this.#whole = false;
    } else this.#codes[code] = typeof value === 'string' ? this.#outWords.internText(value) : Number(value);
  }

  countWarnings(codes: CodeArray, length: number, warn: (what: string, rows: number) => void): void {
    if (this.#warnings.size === 0) return;
    const counts = new Map<string, number>();
    for (let row = 0; row < length; row++) {
      for (const what of this.#warnings.get(codes[row]!) ?? []) counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    for (const [what, rows] of counts) warn(what, rows);
  }

  /** The results of all rows, in the narrowest layout that holds what the words gave. */
  gather(codes: CodeArray, length: number): FlatColumn {
    switch (this.#kind) {
      case 'text': {
        const out = new Uint32Array(length);
        for (let row = 0; row < length; row++) out[row] = this.#codes[codes[row]!]!;
        return { kind: 'dictionary', length, codes: out, words: this.#outWords };
      }
      case 'boolean': {
        const out = new Uint8Array(length);
        for (let row = 0; row < length; row++) out[row] = this.#codes[codes[row]!]!;
        return { kind: 'boolean', length, values: out };
      }
      case 'number':
        return this.#gatherNumbers(codes, length);
      default:
        return columnOf(Array.from({ length }, (_, row) => this.#values[codes[row]!]!));
    }
  }

  #gatherNumbers(codes: CodeArray, length: number): FlatColumn {
    const values = new Float64Array(length);
    for (let row = 0; row < length; row++) values[row] = this.#numbers[codes[row]!]!;
    const validity = this.#nulls ? newBitmap(length) : null;
    if (validity !== null) {
      for (let row = 0; row < length; row++) if (this.#values[codes[row]!] !== null) setBit(validity, row);
    }
    return { kind: 'number', type: this.#whole ? 'long' : 'double', length, values, validity };
  }
}
