import type { Column, FlatColumn } from '../columns/column.ts';
import { KeyTable } from './key-table.ts';
import { PairTable } from './pair-table.ts';
import { allRows } from './rows.ts';
import { currentKernels } from './wasm/memory.ts';

/**
 * Turns rows of group keys into dense group numbers 0, 1, 2, … in order of first sight, over any
 * number of batches. Without keys every row is in group 0, which exists from the start.
 */
export class GroupTable {
  readonly #keys: readonly KeyTable[];
  /** `#pairs[k]` joins the groups of keys 0…k with key k + 1. */
  readonly #pairs: readonly PairTable[];
  /** Scratch where there are no kernels. */
  readonly #scratch: Uint32Array[] = [];

  constructor(keyCount: number) {
    this.#keys = Array.from({ length: keyCount }, () => new KeyTable());
    this.#pairs = Array.from({ length: Math.max(0, keyCount - 1) }, () => new PairTable());
  }

  /** How many groups there are so far. */
  get count(): number {
    return this.#pairs.at(-1)?.count ?? this.#keys[0]?.count ?? 1;
  }

  /** The group of each of `length` rows, one column per key. The array is short-lived, and reused by the next call. */
  groups(columns: readonly Column[], length: number): Uint32Array {
    let groupOf = this.#array(0, length);
    if (this.#keys.length === 0) groupOf.fill(0, 0, length);
    const ownIds = this.#keys.length > 1 ? this.#array(1, length) : groupOf;
    this.#keys.forEach((key, position) => {
      if (position === 0) {
        groupOf = key.intern(columns[0]!, groupOf);
        return;
      }
      const ids = key.intern(columns[position]!, ownIds);
      const leftCount = position === 1 ? this.#keys[0]!.count : this.#pairs[position - 2]!.count;
      this.#pairs[position - 1]!.combine(groupOf, ids, length, leftCount, key.count);
    });
    return groupOf;
  }

  /**
   * How many of `length` rows each group has, where that is known without the group of each row: new groups are numbered
   * as `groups` numbers them. Null where it is not, and nothing was done.
   */
  tally(columns: readonly Column[], length: number): Float64Array | null {
    if (this.#keys.length === 0) return Float64Array.of(length);
    return this.#keys.length === 1 ? this.#keys[0]!.tally(columns[0]!) : null;
  }

  /** An array for one call, in kernel memory where there is one. */
  #array(number: number, length: number): Uint32Array {
    const kernels = currentKernels();
    if (kernels !== null) return kernels.uint32(length);
    let array = this.#scratch[number];
    if (array === undefined || array.length < length) {
      array = new Uint32Array(length);
      this.#scratch[number] = array;
    }
    return array;
  }

  /** The key values of all groups, one column per key. */
  columns(): FlatColumn[] {
    const count = this.count;
    let ids = allRows(count);
    const columns: FlatColumn[] = [];
    for (let position = this.#keys.length - 1; position > 0; position--) {
      const { lefts, rights } = this.#pairs[position - 1]!;
      columns.unshift(this.#keys[position]!.column(ids.map((id) => rights[id]!)));
      ids = ids.map((id) => lefts[id]!);
    }
    const [first] = this.#keys;
    if (first !== undefined) columns.unshift(first.column(ids));
    return columns;
  }
}
