import { isNullAt, type TextColumn } from '../engine/columns/column.ts';
import {
  acquireKernels,
  type KernelMemory,
  type KernelTables,
  releaseKernels,
} from '../engine/kernels/wasm/memory.ts';
import { NOTHING, TextCollector } from './collect-text.ts';
import { type Cuts, NO_SHAPE } from './cuts.ts';
import { SEGMENT_FORMS, SEGMENT_ROWS } from './segment-index.ts';
import type { Shape } from './shape.ts';
import { WordHeap } from './word-heap.ts';

/** A row without a message: no shape is tried on it. */
const ABSENT = 254;
/** Rows that are cut and then collected slot by slot while they are in the cache. */
const CHUNK = 2048;
/** With this many words and more than half of the rows distinct, looking for repeats ends. */
const ENOUGH_WORDS = 1 << 16;

/** A segment may get so many rows more than make it full, as a rule. */
const MORE_ROWS = 1 << 14;

/** One slot's words in kernel memory: the nine numbers that wasm/assembly/collect.ts reads and writes. */
interface SlotState {
  readonly collector: TextCollector;
  /** Where the collector's rows lie. */
  out: number;
  readonly state: Uint32Array;
}

interface KernelShape {
  readonly pieces: number;
  readonly slots: readonly SlotState[];
}

/** Messages of one batch in kernel memory. */
export interface LoadedMessages {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly shapeOf: Uint8Array;
  /** What to take off a position in kernel memory to get one in the batch's bytes. */
  readonly base: number;
}

/** Bytes of a table for each of its slots (every other one gets a key), and of the key that code 0 never has. */
const SLOT_BYTES = 12;
const KEY_BYTES = 16;

const TABLE = 0;
const MASK = 1;
const COUNT = 2;
const HEAP = 3;
const USED = 4;
const HEAP_ROOM = 5;
const ENDS = 6;
const ENDS_ROOM = 7;
const DISTINCT = 8;

/**
 * Cuts and collects messages with the WebAssembly kernels. Slots' rows and words live in kernel
 * memory; the collectors see them as views, which `finish` completes. Everything may run out of
 * room: then the caller goes on with the plain loops, from the same collectors.
 */
export class KernelSlots {
  readonly memory: KernelMemory;
  /** Where slots' rows and words come from. */
  readonly #tables: KernelTables;
  readonly #release: () => void;
  readonly #shapes: KernelShape[] = [];

  private constructor(memory: KernelMemory, tables: KernelTables, release: () => void) {
    this.memory = memory;
    this.#tables = tables;
    this.#release = release;
  }

  /** In the memory of who reads the messages, where there is one and it has room; null where there are no kernels. */
  static acquire(reader: KernelMemory | null): KernelSlots | null {
    const arena = reader?.takeArena() ?? null;
    if (reader !== null && arena !== null) return new KernelSlots(reader, arena, () => arena.release());
    const memory = acquireKernels();
    return memory === null ? null : new KernelSlots(memory, memory, () => releaseKernels(memory));
  }

  /** Gives the memory back; no collector of these slots may be used any more. */
  release(): void {
    this.#release();
  }

  /** The slots of a new shape; null when there is no room. */
  addShape(shape: Shape): readonly TextCollector[] | null {
    const memory = this.memory;
    const size = shape.pieces.reduce((bytes, piece) => bytes + piece.length, 0);
    const bytes = this.#tables.allocateTable(size);
    const pieces = this.#tables.allocateTable(shape.pieces.length * 8);
    if (bytes === null || pieces === null) return null;
    const places = new Uint32Array(memory.bytes.buffer, pieces, shape.pieces.length * 2);
    let at = bytes;
    shape.pieces.forEach((piece, number) => {
      memory.bytes.set(piece, at);
      places[number * 2] = at;
      places[number * 2 + 1] = piece.length;
      at += piece.length;
    });
    const slots: SlotState[] = [];
    for (let slot = 1; slot < shape.pieces.length; slot++) {
      const made = this.#newSlot();
      if (made === null) return null;
      slots.push(made);
    }
    this.#shapes.push({ pieces, slots });
    return slots.map(({ collector }) => collector);
  }

