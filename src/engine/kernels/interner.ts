import { isSet, type TextColumn } from '../columns/column.ts';
import { Words } from '../columns/words.ts';
import { holdsText, insideKernels } from './inside-kernels.ts';
import { currentKernels, type KernelMemory } from './wasm/memory.ts';

/** Bytes of a slot of the table in kernel memory, and of a word's key and tail: see wasm/assembly/intern.ts. */
const SLOT = 4;
const KEY = 16;
const TAIL = 8;
/** Bytes of a word that its key keeps. */
const KEPT = 15;
/** Codes in a slot have 24 bits. */
const MOST_CODES = 1 << 24;
/** Bytes allocated at a time for what keys do not keep. */
const TAILS = 1 << 16;

interface Table {
  readonly memory: KernelMemory;
  /** The memory's when the table was made. */
  readonly era: number;
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
  #full = false;
  /** How many words the table has. */
  #inTable = 0;
  /** Room for tails in the memory of the table. */
  #tailsFrom = 0;
  #tailsTo = 0;

  constructor(words: Words = new Words()) {
    this.words = words;
  }

  /** One code per row; null rows have code 0. The array may be short-lived (see `Column`). */
  codes(column: TextColumn): Uint32Array {
    const codes = this.#all(column, 0);
    if (column.validity !== null) {
      for (let row = 0; row < column.length; row++) if (!isSet(column.validity, row)) codes[row] = 0;
    }
    return codes;
  }

  /** One code less 1 per row, for a column without nulls. The array may be short-lived. */
  indexes(column: TextColumn): Uint32Array {
    return this.#all(column, 1);
  }

  #all(column: TextColumn, base: number): Uint32Array {
    const kernels = currentKernels();
    const codes = kernels === null ? null : this.#codesByTable(kernels, column, base);
    return codes ?? this.#codesByWords(column, base);
  }

  #codesByWords(column: TextColumn, base: number): Uint32Array {
    const { data, starts, ends, length, validity } = column;
    const codes = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      if (isSet(validity, row)) codes[row] = this.words.intern(data, starts[row]!, ends[row]!) - base;
    }
    return codes;
  }

  #codesByTable(kernels: KernelMemory, column: TextColumn, base: number): Uint32Array | null {
    const { data, starts, ends, length } = insideKernels(column);
    if (!holdsText(kernels, { data, starts, ends })) return null;
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
      base,
      codes.byteOffset,
      misses.byteOffset,
    );
    for (let miss = 0; miss < missed; miss++) {
      const row = misses[miss]!;
      if (this.#inTable === this.words.count && !this.#full) {
        this.#addMissed(kernels, { data, starts, ends }, row, codes, base);
        continue;
      }
      const code = this.words.intern(data, starts[row]!, ends[row]!);
      codes[row] = code - base;
      this.#add(kernels, starts[row]!, ends[row]!, code);
    }
    return codes;
  }

  /** The code of a row that the table did not know when all words were in it: it may since have been added. */
  #addMissed(
    kernels: KernelMemory,
    { data, starts, ends }: Pick<TextColumn, 'data' | 'starts' | 'ends'>,
    row: number,
    codes: Uint32Array,
    base: number,
  ): void {
    const { address, mask } = this.#table!;
    const o = row * 4;
    const at = codes.byteOffset + o;
    // Where the code goes is as good a place as any to say that the row is missed.
    const from = starts.byteOffset + o;
    if (kernels.exports.intern(1, from, ends.byteOffset + o, address, mask, base, at, at) === 0) return;
    const code = this.words.append(data, starts[row]!, ends[row]!);
    codes[row] = code - base;
    if (code * 2 > mask + 1 && !this.#grow(kernels)) this.#full = true;
    else this.#put(kernels, starts[row]!, ends[row]!, code);
  }

  /** Adds a word to the table unless it is there, in a larger table when half full. */
  #add(kernels: KernelMemory, start: number, end: number, code: number): void {
    if (this.#full) return;
    // Codes count words that came by other ways, too: the table has room for codes up to half its slots.
    if (code * 2 > this.#table!.mask + 1 && !this.#grow(kernels)) this.#full = true;
    else if (!this.#holds(kernels, code)) this.#put(kernels, start, end, code);
  }

  /** Whether the table has the word: it then says where its tail lies. */
  #holds(kernels: KernelMemory, code: number): boolean {
    const { address, mask } = this.#table!;
    const tails = address + (mask + 1) * SLOT + ((mask + 1) / 2 + 1) * KEY;
    return kernels.uints[((tails + code * TAIL) >> 2) + 1] !== 0;
  }

  #put(kernels: KernelMemory, start: number, end: number, code: number): void {
    const table = this.#table!;
    let from = start;
    if (end - start > KEPT) {
      const tail = this.#keepTail(kernels, start + KEPT, end);
      if (tail === null) {
        this.#full = true;
        return;
      }
      from = tail - KEPT;
    }
    kernels.exports.internInsert(start, end - start, from + KEPT, table.address, table.mask, code);
    this.#inTable++;
  }

  /** Copies what lies beyond the bytes that the table itself keeps; null when there is no room. */
  #keepTail(kernels: KernelMemory, start: number, end: number): number | null {
    const size = end - start;
    if (this.#tailsFrom + size > this.#tailsTo) {
      const room = Math.max(TAILS, size);
      const address = kernels.allocateTable(room);
      if (address === null) return null;
      this.#tailsFrom = address;
      this.#tailsTo = address + room;
    }
    const kept = this.#tailsFrom;
    kernels.bytes.copyWithin(kept, start, end);
    this.#tailsFrom += size;
    return kept;
  }

  /** Whether there is a table in this memory: the first time, one with all words is made. */
  #tableIn(kernels: KernelMemory): boolean {
    if (this.#table?.memory === kernels && this.#table.era === kernels.era) return true;
    const { words } = this;
    this.#full = false;
    this.#inTable = 0;
    this.#table = null;
    this.#tailsFrom = 0;
    this.#tailsTo = 0;
    const size = words.count === 0 ? 0 : words.end(words.count);
    const copy = kernels.allocate(size);
    if (copy === null || !this.#grow(kernels)) return false;
    kernels.bytes.set(words.data.subarray(0, size), copy);
    for (let code = 1; code <= words.count; code++) {
      this.#put(kernels, copy + words.start(code), copy + words.end(code), code);
    }
    return true;
  }

  /** A table with room for twice as many words, and what the one before held; false when there is no room. */
  #grow(kernels: KernelMemory): boolean {
    const slots = Math.max(1024, 2 ** Math.ceil(Math.log2((this.words.count + 1) * 2)));
    if (slots / 2 >= MOST_CODES) return false;
    const address = kernels.allocateTable(slots * SLOT + (slots / 2 + 1) * (KEY + TAIL));
    if (address === null) return false;
    const before = this.#table;
    this.#table = { memory: kernels, era: kernels.era, address, mask: slots - 1 };
    if (before !== null) {
      kernels.exports.internRehash(before.address, before.mask, address, slots - 1);
    }
    return true;
  }
}
