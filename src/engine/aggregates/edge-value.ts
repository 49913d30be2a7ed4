import { type Column, columnOf, flatten, isNullAt, valueAt } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import type { Accumulator } from '../define.ts';

/**
 * The state of `first` and `last`: the first or last value of each group that is not null, in row
 * order. A value is decoded at most once per batch and group. `merge` takes the other state's rows
 * as coming after the own ones.
 */
export class EdgeValueAccumulator implements Accumulator {
  readonly #edge: 'first' | 'last';
  readonly #values: Value[] = [];

  constructor(edge: 'first' | 'last') {
    this.#edge = edge;
  }

  add(groupOf: Uint32Array, length: number, groupCount: number, column: Column | null): void {
    this.#grow(groupCount);
    if (column === null) return;
    if (this.#edge === 'first') this.#addFirst(groupOf, length, column);
    else this.#addLast(groupOf, length, groupCount, column);
  }

  state(groupCount: number): readonly Column[] {
    return this.finish(groupCount);
  }

  merge(groupOf: Uint32Array, length: number, groupCount: number, state: readonly Column[]): void {
    this.add(groupOf, length, groupCount, state[0]!);
  }

  finish(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    return [columnOf(this.#values.slice(0, groupCount))];
  }

  #addFirst(groupOf: Uint32Array, length: number, column: Column): void {
    const flat = flatten(column);
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      if (this.#values[group] === null && !isNullAt(flat, row)) this.#values[group] = valueAt(flat, row);
    }
  }

  #addLast(groupOf: Uint32Array, length: number, groupCount: number, column: Column): void {
    const flat = flatten(column);
    const found = new Uint8Array(groupCount);
    for (let row = length - 1; row >= 0; row--) {
      const group = groupOf[row]!;
      if (found[group] === 1 || isNullAt(flat, row)) continue;
      found[group] = 1;
      this.#values[group] = valueAt(flat, row);
    }
  }

  #grow(groupCount: number): void {
    while (this.#values.length < groupCount) this.#values.push(null);
  }
}
