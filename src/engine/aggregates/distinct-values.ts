import { type Column, type DictionaryColumn, flatten, isSet, type TextColumn } from '../columns/column.ts';
import { textOf, type Value } from '../columns/value.ts';
import { Words } from '../columns/words.ts';
import { grown } from '../kernels/grow.ts';
import { Interner } from '../kernels/interner.ts';
import { wordsText } from '../kernels/words-text.ts';

/** The words of a dictionary with more than this are looked up together. */
const MANY_WORDS = 256;
/** Whole numbers below this are their own code. */
const SMALL = 2 ** 31;
const SMALL_TEXT = /^(?:0|[1-9]\d{0,9})$/;
/** Bytes of the length before each text of a state. */
const LENGTH = 4;
const encoder = new TextEncoder();

/**
 * The distinct values of each group, by text form: 7 and `7` are one value. A value has a 32-bit code:
 * odd for the whole number `code >>> 1` and its digits, even for word `code >>> 1`, 0 for null. The
 * set of (group, code) pairs is one open-addressing table over a list in order of first sight.
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
  #pairGroups = new Uint32Array(64);
  #pairCodes = new Uint32Array(64);
  #pairs = 0;
  /** Pair number + 1 per slot; 0 is free. */
  #slots = new Uint32Array(128);
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
    for (let pair = 0; pair < this.#pairs; pair++) {
      texts[this.#pairGroups[pair]!]!.push(this.#textOf(this.#pairCodes[pair]!));
    }
    return texts;
  }

  /** The sets for `merge`: per group the texts one after the other, the length of each before it. */
  state(groupCount: number): readonly Column[] {
    const sizes = new Float64Array(groupCount);
    for (let pair = 0; pair < this.#pairs; pair++) {
      sizes[this.#pairGroups[pair]!]! += LENGTH + this.#sizeOf(this.#pairCodes[pair]!);
    }
    const starts = new Uint32Array(groupCount);
    const ends = new Uint32Array(groupCount);
    let size = 0;
    for (let group = 0; group < groupCount; group++) {
      starts[group] = size;
      ends[group] = size;
      size += sizes[group]!;
    }
    // Positions in a text column have 32 bits.
    if (size > 0xffffffff) throw new RangeError('array length of the sets of distinct values');
    const data = new Uint8Array(size);
    const view = new DataView(data.buffer);
    for (let pair = 0; pair < this.#pairs; pair++) {
      const group = this.#pairGroups[pair]!;
      const at = ends[group]!;
      const length = this.#write(this.#pairCodes[pair]!, data, at + LENGTH);
      view.setUint32(at, length, true);
      ends[group] = at + LENGTH + length;
    }
    return [{ kind: 'text', length: groupCount, data, starts, ends, validity: null }];
  }

  /** Adds the sets that `state` of another one made. */
  merge(groupOf: Uint32Array, length: number, state: readonly Column[]): void {
    const { data, starts, ends } = flatten(state[0]!) as TextColumn;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      for (let at = starts[row]!; at < ends[row]!; ) {
        const from = at + LENGTH;
        const to = from + view.getUint32(at, true);
        this.#insert(group, this.#codeOfBytes(data, from, to));
        at = to;
      }
    }
  }

  #sizeOf(code: number): number {
    if ((code & 1) === 0) return this.#words.end(code >>> 1) - this.#words.start(code >>> 1);
    let size = 1;
    for (let bound = 10; bound <= code >>> 1; bound *= 10) size++;
    return size;
  }

  /** Writes the text of a code; its length. */
  #write(code: number, data: Uint8Array, at: number): number {
    if ((code & 1) === 0) {
      const { data: words } = this.#words;
      const end = this.#words.end(code >>> 1);
      let to = at;
      for (let from = this.#words.start(code >>> 1); from < end; from++) data[to++] = words[from]!;
      return to - at;
    }
    const size = this.#sizeOf(code);
    let value = code >>> 1;
    for (let to = at + size - 1; to >= at; to--) {
      data[to] = 0x30 + (value % 10);
      value = Math.floor(value / 10);
    }
    return size;
  }

  #insert(group: number, code: number): void {
    const mask = this.#slots.length - 1;
    let slot = hashPair(group, code) & mask;
    for (;;) {
      const pair = this.#slots[slot]!;
      if (pair === 0) break;
      if (this.#pairCodes[pair - 1] === code && this.#pairGroups[pair - 1] === group) return;
      slot = (slot + 1) & mask;
    }
    this.#pairGroups = grown(this.#pairGroups, this.#pairs + 1);
    this.#pairCodes = grown(this.#pairCodes, this.#pairs + 1);
    this.#pairGroups[this.#pairs] = group;
    this.#pairCodes[this.#pairs] = code;
    this.#slots[slot] = ++this.#pairs;
    this.#counts = grown(this.#counts, group + 1);
    this.#counts[group]!++;
    if (this.#pairs * 2 > this.#slots.length) this.#rehash();
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let pair = 0; pair < this.#pairs; pair++) {
      let slot = hashPair(this.#pairGroups[pair]!, this.#pairCodes[pair]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = pair + 1;
    }
    this.#slots = slots;
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

function hashPair(group: number, code: number): number {
  let hash = Math.imul(group, 0x9e3779b1) ^ Math.imul(code, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
