import { isSet, type TextColumn } from '../columns/column.ts';
import { Words } from '../columns/words.ts';
import { currentKernels, type KernelMemory } from './wasm/memory.ts';

/** Bytes of one slot of the table in kernel memory: see wasm/assembly/intern.ts. */
const SLOT = 32;

interface Table {
  readonly memory: KernelMemory;
  readonly address: number;
  readonly mask: number;
}

/**
 * Turns texts into codes of one growing dictionary, batch after batch. With kernels, a table in
 * their memory answers for words seen before; a word it does not know goes through `Words`, which
 * decides and which alone is used when there are no kernels or no room for a larger table.
 */
export class Interner {
  readonly words: Words;
  #table: Table | null = null;
  #inTable = 0;
  #full = false;

  constructor(words: Words = new Words()) {
    this.words = words;
  }

  /** One code per row; null rows have code 0. The array may be short-lived (see `Column`). */
  codes(column: TextColumn): Uint32Array {
    const kernels = currentKernels();
    const inPlace =
      kernels !== null &&
      kernels.holds(column.data) &&
      kernels.holds(column.starts) &&
      kernels.holds(column.ends);
    const codes = inPlace ? this.#codesByTable(kernels, column) : null;
    if (codes === null) return this.#codesByWords(column);
    if (column.validity !== null) {
      for (let row = 0; row < column.length; row++) if (!isSet(column.validity, row)) codes[row] = 0;
    }
    return codes;
  }

  #codesByWords(column: TextColumn): Uint32Array {
    const { data, starts, ends, length, validity } = column;
    const codes = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      if (isSet(validity, row)) codes[row] = this.words.intern(data, starts[row]!, ends[row]!);
    }
    return codes;
  }

  #codesByTable(kernels: KernelMemory, column: TextColumn): Uint32Array | null {
    const { data, starts, ends, length } = column;
    if (!this.#tableIn(kernels)) return null;
    const codes = kernels.uint32(length);
    const misses = kernels.uint32(length);
    if (!kernels.holds(codes) || !kernels.holds(misses)) return null;
    const table = this.#table!;
    const missed = kernels.exports.intern(
      length,
      starts.byteOffset,
      ends.byteOffset,
      table.address,
      table.mask,
      codes.byteOffset,
      misses.byteOffset,
    );
    for (let miss = 0; miss < missed; miss++) {
      const row = misses[miss]!;
      const known = this.words.count;
      const code = this.words.intern(data, starts[row]!, ends[row]!);
      codes[row] = code;
      if (this.words.count > known) this.#add(kernels, starts[row]!, ends[row]!, code);
    }
    return codes;
  }

  /** Adds a new word to the table, in a larger one when half full. */
  #add(kernels: KernelMemory, start: number, end: number, code: number): void {
    if (this.#full) return;
    if ((this.#inTable + 1) * 2 <= this.#table!.mask + 1) this.#put(kernels, start, end, code);
    else if (!this.#build(kernels, (this.#table!.mask + 1) * 4)) this.#full = true;
  }

  #put(kernels: KernelMemory, start: number, end: number, code: number): void {
    const table = this.#table!;
    let from = start;
    if (end - start > 16) {
      // The table keeps a pointer to what lies beyond the sixteenth byte.
      const kept = kernels.allocateTable(end - start);
      if (kept === null) {
        this.#full = true;
        return;
      }
      kernels.bytes.copyWithin(kept, start, end);
      from = kept;
    }
    kernels.exports.internInsert(from, from + end - start, table.address, table.mask, code);
    this.#inTable++;
  }

  #tableIn(kernels: KernelMemory): boolean {
    if (this.#table?.memory === kernels) return true;
    this.#full = false;
    return this.#build(kernels, Math.max(1024, 2 ** Math.ceil(Math.log2(this.words.count * 4 + 1))));
  }

  /** A table of `slots` slots with all words; false when there is no room. */
  #build(kernels: KernelMemory, slots: number): boolean {
    const { words } = this;
    const address = kernels.allocateTable(slots * SLOT);
    if (address === null) return false;
    this.#table = { memory: kernels, address, mask: slots - 1 };
    this.#inTable = 0;
    const size = words.count === 0 ? 0 : words.end(words.count);
    const copy = kernels.allocate(size);
    if (copy === null) return false;
    kernels.bytes.set(words.data.subarray(0, size), copy);
    for (let code = 1; code <= words.count; code++) {
      this.#put(kernels, copy + words.start(code), copy + words.end(code), code);
    }
    return true;
  }
}
