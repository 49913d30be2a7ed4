import { type Batch, columnNamed } from '../engine/columns/batch.ts';
import {
  type FlatColumn,
  flatten,
  isNullAt,
  type TextColumn,
  textAt,
  textColumn,
} from '../engine/columns/column.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { MESSAGE_FIELDS } from '../engine/source.ts';
import { NOTHING, TextCollector } from './collect-text.ts';
import { type Cuts, NO_SHAPE } from './cuts.ts';
import { FieldCollector, type MessageMemory } from './field-collector.ts';
import { KernelSlots, type LoadedMessages } from './kernel-slots.ts';
import { SEGMENT_BYTES, SEGMENT_FORMS, SEGMENT_ROWS } from './segment-index.ts';
import { cut, learnShapes, type Sample, type Shape, Slots, shapeKey } from './shape.ts';

/** The rows of a segment that have one shape: a column per slot. */
export interface ShapeCollector {
  readonly shape: Shape;
  readonly slots: readonly TextCollector[];
}

/** Below this many rows a segment is collected by plain loops. */
const WORTH_KERNELS = 4096;
const MOST_SHAPES = 16;
const SAMPLE = 64;
/** Messages without a shape in one batch before new shapes are looked for. */
const ENOUGH_ODD = 16;

/** Collects the rows of one segment, column by column, in the forms in which they are stored. */
export class SegmentCollector {
  rows = 0;
  /** Bytes of all messages. */
  rawBytes = 0;
  /** The shape of each row, or NO_SHAPE. */
  shapeOf = new Uint8Array(1024);
  readonly shapes: ShapeCollector[] = [];
  readonly otherRaw = new TextCollector();
  readonly fields = new Map<string, FieldCollector>();
  readonly #shapeKeys = new Set<string>();
  readonly #slots = new Slots();
  /** Where the slots of the current batch lie, by shape. */
  #cuts: (Cuts | null)[] = [];
  #kernels: KernelSlots | null = null;
  /** Kernel memory that collectors may still look into, for `release`. */
  #held: KernelSlots | null = null;
  readonly #byKernels: boolean;

  /** Memory of the kernels in which most messages come, and where those of the current batch lie. */
  readonly #reader: KernelMemory | null;
  #loaded: LoadedMessages | null = null;

  /** `expectedRows`: kernels are set up for many rows only. `reader`: in whose memory messages lie as a rule. */
  constructor(expectedRows: number, reader: KernelMemory | null = null) {
    this.#reader = reader;
    this.otherRaw.words.keepAll();
    for (const name of MESSAGE_FIELDS.slice(1)) this.fields.set(name.toLowerCase(), new FieldCollector(name));
    this.#byKernels = expectedRows >= WORTH_KERNELS;
  }

  /** Gives kernel memory back. The collector must not be used any more. */
  release(): void {
    this.#held?.release();
    this.#held = null;
  }

  /** The kernel memory in which collectors may lie; its short-lived part is free once no more rows come. */
  get kernels(): KernelMemory | null {
    return this.#held?.memory ?? null;
  }

  /** No more rows come: completes what the kernels collected. */
  finish(): void {
    this.#kernels?.finish();
    this.#kernels = null;
  }

