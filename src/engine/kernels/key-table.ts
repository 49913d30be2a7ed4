import {
  type CodeArray,
  type Column,
  type ConstantColumn,
  columnOf,
  type DictionaryColumn,
  type DigitsColumn,
  type FlatColumn,
  flatten,
  isSet,
  type NumberColumn,
  type NumericArray,
  type TextColumn,
} from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { Value } from '../columns/value.ts';
import { NULL_CODE, Words } from '../columns/words.ts';
import { countCodes } from './count-codes.ts';
import { Interner } from './interner.ts';
import { NumberTable } from './number-table.ts';
import { RecentNumbers } from './recent-numbers.ts';
import { currentKernels } from './wasm/memory.ts';
import { MANY_WORDS, wordsText } from './words-text.ts';

const TEXT = 0;
const NUMBER = 1;
const OTHER = 2;

/** Room for the digits of any whole number that a digits column can hold. */
const scratch = new Uint8Array(20);

/** Words are counted before they are grouped when there are this many rows for each. */
const ROWS_PER_WORD = 4;

/** Digits below this find their id in an array. */
const SMALL_DIGITS = 1 << 17;

/**
 * The distinct values of one group key, numbered 0, 1, 2, … in order of first sight. A text, the
 * number it stands for, null and the empty text are all distinct; digits and words are text.
 */
export class KeyTable {
  count = 0;
  #kinds = new Uint8Array(64);
  /** Code of the text in `#words`, number, or index into `#others`, by id. */
  #refs = new Float64Array(64);
  readonly #words = new Words();
  readonly #interner = new Interner(this.#words);
  /** Id + 1 by code of `#words`. */
  #idOfWord = new Uint32Array(64);
  readonly #numbers = new NumberTable();
  #idOfNumber = new Uint32Array(64);
  readonly #idOfText = new Map<string, number>();
  readonly #others: Value[] = [];
  readonly #idOfOther = new Map<Value, number>();
  #whole = true;
  /** Whether id `i` is text `i + 1` of `#words` for all ids. */
  #inOrder = true;
  /** Id + 1 by code, per dictionary that was seen. */
  readonly #idsByWords = new WeakMap<Words, Uint32Array<ArrayBuffer>>();
  /** The codes less 1 in `#words` of other dictionaries' words, for large ones. */
  readonly #ownCodes = new WeakMap<Words, Uint32Array>();
  /** Id + 1 of small digits. */
  #idOfDigits = new Uint32Array(0);
  #recentDigits: RecentNumbers | null = null;

  /** The id of every row of the column: in `ids`, or in a short-lived array of their own. */
  intern(column: Column, ids: Uint32Array): Uint32Array {
    const flat = flatten(column);
    if (this.#inOrder && this.count === this.#words.count) {
      const text = flat.kind === 'dictionary' ? wordsInOrder(flat) : flat;
      if (text?.kind === 'text' && text.validity === null) return this.#internInOrder(text);
    }
    this.#internInto(flat, ids);
    return ids;
  }

  /**
   * How many rows each id has, where that follows from how many rows have each word; null where every row
   * has to be looked at.
   */
  tally(column: Column): Float64Array | null {
    if (column.kind === 'constant') return this.#tallyConstant(column);
    const base = column.kind === 'selected' ? column.base : column;
    if (base.kind !== 'dictionary' || base.words.count * ROWS_PER_WORD > column.length) return null;
    const flat = flatten(column);
    return flat.kind === 'dictionary' ? this.#tallyDictionary(flat) : null;
  }

