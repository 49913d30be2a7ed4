import { type Column, columnOf, type FlatColumn, flatten, valueAt } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { Value } from '../columns/value.ts';
import { NULL_CODE, Words } from '../columns/words.ts';

/** The cells of one output column by match, in the narrowest form that has fitted so far. */
class OutputCells {
  readonly values: Value[] = [null];
  readonly #words = new Words();
  #codes = new Uint32Array(16);
  #onlyText = true;

  add(value: Value): void {
    const match = this.values.length;
    this.values.push(value);
    this.#codes = grown(this.#codes, match + 1);
    if (typeof value === 'string') this.#codes[match] = this.#words.internText(value);
    else if (value !== null) this.#onlyText = false;
  }

  /** The column whose row `r` is the cell of match `matches[r]`. */
  column(matches: Uint32Array): FlatColumn {
    const { length } = matches;
    if (this.#onlyText) {
      const codes = new Uint32Array(length);
      for (let row = 0; row < length; row++) codes[row] = this.#codes[matches[row]!]!;
      return { kind: 'dictionary', length, codes, words: this.#words };
    }
    const { values } = this;
    return columnOf(Array.from(matches, (match) => values[match] as Value));
  }
}

/** The number that stands for "no match": all cells are null. */
const NO_MATCH = 0;

/**
 * The rows that keys found in a table, each looked up once. Matches are numbered from 1; `find`
 * gets the key values of a row and returns the cells wanted, or null.
 */
export class TableJoin {
  readonly #find: (key: readonly Value[]) => readonly Value[] | null;
  readonly #outputs: readonly OutputCells[];
  #count = 1;
  readonly #matchByKey = new Map<unknown, number>();
  readonly #matchByCode = new WeakMap<Words, Int32Array>();

  constructor(columns: number, find: (key: readonly Value[]) => readonly Value[] | null) {
    this.#find = find;
    this.#outputs = Array.from({ length: columns }, () => new OutputCells());
  }

  /** One column per output for the rows that have these keys. */
  columns(keys: readonly Column[], length: number): readonly FlatColumn[] {
    const matches = this.#matches(keys, length);
    return this.#outputs.map((output) => output.column(matches));
  }

  /** The match of each row's key; NO_MATCH for none and for a key with a null in it. */
  #matches(keys: readonly Column[], length: number): Uint32Array {
    const flat = keys.map(flatten);
    const matches = new Uint32Array(length);
    const [only] = flat;
    if (flat.length === 1 && only !== undefined) {
      if (only.kind === 'dictionary') return this.#ofWords(only, matches);
      if (only.kind === 'constant') return matches.fill(length > 0 ? this.#ofKey([only.value]) : NO_MATCH);
    }
    for (let row = 0; row < length; row++) matches[row] = this.#ofKey(flat.map((key) => valueAt(key, row)));
    return matches;
  }

  #ofWords(column: FlatColumn & { kind: 'dictionary' }, matches: Uint32Array): Uint32Array {
    const { codes, words, length } = column;
    let known = this.#matchByCode.get(words) ?? new Int32Array(words.count + 1).fill(-1);
    known = grown(known, words.count + 1, -1);
    known[NULL_CODE] = NO_MATCH;
    this.#matchByCode.set(words, known);
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      let match = known[code]!;
      if (match < 0) {
        match = this.#ofKey([words.text(code)]);
        known[code] = match;
      }
      matches[row] = match;
    }
    return matches;
  }

  #ofKey(key: readonly Value[]): number {
    if (key.includes(null)) return NO_MATCH;
    // A single value is its own key (a Map tells 1 from "1"); several are told apart by their JSON.
    const id = key.length === 1 ? key[0] : JSON.stringify(key);
    let match = this.#matchByKey.get(id);
    if (match === undefined) {
      const cells = this.#find(key);
      match = cells === null ? NO_MATCH : this.#count++;
      if (cells !== null) this.#outputs.forEach((output, index) => void output.add(cells[index] ?? null));
      this.#matchByKey.set(id, match);
    }
    return match;
  }
}