  /** Whether messages may lie in the memory already, with more of their reader's behind them. */
  get #shared(): boolean {
    return this.#tables !== this.memory;
  }

  #newSlot(): SlotState | null {
    const memory = this.memory;
    const state = this.#tables.allocateTable(9 * 4);
    if (state === null) return null;
    const collector = new TextCollector();
    collector.rows = new Int32Array(0);
    const slot = { collector, out: 0, state: new Uint32Array(memory.bytes.buffer, state, 9) };
    slot.state[DISTINCT] = 1;
    return this.#makeRoom(slot, 0) ? slot : null;
  }

  /** Makes room for `length` rows in every slot, those from `from` on to be set by `collect` or `leave`; false when memory is full. */
  grow(from: number, length: number): boolean {
    const memory = this.memory;
    const slots = this.#shapes.flatMap((shape) => shape.slots);
    const most = Math.ceil(SEGMENT_FORMS / slots.length) + MORE_ROWS;
    for (const slot of slots) {
      const { collector } = slot;
      if (collector.rows.length >= length) continue;
      // Memory that nobody touches costs nothing: room for a full segment saves copies.
      const room = Math.max(length, collector.rows.length * 2, Math.min(most, SEGMENT_ROWS + MORE_ROWS));
      const out = this.#tables.allocateTable(room * 4, false);
      if (out === null) return false;
      const rows = new Int32Array(memory.bytes.buffer, out, room);
      rows.set(collector.rows.subarray(0, collector.length));
      collector.rows = rows;
      slot.out = out;
    }
    for (const { slots } of this.#shapes) for (const { collector } of slots) collector.claim(from, length);
    return true;
  }

  /** Makes rows `[from, to)` of a shape's slots null. */
  leave(shape: number, from: number, to: number): void {
    for (const { collector } of this.#shapes[shape]?.slots ?? []) collector.rows.fill(NOTHING, from, to);
  }

  /** Room for twice the words and for `length` bytes more; false when memory is full. */
  #makeRoom({ state }: SlotState, length: number): boolean {
    const memory = this.memory;
    const count = state[COUNT]!;
    if (count + 2 > state[ENDS_ROOM]!) {
      const room = Math.max(256, state[ENDS_ROOM]! * 4);
      const ends = this.#tables.allocateTable(room * 4, false);
      if (ends === null) return false;
      new Uint32Array(memory.bytes.buffer, ends, 1)[0] = 0;
      if (count > 0) memory.bytes.copyWithin(ends, state[ENDS]!, state[ENDS]! + (count + 1) * 4);
      state[ENDS] = ends;
      state[ENDS_ROOM] = room;
    }
    if (state[USED]! + length > state[HEAP_ROOM]!) {
      const room = Math.max(4096, state[HEAP_ROOM]! * 2, state[USED]! + length);
      const heap = this.#tables.allocateTable(room, false);
      if (heap === null) return false;
      memory.bytes.copyWithin(heap, state[HEAP]!, state[HEAP]! + state[USED]!);
      state[HEAP] = heap;
      state[HEAP_ROOM] = room;
    }
    if (state[DISTINCT] !== 0 && (count + 1) * 2 > state[MASK]! + 1) {
      const places = Math.max(512, (state[MASK]! + 1) * 4);
      const table = this.#tables.allocateTable(places * SLOT_BYTES + KEY_BYTES);
      if (table === null) {
        state[DISTINCT] = 0; // repeats are no longer found: more bytes, but the same texts
        return true;
      }
      state[TABLE] = table;
      state[MASK] = places - 1;
      memory.exports.rehashWords(state.byteOffset);
    }
    return true;
  }

  /** A batch's messages in kernel memory, copied unless they are there; null when they do not fit. They stay until the next `load`, or until their reader frees them. */
  load(raw: TextColumn): LoadedMessages | null {
    const memory = this.memory;
    const { length } = raw;
    if (!this.#shared) memory.reset();
    else if (raw.data === memory.bytes && memory.holds(raw.starts) && memory.holds(raw.ends)) {
      const shapeOf = memory.uint8(length);
      if (!memory.holds(shapeOf)) return null;
      markAbsent(raw, shapeOf);
      return { starts: raw.starts.subarray(0, length), ends: raw.ends.subarray(0, length), shapeOf, base: 0 };
    }
    let from = raw.data.length;
    let to = 0;
    for (let row = 0; row < length; row++) {
      if (raw.starts[row]! < from) from = raw.starts[row]!;
      if (raw.ends[row]! > to) to = raw.ends[row]!;
    }
    if (from > to) from = to;
    const at = memory.allocate(to - from);
    const starts = memory.uint32(length);
    const ends = memory.uint32(length);
    const shapeOf = memory.uint8(length);
    if (at === null || ![starts, ends, shapeOf].every((array) => memory.holds(array))) return null;
    memory.bytes.set(raw.data.subarray(from, to), at);
    const base = at - from;
    for (let row = 0; row < length; row++) {
      starts[row] = raw.starts[row]! + base;
      ends[row] = raw.ends[row]! + base;
    }
    markAbsent(raw, shapeOf);
    return { starts, ends, shapeOf, base };
  }

  /** Cuts the rows that have no shape yet by one shape: which ones have it and where their slots lie, or null when there is no room. */
  cut(loaded: LoadedMessages, shape: number): { found: Uint32Array; cuts: Cuts } | null {
    const known = this.#shapes[shape];
    if (known === undefined) return null;
    const memory = this.memory;
    const rows = loaded.starts.length;
    const slots = known.slots.length;
    const places = memory.uint32(rows * slots * 2);
    const list = memory.uint32(rows);
    if (!memory.holds(places) || !memory.holds(list)) return null;
    const found = memory.exports.cutShape(
      rows,
      loaded.starts.byteOffset,
      loaded.ends.byteOffset,
      known.pieces,
      slots,
      places.byteOffset,
      loaded.shapeOf.byteOffset,
      shape,
      list.byteOffset,
    );
    return { found: list.subarray(0, found), cuts: { places, slots, base: loaded.base } };
  }

  /** Collects the slots of the rows that have the shape; row 0 is the segment's row `from`. False when memory is full. */
  collect(shape: number, found: Uint32Array, cuts: Cuts, from: number): boolean {
    const { slots } = this.#shapes[shape]!;
    const { exports } = this.memory;
    for (let chunk = 0; chunk < found.length; chunk += CHUNK) {
      const count = Math.min(CHUNK, found.length - chunk);
      for (let number = 0; number < slots.length; number++) {
        const slot = slots[number]!;
        let done = 0;
        for (;;) {
          done = exports.collectSlot(
            count,
            done,
            found.byteOffset + chunk * 4,
            cuts.places.byteOffset + number * 8,
            slots.length * 8,
            slot.out + from * 4,
            slot.state.byteOffset,
          );
          if (done === count) break;
          const at = (found[chunk + done]! * slots.length + number) * 2;
          if (!this.#makeRoom(slot, cuts.places[at + 1]! - cuts.places[at]!)) return false;
        }
      }
    }
    for (const { collector, state } of slots) {
      if (state[COUNT]! > ENOUGH_WORDS && state[COUNT]! * 2 > collector.length) state[DISTINCT] = 0;
      if (state[DISTINCT] === 0 && collector.words.distinct) collector.words.keepAll();
    }
    return true;
  }

  /** Makes the collectors complete: their words are views of kernel memory from now on. */
  finish(): void {
    const { buffer } = this.memory.bytes;
    for (const shape of this.#shapes) {
      for (const { collector, state } of shape.slots) {
        const count = state[COUNT]!;
        collector.words = WordHeap.adopt(
          new Uint8Array(buffer as ArrayBuffer, state[HEAP]!, state[USED]!),
          new Uint32Array(buffer as ArrayBuffer, state[ENDS]!, count + 1),
          count,
          state[DISTINCT] !== 0,
        );
      }
    }
  }

  /** Bytes of the words of all slots. */
  get wordBytes(): number {
    let bytes = 0;
    for (const shape of this.#shapes) for (const { state } of shape.slots) bytes += state[USED]!;
    return bytes;
  }
}

/** No row has a shape yet, and those without a message never get one. */
function markAbsent(raw: TextColumn, shapeOf: Uint8Array): void {
  shapeOf.fill(NO_SHAPE);
  if (raw.validity === null) return;
  for (let row = 0; row < raw.length; row++) if (isNullAt(raw, row)) shapeOf[row] = ABSENT;
}