  #tallyConstant({ value, length }: ConstantColumn): Float64Array {
    const id = this.#idOf(value);
    const rowsOfId = new Float64Array(this.count);
    rowsOfId[id] = length;
    return rowsOfId;
  }

  #tallyDictionary(column: DictionaryColumn): Float64Array {
    const { codes, words } = column;
    const rowsOfCode = countCodes(column);
    const known = this.#idsOf(words, column.length);
    let unknown = 0;
    for (let code = 0; code < rowsOfCode.length; code++) {
      if (rowsOfCode[code] !== 0 && known[code] === 0) unknown++;
    }
    // Ids are given in order of first sight.
    for (let row = 0; unknown > 0; row++) {
      const code = codes[row]!;
      if (known[code] !== 0) continue;
      known[code] = this.#idOfForeignCode(words, code) + 1;
      unknown--;
    }
    const rowsOfId = new Float64Array(this.count);
    for (let code = 0; code < rowsOfCode.length; code++) {
      if (rowsOfCode[code] !== 0) rowsOfId[known[code]! - 1]! += rowsOfCode[code]!;
    }
    return rowsOfId;
  }

  #internInto(flat: FlatColumn, ids: Uint32Array): void {
    switch (flat.kind) {
      case 'dictionary':
        this.#internDictionary(flat, ids);
        return;
      case 'text':
        this.#internText(flat, ids);
        return;
      case 'digits':
        this.#internDigits(flat, ids);
        return;
      case 'number':
        this.#internNumbers(flat, ids);
        return;
      case 'constant':
        if (flat.length > 0) ids.fill(this.#idOf(flat.value), 0, flat.length);
        return;
      case 'boolean':
        for (let row = 0; row < flat.length; row++) {
          const value = flat.values[row]!;
          ids[row] = this.#idOf(value === 2 ? null : value === 1);
        }
        return;
      case 'values':
        for (let row = 0; row < flat.length; row++) ids[row] = this.#idOf(flat.values[row] ?? null);
        return;
    }
  }

  /** The key values of the ids `ids`, as a column: a dictionary when all are text or null. */
  column(ids: Uint32Array): FlatColumn {
    if (this.#words.count > 0 && this.#isText()) {
      const codes = new Uint32Array(ids.length);
      for (let row = 0; row < ids.length; row++) {
        codes[row] = this.#kinds[ids[row]!] === TEXT ? this.#refs[ids[row]!]! : 0;
      }
      return { kind: 'dictionary', length: ids.length, codes, words: this.#words };
    }
    return columnOf(
      Array.from(ids, (id) => this.#valueOf(id)),
      this.#whole ? 'long' : 'double',
    );
  }

  /** Whether all values are texts or null. */
  #isText(): boolean {
    if (this.#inOrder) return true;
    for (let id = 0; id < this.count; id++) {
      if (this.#kinds[id] !== TEXT && this.#valueOf(id) !== null) return false;
    }
    return true;
  }

  #valueOf(id: number): Value {
    const ref = this.#refs[id]!;
    switch (this.#kinds[id]) {
      case TEXT:
        return this.#words.text(ref);
      case NUMBER:
        return ref;
      default:
        return this.#others[ref]!;
    }
  }

  #idOf(value: Value): number {
    if (typeof value === 'string') return this.#idOfString(value);
    if (typeof value === 'number') return this.#idOfNumberValue(value);
    const known = this.#idOfOther.get(value);
    if (known !== undefined) return known;
    this.#others.push(value);
    const id = this.#add(OTHER, this.#others.length - 1);
    this.#idOfOther.set(value, id);
    return id;
  }

  /** Texts that come as strings keep a map of their own: encoding every row would cost more. */
  #idOfString(text: string): number {
    let id = this.#idOfText.get(text);
    if (id === undefined) {
      id = this.#idOfCode(this.#words.internText(text));
      this.#idOfText.set(text, id);
    }
    return id;
  }

  #idOfCode(code: number): number {
    this.#idOfWord = grown(this.#idOfWord, code + 1);
    const known = this.#idOfWord[code]!;
    if (known !== 0) return known - 1;
    const id = this.#add(TEXT, code);
    this.#idOfWord[code] = id + 1;
    return id;
  }

  #idOfNumberValue(number: number): number {
    const at = this.#numbers.intern(number);
    this.#idOfNumber = grown(this.#idOfNumber, at + 1);
    const known = this.#idOfNumber[at]!;
    if (known !== 0) return known - 1;
    const id = this.#add(NUMBER, number + 0);
    this.#idOfNumber[at] = id + 1;
    if (!Number.isInteger(number)) this.#whole = false;
    return id;
  }

  #add(kind: number, ref: number): number {
    const id = this.count++;
    if (id >= this.#kinds.length) {
      const kinds = new Uint8Array(id * 2);
      const refs = new Float64Array(id * 2);
      kinds.set(this.#kinds);
      refs.set(this.#refs);
      this.#kinds = kinds;
      this.#refs = refs;
    }
    this.#kinds[id] = kind;
    this.#refs[id] = ref;
    if (kind !== TEXT || ref !== id + 1) this.#inOrder = false;
    return id;
  }

  #internDictionary(column: DictionaryColumn, ids: Uint32Array): void {
    const { codes, words, length } = column;
    const known = this.#idsOf(words, length);
    const learn = (code: number) => {
      const id = this.#idOfForeignCode(words, code) + 1;
      known[code] = id;
      return id;
    };
    if (idsByKernel(codes, length, known, ids, learn)) return;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      const id = known[code]!;
      ids[row] = (id === 0 ? learn(code) : id) - 1;
    }
  }

  /** Id + 1 by code of a dictionary that `rows` rows have, 0 where it is not known yet; with room for all its words. */
  #idsOf(words: Words, rows: number): Uint32Array<ArrayBuffer> {
    let idOfCode = this.#idsByWords.get(words);
    if (idOfCode === undefined && words.count > MANY_WORDS && words.count <= rows * 2) this.#meet(words);
    if (idOfCode === undefined || idOfCode.length <= words.count) {
      idOfCode = grown(idOfCode ?? new Uint32Array(0), words.count + 1);
      this.#idsByWords.set(words, idOfCode);
    }
    return idOfCode;
  }

  /** Looks all words of a dictionary up at once, most of which will be asked for. */
  #meet(words: Words): void {
    const text = wordsText(words);
    if (text !== null) this.#ownCodes.set(words, this.#interner.indexes(text).slice());
  }

  #idOfForeignCode(words: Words, code: number): number {
    if (code === 0) return this.#idOf(null);
    const own = this.#ownCodes.get(words)?.[code - 1];
    if (own !== undefined) return this.#idOfCode(own + 1);
    return this.#idOfCode(this.#words.intern(words.data, words.start(code), words.end(code)));
  }

  /** While ids and texts are numbered alike, codes need no translation. */
  #internInOrder(column: TextColumn): Uint32Array {
    const ids = this.#interner.indexes(column);
    while (this.count < this.#words.count) this.#idOfCode(this.count + 1);
    return ids;
  }

  #internText(column: TextColumn, ids: Uint32Array): void {
    const codes = this.#interner.codes(column);
    const { length } = column;
    this.#idOfWord = grown(this.#idOfWord, this.#words.count + 1);
    const idOfWord = this.#idOfWord;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      const known = code === NULL_CODE ? 0 : idOfWord[code]!;
      ids[row] = known !== 0 ? known - 1 : code === NULL_CODE ? this.#idOf(null) : this.#idOfCode(code);
    }
  }

  #internDigits(column: DigitsColumn, ids: Uint32Array): void {
    const { values, exceptions, validity, length } = column;
    if (this.#idOfDigits.length === 0) this.#idOfDigits = new Uint32Array(SMALL_DIGITS);
    const small = this.#idOfDigits;
    const workOut = (value: number) => this.#idOfDigitsText(value);
    for (let row = 0; row < length; row++) {
      const value = values[row]!;
      if (validity !== null && !isSet(validity, row)) ids[row] = this.#idOf(null);
      else if (value < 0) ids[row] = this.#idOf(exceptions[-value - 1]!);
      else if (value >= SMALL_DIGITS) {
        this.#recentDigits ??= new RecentNumbers();
        ids[row] = this.#recentDigits.get(value, workOut);
      } else {
        let id = small[value]!;
        if (id === 0) {
          id = workOut(value) + 1;
          small[value] = id;
        }
        ids[row] = id - 1;
      }
    }
  }

  /** The id of the text of a whole number. */
  #idOfDigitsText(value: number): number {
    let at = scratch.length;
    let rest = value;
    do {
      scratch[--at] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    } while (rest > 0);
    return this.#idOfCode(this.#words.intern(scratch, at, scratch.length));
  }

  #internNumbers(column: NumberColumn, ids: Uint32Array): void {
    const { values, validity, length } = column;
    const idOf = (row: number) => this.#idOfNumberValue(values[row]!);
    const from = validity === null ? idsOfNumbersByKernel(values, length, ids, idOf) : 0;
    let previous = NaN;
    let id = 0;
    for (let row = from; row < length; row++) {
      if (validity !== null && !isSet(validity, row)) {
        ids[row] = this.#idOf(null);
        continue;
      }
      const value = values[row]!;
      // Time slices come in long runs of one value.
      if (value !== previous) {
        id = this.#idOfNumberValue(value);
        previous = value;
      }
      ids[row] = id;
    }
  }
}