  /** Bytes of text held. */
  get bytes(): number {
    let bytes = this.otherRaw.words.size + (this.#kernels?.wordBytes ?? 0);
    for (const { slots } of this.shapes) for (const slot of slots) bytes += slot.words.size;
    for (const field of this.fields.values()) bytes += field.text?.words.size ?? 0;
    return bytes;
  }

  get full(): boolean {
    const slots = this.shapes.reduce((sum, shape) => sum + shape.slots.length, 0);
    return this.rows >= SEGMENT_ROWS || this.rows * slots >= SEGMENT_FORMS || this.bytes >= SEGMENT_BYTES;
  }

  /** The fields that any row has, first spelling. */
  fieldNames(): string[] {
    return [...this.fields.values()].map((field) => field.name);
  }

  /** Rows per text of a field, the empty text for null; null when there are more than `most` texts. For fields that are stored, as metadata is. */
  countTexts(name: string, most: number): Map<string, number> | null {
    const text = this.fields.get(name.toLowerCase())?.text ?? null;
    if (text === null) return new Map([['', this.rows]]);
    if (text.words.count > most) return null;
    const counts = formCounts(text, this.rows);
    if (counts.size > most) return null;
    const decoder = new TextDecoder();
    const named = new Map<string, number>();
    for (const [form, count] of counts) {
      const { data, ends } = text.words;
      const name =
        form >= 0
          ? String(form)
          : form === NOTHING
            ? ''
            : decoder.decode(data.subarray(ends[-2 - form]!, ends[-1 - form]!));
      named.set(name, (named.get(name) ?? 0) + count);
    }
    return named;
  }

  /** Adds all rows of the batch; copies what it keeps. */
  add(batch: Batch): void {
    if (batch.length === 0) return;
    const from = this.rows;
    if (from === 0 && this.#byKernels) {
      this.#kernels = KernelSlots.acquire(this.#reader);
      this.#held = this.#kernels;
    }
    const raw = asText(flatten(columnNamed(batch, '_raw')));
    for (let row = 0; row < raw.length; row++) this.rawBytes += raw.ends[row]! - raw.starts[row]!;
    this.#grow(from + batch.length);
    this.#loaded = null;
    if (!this.#addByKernels(raw, from)) this.#addMessages(raw, from);
    const messages = {
      raw,
      shapeOf: this.shapeOf,
      shapes: this.shapes,
      cuts: this.#cuts,
      rows: this.shapes.map((_, shape) => rowsOfShape(this.shapeOf, from, batch.length, shape)),
      memory: this.#memory(),
    };
    const seen = new Set<string>(['_raw']);
    batch.schema.names.forEach((name, position) => {
      const key = name.toLowerCase();
      if (seen.has(key)) return;
      seen.add(key);
      let field = this.fields.get(key);
      if (field === undefined) {
        field = new FieldCollector(name);
        this.fields.set(key, field);
      }
      field.add(flatten(batch.columns[position]!), from, messages);
    });
    this.rows = from + batch.length;
  }

  #memory(): MessageMemory | null {
    return this.kernels === null || this.#loaded === null
      ? null
      : { kernels: this.kernels, shapeOf: this.#loaded.shapeOf };
  }

  #grow(length: number): void {
    if (length > this.shapeOf.length) {
      const grown = new Uint8Array(Math.max(length, this.shapeOf.length * 2));
      grown.set(this.shapeOf);
      this.shapeOf = grown;
    }
    if (this.#kernels?.grow(this.rows, length) === false) this.#plainFromNowOn(this.rows);
    if (this.#kernels === null)
      for (const { slots } of this.shapes) for (const slot of slots) slot.grow(length);
    this.otherRaw.grow(length);
  }

  /** As `#addMessages` by kernels; false, with nothing lost, when there are none or their memory is full. */
  #addByKernels(raw: TextColumn, from: number): boolean {
    if (this.#kernels === null) return false;
    const loaded = this.#kernels.load(raw);
    if (loaded === null) return this.#plainFromNowOn(from);
    if (this.shapes.length === 0) this.#learn(raw, null, from);
    this.#cuts = this.shapes.map(() => null);
    let left = raw.length;
    for (let shape = 0; shape < this.shapes.length; shape++) {
      if (left === 0) {
        this.#kernels.leave(shape, from, from + raw.length);
        continue;
      }
      const found = this.#collectShape(loaded, shape, from);
      if (found === null) return this.#plainFromNowOn(from);
      left -= found;
    }
    if (left >= ENOUGH_ODD && this.shapes.length < MOST_SHAPES) {
      const odd = rowsOfShape(loaded.shapeOf, 0, raw.length, NO_SHAPE);
      const known = this.shapes.length;
      if (odd.length >= ENOUGH_ODD && this.#learn(raw, odd, from)) {
        for (let shape = known; shape < this.shapes.length; shape++) {
          this.#cuts.push(null);
          if (this.#collectShape(loaded, shape, from) === null) return this.#plainFromNowOn(from);
        }
      }
    }
    for (let row = 0; row < raw.length; row++) {
      const shape = loaded.shapeOf[row]!;
      this.shapeOf[from + row] = shape < MOST_SHAPES ? shape : NO_SHAPE;
    }
    this.#addOthers(raw, from);
    this.#loaded = loaded;
    return true;
  }

  #collectShape(loaded: LoadedMessages, shape: number, from: number): number | null {
    const done = this.#kernels?.cut(loaded, shape) ?? null;
    if (done === null) return null;
    this.#cuts[shape] = done.cuts;
    const rows = loaded.starts.length;
    if (done.found.length < rows) this.#kernels?.leave(shape, from, from + rows);
    if (this.#kernels?.collect(shape, done.found, done.cuts, from) === false) return null;
    return done.found.length;
  }

  /** Goes on without kernels; the rows from `from` on are to be set anew. */
  #plainFromNowOn(from: number): false {
    this.finish();
    for (const { slots } of this.shapes) for (const slot of slots) slot.rows.fill(NOTHING, from);
    return false;
  }

  #addMessages(raw: TextColumn, from: number): void {
    const odd: number[] = [];
    if (this.shapes.length === 0) this.#learn(raw, null, from);
    this.#cuts = this.shapes.map(({ slots }) => newCuts(raw.length, slots.length));
    let guess = 0;
    for (let row = 0; row < raw.length; row++) {
      const shape = this.#cutRow(raw, row, from, guess);
      if (shape === NO_SHAPE) odd.push(row);
      else guess = shape;
    }
    if (odd.length >= ENOUGH_ODD && this.shapes.length < MOST_SHAPES) {
      const known = this.shapes.length;
      if (this.#learn(raw, Uint32Array.from(odd), from)) {
        for (const { slots } of this.shapes.slice(known)) this.#cuts.push(newCuts(raw.length, slots.length));
        for (const row of odd) this.#cutRow(raw, row, from, this.shapes.length - 1);
      }
    }
    this.#addOthers(raw, from);
  }

  /** Keeps the messages of the batch that have no shape. */
  #addOthers(raw: TextColumn, from: number): void {
    for (let row = 0; row < raw.length; row++) {
      if (this.shapeOf[from + row] !== NO_SHAPE || isNullAt(raw, row)) continue;
      this.otherRaw.rows[from + row] =
        -1 - this.otherRaw.words.add(raw.data, raw.starts[row]!, raw.ends[row]!);
    }
  }

  /** Puts the row's message into the slots of the first shape that it has, `guess` first. */
  #cutRow(raw: TextColumn, row: number, from: number, guess: number): number {
    this.shapeOf[from + row] = NO_SHAPE;
    if (isNullAt(raw, row)) return NO_SHAPE;
    const start = raw.starts[row]!;
    const end = raw.ends[row]!;
    for (let attempt = 0; attempt < this.shapes.length; attempt++) {
      const number = (guess + attempt) % this.shapes.length;
      const { shape, slots } = this.shapes[number]!;
      if (!cut(shape, raw.data, start, end, this.#slots)) continue;
      const { places } = this.#cuts[number]!;
      let at = row * slots.length * 2;
      for (let slot = 0; slot < slots.length; slot++) {
        const slotStart = this.#slots.starts[slot]!;
        const slotEnd = this.#slots.ends[slot]!;
        places[at++] = slotStart;
        places[at++] = slotEnd;
        slots[slot]!.set(from + row, raw.data, slotStart, slotEnd);
      }
      this.shapeOf[from + row] = number;
      return number;
    }
    return NO_SHAPE;
  }

  /** Looks for shapes among `rows` of the batch (all when null); whether there is a new one. */
  #learn(raw: TextColumn, rows: Uint32Array | null, from: number): boolean {
    const count = rows?.length ?? raw.length;
    const step = Math.max(1, Math.floor(count / SAMPLE));
    const samples: Sample[] = [];
    for (let index = 0; index < count; index += step) {
      const row = rows === null ? index : rows[index]!;
      if (isNullAt(raw, row)) continue;
      samples.push({ data: raw.data, start: raw.starts[row]!, end: raw.ends[row]! });
    }
    let learned = false;
    for (const shape of learnShapes(samples)) {
      const key = shapeKey(shape);
      if (this.shapes.length >= MOST_SHAPES || this.#shapeKeys.has(key)) continue;
      this.#shapeKeys.add(key);
      const slots = this.#newSlots(shape, from + raw.length);
      this.shapes.push({ shape, slots });
      learned = true;
    }
    return learned;
  }

  #newSlots(shape: Shape, length: number): readonly TextCollector[] {
    const made = this.#kernels?.addShape(shape) ?? null;
    if (made !== null && this.#kernels?.grow(this.rows, length) === true) return made;
    if (this.#kernels !== null) this.#plainFromNowOn(this.rows);
    return shape.pieces.slice(1).map(() => {
      const slot = new TextCollector();
      slot.grow(length);
      return slot;
    });
  }
}

/** How many of the first `rows` rows have each form. */
function formCounts(text: TextCollector, rows: number): Map<number, number> {
  const counts = new Map<number, number>();
  const count = (form: number, more: number): void => {
    if (more > 0) counts.set(form, (counts.get(form) ?? 0) + more);
  };
  count(NOTHING, rows - text.length);
  if (text.runs !== null) {
    for (const { from, to, value } of text.runs) count(value, Math.min(to, rows) - Math.min(from, rows));
    return counts;
  }
  const forms = text.rows;
  let start = 0;
  for (let row = 1; row <= Math.min(rows, text.length); row++) {
    if (row < text.length && row < rows && forms[row] === forms[start]) continue;
    count(forms[start]!, row - start);
    start = row;
  }
  return counts;
}

function newCuts(rows: number, slots: number): Cuts {
  return { places: new Uint32Array(rows * slots * 2), slots, base: 0 };
}

/** The rows of the batch whose shape is `shape`. */
function rowsOfShape(shapeOf: Uint8Array, from: number, length: number, shape: number): Uint32Array {
  const rows = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (shapeOf[from + row] === shape) rows[count++] = row;
  return rows.subarray(0, count);
}

/** Any column as text; messages are text already but for tests and odd sources. */
function asText(column: FlatColumn): TextColumn {
  if (column.kind === 'text') return column;
  return textColumn(Array.from({ length: column.length }, (_, row) => textAt(column, row)));
}
