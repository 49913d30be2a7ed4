import {
  type Column,
  type DictionaryColumn,
  flatten,
  isSet,
  type NumberColumn,
  type TextColumn,
} from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import { textOf, type Value } from '../columns/value.ts';
import { Words } from '../columns/words.ts';
import { Interner } from '../kernels/interner.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { PairSet } from '../kernels/pair-set.ts';
import { MANY_WORDS, wordsText } from '../kernels/words-text.ts';

/** Whole numbers below this are their own code. */
const SMALL = 2 ** 31;
const SMALL_TEXT = /^(?:0|[1-9]\d{0,9})$/;
const encoder = new TextEncoder();

/**
 * The distinct values of each group, by text form: 7 and `7` are one value. A value has a 32-bit code:
 * odd for the whole number `code >>> 1` and its digits, even for word `code >>> 1`, 0 for null. The
 * sets are one set of (group, code) pairs.
 */
export class DistinctValues {
  readonly #words = new Words();
  /** Texts of columns, by which each is turned into its code once; code + 1 by word, 0 for not yet. */
  readonly #seen = new Interner();
  #codeOfSeen = new Float64Array(64);
  readonly #codeOfNumber = new Map<number, number>();
  readonly #codesOfWords = new WeakMap<Words, { codes: Uint32Array; count: number }>();
  /** Scratch for the codes of one column. */
  #codes = new Uint32Array(1024);
  readonly #pairs = new PairSet();
  #counts = new Float64Array(16);