/** A column that has each word of a large dictionary once and in order, as the words' texts in kernel memory. */
function wordsInOrder({ codes, words, length }: DictionaryColumn): TextColumn | null {
  if (words.count !== length || length <= MANY_WORDS) return null;
  for (let row = 0; row < length; row++) if (codes[row] !== row + 1) return null;
  return wordsText(words);
}

/** The ids of codes by a table of id + 1 per code, all in kernel memory; false where they are not or it does not pay. */
function idsByKernel(
  codes: CodeArray,
  length: number,
  idOfCode: Uint32Array,
  ids: Uint32Array,
  learn: (code: number) => number,
): boolean {
  const kernels = currentKernels();
  if (kernels === null || !kernels.holds(codes) || !kernels.holds(ids)) return false;
  if (idOfCode.length > length * 2) return false;
  const table = kernels.copyOf(idOfCode);
  if (table === null) return false;
  const { byteOffset, BYTES_PER_ELEMENT: width } = codes;
  let row = 0;
  for (;;) {
    row = kernels.exports.idsOfCodes(length, row, width, byteOffset, table.byteOffset, ids.byteOffset);
    if (row === length) return true;
    table[codes[row]!] = learn(codes[row]!);
  }
}

/** Slots of the table that one batch's numbers are found by. */
const NUMBER_SLOTS = 1024;
const NUMBER_SLOT_BYTES = 16;

/** The ids of a batch's first rows, up to where too many distinct numbers have come; returns how many rows. */
function idsOfNumbersByKernel(
  values: NumericArray,
  length: number,
  ids: Uint32Array,
  idOf: (row: number) => number,
): number {
  const kernels = currentKernels();
  if (kernels === null || !(values instanceof Float64Array) || length < NUMBER_SLOTS) return 0;
  const table = kernels.uint8(NUMBER_SLOTS * NUMBER_SLOT_BYTES);
  if (!kernels.holds(values) || !kernels.holds(ids) || !kernels.holds(table)) return 0;
  table.fill(0);
  const { exports } = kernels;
  const mask = NUMBER_SLOTS - 1;
  let row = 0;
  for (let known = 0; known * 2 < NUMBER_SLOTS; known++) {
    row = exports.idsOfNumbers(length, row, values.byteOffset, table.byteOffset, mask, ids.byteOffset);
    if (row === length) break;
    exports.putNumber(values[row]!, idOf(row), table.byteOffset, mask);
  }
  return row;
}