  /** Adds the values of a column; nulls are left out. */
  add(groupOf: Uint32Array, length: number, column: Column): void {
    this.#read(column, length);
    const codes = this.#codes;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      if (code !== 0) this.#insert(groupOf[row]!, code);
    }
  }

  /** Adds the rows of several columns as tuples; a row with a null in any of them is left out. */
  addTuples(groupOf: Uint32Array, length: number, columns: readonly Column[]): void {
    const codes = columns.map((column) => {
      this.#read(column, length);
      return this.#codes.slice(0, length);
    });
    for (let row = 0; row < length; row++) {
      if (codes.some((ofColumn) => ofColumn[row] === 0)) continue;
      const tuple = JSON.stringify(codes.map((ofColumn) => this.#textOf(ofColumn[row]!)));
      this.#insert(groupOf[row]!, this.#codeOfText(tuple));
    }
  }

  /** How many distinct values each group has. */
  counts(groupCount: number): Float64Array {
    this.#counts = grown(this.#counts, groupCount);
    return this.#counts.slice(0, groupCount);
  }

  /** The distinct values of each group, in order of first sight. */
  texts(groupCount: number): string[][] {
    const texts: string[][] = Array.from({ length: groupCount }, () => []);
    const { lefts, rights, count } = this.#pairs;
    for (let pair = 0; pair < count; pair++) texts[lefts[pair]!]!.push(this.#textOf(rights[pair]!));
    return texts;
  }

  /** The sets for `merge`: how many values each group has, the codes of them all, group by group, and our words. */
  state(groupCount: number): readonly Column[] {
    const { lefts, rights, count } = this.#pairs;
    const sizes = this.counts(groupCount);
    const next = new Uint32Array(groupCount);
    for (let group = 1; group < groupCount; group++) next[group] = next[group - 1]! + sizes[group - 1]!;
    const codes = new Uint32Array(count);
    for (let pair = 0; pair < count; pair++) codes[next[lefts[pair]!]!++] = rights[pair]!;
    const words = this.#words;
    const wordCodes = Uint32Array.from({ length: words.count }, (_, word) => word + 1);
    return [
      numberColumn(sizes, groupCount, null),
      { kind: 'number', type: 'long', length: count, values: codes, validity: null },
      { kind: 'dictionary', length: words.count, codes: wordCodes, words },
    ];
  }

  /** Adds the sets that `state` of another one made. */
  merge(groupOf: Uint32Array, length: number, state: readonly Column[]): void {
    const [sizes, codes, words] = state as [NumberColumn, NumberColumn, DictionaryColumn];
    const ofWord = this.#codesOf(words);
    let at = 0;
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      for (const end = at + sizes.values[row]!; at < end; at++) {
        const code = codes.values[at]!;
        this.#insert(group, code & 1 ? code : ofWord[code >>> 1]!);
      }
    }
  }

  #insert(group: number, code: number): void {
    if (!this.#pairs.add(group, code)) return;
    if (group >= this.#counts.length) this.#counts = grown(this.#counts, group + 1);
    this.#counts[group]!++;
  }

  /** Fills `#codes` with the codes of a column. */
  #read(column: Column, length: number): void {
    this.#codes = grown(this.#codes, length);
    const codes = this.#codes;
    const flat = flatten(column);
    switch (flat.kind) {
      case 'constant':
        codes.fill(this.#codeOf(flat.value), 0, length);
        return;
      case 'dictionary': {
        const ofWord = this.#codesOf(flat);
        for (let row = 0; row < length; row++) codes[row] = ofWord[flat.codes[row]!]!;
        return;
      }
      case 'text':
        this.#readText(flat, codes);
        return;
      case 'number':
        for (let row = 0; row < length; row++) {
          codes[row] = isSet(flat.validity, row) ? this.#codeOfNumberValue(flat.values[row]!) : 0;
        }
        return;
      case 'digits':
        for (let row = 0; row < length; row++) {
          const value = flat.values[row]!;
          if (!isSet(flat.validity, row)) codes[row] = 0;
          else if (value >= 0) codes[row] = this.#codeOfNumberValue(value);
          else codes[row] = this.#codeOfText(flat.exceptions[-value - 1]!);
        }
        return;
      case 'boolean':
        for (let row = 0; row < length; row++) {
          const value = flat.values[row]!;
          codes[row] = value === 2 ? 0 : this.#codeOf(value === 1);
        }
        return;
      case 'values':
        for (let row = 0; row < length; row++) codes[row] = this.#codeOf(flat.values[row]!);
    }
  }

  #readText(column: TextColumn, codes: Uint32Array): void {
    const words = this.#seen.codes(column);
    this.#codeOfSeen = grown(this.#codeOfSeen, this.#seen.words.count + 1);
    const known = this.#codeOfSeen;
    for (let row = 0; row < column.length; row++) {
      const word = words[row]!;
      let code = known[word]!;
      if (code === 0) {
        code = (word === 0 ? 0 : this.#codeOfBytes(column.data, column.starts[row]!, column.ends[row]!)) + 1;
        known[word] = code;
      }
      codes[row] = code - 1;
    }
  }

  /** Our codes by the codes of a dictionary, each word looked up once. */
  #codesOf({ words }: DictionaryColumn): Uint32Array {
    let memo = this.#codesOfWords.get(words);
    if (memo === undefined) {
      memo = { codes: new Uint32Array(64), count: 0 };
      this.#codesOfWords.set(words, memo);
    }
    memo.codes = grown(memo.codes, words.count + 1);
    const text = memo.count === 0 && words.count > MANY_WORDS ? wordsText(words) : null;
    if (text !== null) {
      this.#readText(text, memo.codes.subarray(1));
      memo.count = words.count;
    }
    for (let word = memo.count + 1; word <= words.count; word++) {
      memo.codes[word] = this.#codeOfBytes(words.data, words.start(word), words.end(word));
    }
    memo.count = words.count;
    return memo.codes;
  }

  #codeOf(value: Value): number {
    if (value === null) return 0;
    return typeof value === 'number' ? this.#codeOfNumberValue(value) : this.#codeOfText(textOf(value));
  }

  #codeOfNumberValue(value: number): number {
    if (value >= 0 && value < SMALL && (value | 0) === value) return 2 * value + 1;
    let code = this.#codeOfNumber.get(value);
    if (code === undefined) {
      code = this.#codeOfText(textOf(value));
      this.#codeOfNumber.set(value, code);
    }
    return code;
  }

  #codeOfText(text: string): number {
    if (SMALL_TEXT.test(text) && Number(text) < SMALL) return 2 * Number(text) + 1;
    const bytes = encoder.encode(text);
    return 2 * this.#words.intern(bytes, 0, bytes.length);
  }

  #codeOfBytes(data: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > 0 && length <= 10 && (data[start] !== 0x30 || length === 1)) {
      let value = 0;
      let at = start;
      for (; at < end; at++) {
        const digit = data[at]! - 0x30;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      if (at === end && value < SMALL) return 2 * value + 1;
    }
    return 2 * this.#words.intern(data, start, end);
  }

  #textOf(code: number): string {
    return code & 1 ? String(code >>> 1) : this.#words.text(code >>> 1)!;
  }
}
