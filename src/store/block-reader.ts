import {
  type CodeArray,
  constantColumn,
  FALSE,
  type FlatColumn,
  isNullAt,
  isSet,
  type NumericArray,
  type TextColumn,
  TRUE,
  UNKNOWN,
} from '../engine/columns/column.ts';
import {
  lazySlot,
  lazyText,
  selectShaped,
  shapedText,
  type TextShape,
} from '../engine/columns/text-shape.ts';
import type { Words } from '../engine/columns/words.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { lazyDictionary, lazyDigits, lazyNumbers } from './lazy-column.ts';
import { mergeLayers } from './merge-layers.ts';
import { messageSizes, rebuildMessages, type SlotSpan } from './rebuild-messages.ts';
import type { Alias, BufferPlace, PhysicalColumn, StoredField } from './segment-index.ts';
import type { ReadCounter, SegmentReader } from './segment-reader.ts';

/** Rows of a block whose messages are of one shape; null: of none. */
export interface MessageKind {
  readonly shape: number | null;
  readonly rows: Uint32Array;
}

/** One block of a segment, read and decoded column by column as asked for. */
export class BlockReader {
  readonly segment: SegmentReader;
  readonly block: number;
  readonly length: number;
  readonly #counter: ReadCounter;
  readonly #memory: KernelMemory | null;
  readonly #texts = new Map<string, FlatColumn>();
  readonly #fields = new Map<StoredField, FlatColumn>();

  /** With `memory` the columns' arrays are short-lived ones there; then the block must be of one kind. */
  constructor(
    segment: SegmentReader,
    block: number,
    counter: ReadCounter,
    memory: KernelMemory | null = null,
  ) {
    this.segment = segment;
    this.block = block;
    this.length = segment.index.blocks[block]!;
    this.#counter = counter;
    this.#memory = memory;
  }

  /** The text of a slot; null in rows of another shape. */
  slot(shape: number, slot: number): FlatColumn {
    return this.#text(this.segment.index.shapes[shape]!.slots[slot]!);
  }

  /** Messages that have no shape; null in all other rows. */
  otherRaw(): FlatColumn {
    const { otherRaw } = this.segment.index;
    return this.#text(otherRaw < 0 ? [] : [otherRaw]);
  }

  /** A field; `_raw` is not one. */
  field(field: StoredField): FlatColumn {
    let column = this.#fields.get(field);
    if (column === undefined) {
      column = this.#field(field);
      this.#fields.set(field, column);
    }
    return column;
  }

  /** The messages of `rows` (all when null): put together when their bytes are first looked at. */
  messages(rows: Uint32Array | null): TextColumn {
    const shape = this.#onlyShape();
    if (shape === null) return lazyText(rows?.length ?? this.length, () => rebuildMessages(this, rows));
    return rows === null ? shapedText(shape, this.length) : selectShaped(shape, rows);
  }

  /** The rows of the block by what their messages are made of, where there is more than one kind; else null. */
  kinds(): readonly MessageKind[] | null {
    const { shapes, shapeRows } = this.segment.index;
    if (this.#onlyShape() !== null) return null;
    const kinds: MessageKind[] = [];
    const others = new Uint8Array(this.length).fill(1);
    shapes.forEach((_, shape) => {
      if (shapeRows[this.block]![shape]! === 0) return;
      const first = this.slot(shape, 0);
      const rows = rowsOf(this.length, (row) => !isNullAt(first, row));
      for (const row of rows) others[row] = 0;
      kinds.push({ shape, rows });
    });
    if (kinds.length === 0) return null;
    const rest = rowsOf(this.length, (row) => others[row] === 1);
    return rest.length === 0 ? kinds : [...kinds, { shape: null, rows: rest }];
  }

  /** The messages of `rows`, all of which have shape `number`. */
  shaped(number: number, rows: Uint32Array): TextColumn {
    return selectShaped(this.#shape(number), rows);
  }

  /** The shape that all messages of the block have, or null. */
  #onlyShape(): TextShape | null {
    const { shapes, shapeRows } = this.segment.index;
    const number = shapes.findIndex((_, shape) => shapeRows[this.block]![shape] === this.length);
    return number < 0 ? null : this.#shape(number);
  }

  #shape(number: number): TextShape {
    const { slots } = this.segment.index.shapes[number]!;
    return {
      pieces: this.segment.pieces(number),
      slots: slots.map((columns, slot) =>
        lazySlot(
          this.#holdsDigitsOnly(columns),
          this.segment.letters(columns),
          () => this.#wordsOf(columns),
          () => this.slot(number, slot),
        ),
      ),
    };
  }

  /** Whether a slot has nothing but whole numbers in this block. */
  #holdsDigitsOnly([first, second]: readonly number[]): boolean {
    const { columns } = this.segment.index;
    if (first === undefined || columns[first]!.kind !== 'int') return false;
    return second === undefined || columns[second]!.blocks[this.block]!.nulls === this.length;
  }

  /** The dictionary that a slot is kept in, or null. */
  #wordsOf([first, second]: readonly number[]): Words | null {
    if (first === undefined || second !== undefined) return null;
    return this.segment.index.columns[first]!.kind === 'dictionary' ? this.#words(first) : null;
  }

  /** The text over several slots, of `rows` (all when null). */
  span(span: SlotSpan, rows: Uint32Array | null): TextColumn {
    return lazyText(rows?.length ?? this.length, () => rebuildMessages(this, rows, span));
  }

  /** The slots over which the field's text reaches in every row of the block; null when it is another thing. */
  spanOf(field: StoredField): SlotSpan | null {
    const [alias, ...others] = field.aliasSets[field.blockAliases[this.block]!]!;
    if (alias?.kind !== 'text' || alias.slot === alias.last || others.length > 0) return null;
    return this.#allNull([...field.text, field.number, field.boolean]) ? alias : null;
  }

  #allNull(columns: readonly number[]): boolean {
    const { index } = this.segment;
    return columns.every(
      (column) => column < 0 || index.columns[column]!.blocks[this.block]!.nulls === this.length,
    );
  }

  #field(field: StoredField): FlatColumn {
    const layers: FlatColumn[] = [];
    const text = this.#text(field.text);
    if (!isNull(text)) layers.push(text);
    const number = this.#number(field.number, field.double);
    if (!isNull(number)) layers.push(number);
    const boolean = this.#boolean(field.boolean);
    if (!isNull(boolean)) layers.push(boolean);
    for (const alias of field.aliasSets[field.blockAliases[this.block]!]!) {
      const column = this.#alias(alias);
      if (!isNull(column)) layers.push(column);
    }
    const [only] = layers;
    if (only === undefined) return constantColumn(null, this.length);
    return layers.length === 1
      ? only
      : mergeLayers(layers, this.length, this.segment.mergedWords(field.name));
  }

  #alias(alias: Alias): FlatColumn {
    switch (alias.kind) {
      case 'text':
        return alias.slot === alias.last ? this.slot(alias.shape, alias.slot) : this.span(alias, null);
      case 'other':
        return this.otherRaw();
      case 'number':
        return this.#plainNumbers(alias) ?? numbersOfSlot(this.slot(alias.shape, alias.slot), alias.scale);
      case 'size':
        return {
          kind: 'number',
          type: 'long',
          length: this.length,
          values: messageSizes(this),
          validity: null,
        };
    }
  }

  /** The numbers of a slot that has one in every row and not the same; null for another slot. */
  #plainNumbers({ shape, slot, scale }: Alias & { kind: 'number' }): FlatColumn | null {
    const columns = this.segment.index.shapes[shape]!.slots[slot]!;
    if (!this.#holdsDigitsOnly(columns)) return null;
    const column = this.segment.index.columns[columns[0]!]!;
    const { nulls, min, max } = column.blocks[this.block]!;
    if (nulls > 0 || min === max) return null;
    const values = () => this.#scaled(this.#array(column, 1), column.base * scale, column.scale * scale);
    return lazyNumbers('long', this.length, values, () => null);
  }

  /** A text that lies in one or two columns. */
  #text(columns: readonly number[]): FlatColumn {
    const key = columns.join();
    let text = this.#texts.get(key);
    if (text === undefined) {
      text = this.#readText(columns);
      this.#texts.set(key, text);
    }
    return text;
  }

  #readText(columns: readonly number[]): FlatColumn {
    const [first, second] = columns;
    if (first === undefined) return constantColumn(null, this.length);
    if (this.segment.index.columns[first]!.kind !== 'int') return this.#plainText(first);
    if (second === undefined) return this.#digits(first, constantColumn(null, this.length));
    return this.#digits(first, this.#onlyOther(first, second) ?? this.#plainText(second));
  }

  /** The one text that every row without a number has; null where they differ. */
  #onlyOther(numbers: number, others: number): FlatColumn | null {
    const { columns } = this.segment.index;
    const { nulls, min, max } = columns[others]!.blocks[this.block]!;
    const complete = columns[numbers]!.blocks[this.block]!.nulls + nulls === this.length;
    if (columns[others]!.kind !== 'dictionary' || !complete || min !== max) return null;
    return constantColumn(this.#words(others).text(min), this.length);
  }

  #plainText(number: number): FlatColumn {
    const column = this.segment.index.columns[number]!;
    const { nulls, min, max, buffers } = column.blocks[this.block]!;
    if (nulls === this.length) return constantColumn(null, this.length);
    if (column.kind === 'dictionary') {
      if (nulls === 0 && min === max) return constantColumn(this.#words(number).text(min), this.length);
      return lazyDictionary(
        this.length,
        () => this.#array(column, 1) as CodeArray,
        () => this.#words(number),
      );
    }
    const validity = nulls === 0 ? null : this.#buffer(buffers[0]!);
    const bytes = this.#buffer(buffers[1]!);
    const offsets = new Uint32Array(bytes.buffer, bytes.byteOffset, this.length + 1);
    const stored = this.#buffer(buffers[2]!);
    // Texts in kernel memory are told by addresses.
    const inside = this.#memory?.holds(stored) ? this.#memory.bytes : null;
    if (inside !== null) for (let at = 0; at < offsets.length; at++) offsets[at]! += stored.byteOffset;
    return {
      kind: 'text',
      length: this.length,
      data: inside ?? stored,
      starts: offsets.subarray(0, this.length),
      ends: offsets.subarray(1),
      validity,
    };
  }

  #digits(number: number, others: FlatColumn): FlatColumn {
    const column = this.segment.index.columns[number]!;
    const { nulls, min, max, buffers } = column.blocks[this.block]!;
    if (nulls === this.length) return others;
    if (nulls === 0 && min === max) return constantColumn(String(min), this.length);
    const stored = () => this.#array(column, 1);
    const present = () => (nulls === 0 ? null : this.#buffer(buffers[0]!));
    const widened = () => this.#widened(stored(), column.base);
    if (isNull(others)) return lazyDigits(this.length, column.base === 0 ? stored : widened, present);
    if (others.kind !== 'constant') return this.#withExceptions(widened(), present()!, others);
    const patched = () => {
      const values = widened();
      forEachClear(present()!, this.length, (row) => {
        values[row] = -1;
      });
      return values;
    };
    return lazyDigits(this.length, patched, () => null, [String(others.value)]);
  }

  /** The whole numbers plus `base` in an array that has room for exceptions. */
  #widened(stored: NumericArray, base: number): Int32Array {
    const memory = this.#memory;
    const values = memory?.int32(this.length) ?? new Int32Array(this.length);
    if (memory?.holds(stored) && memory.holds(values)) {
      const { byteOffset, BYTES_PER_ELEMENT: width } = stored;
      memory.exports.widenInts(this.length, width, byteOffset, base, values.byteOffset);
    } else for (let row = 0; row < this.length; row++) values[row] = stored[row]! + base;
    return values;
  }

  /** Puts other texts into the rows that hold no number. */
  #withExceptions(values: Int32Array, present: Uint8Array<ArrayBuffer>, others: FlatColumn): FlatColumn {
    const exceptions: string[] = [];
    const codes = new Map<string, number>();
    const validity = present.slice();
    const codeOf = (text: string): number => {
      let code = codes.get(text);
      if (code === undefined) {
        code = -exceptions.push(text);
        codes.set(text, code);
      }
      return code;
    };
    const memo = others.kind === 'dictionary' ? new Int32Array(others.words.count + 1) : null;
    const decoder = new TextDecoder();
    for (let row = 0; row < this.length; row++) {
      if (isSet(present, row)) continue;
      if (others.kind === 'dictionary') {
        const code = others.codes[row]!;
        if (code === 0) continue;
        if (memo![code] === 0) memo![code] = codeOf(others.words.text(code) ?? '');
        values[row] = memo![code]!;
      } else if (others.kind === 'text') {
        if (!isSet(others.validity, row)) continue;
        values[row] = codeOf(decoder.decode(others.data.subarray(others.starts[row]!, others.ends[row]!)));
      }
      validity[row >> 3]! |= 1 << (row & 7);
    }
    return { kind: 'digits', length: this.length, values, exceptions, validity };
  }

  #number(number: number, double: boolean): FlatColumn {
    if (number < 0) return constantColumn(null, this.length);
    const column = this.segment.index.columns[number]!;
    const { nulls, min, max, buffers } = column.blocks[this.block]!;
    if (nulls === this.length) return constantColumn(null, this.length);
    const { base, scale } = column;
    if (column.kind === 'int' && nulls === 0 && min === max && !double)
      return constantColumn(min, this.length);
    const values = () => {
      const stored = this.#array(column, 1);
      return base === 0 && scale === 1 ? stored : this.#scaled(stored, base, scale);
    };
    const validity = () => (nulls === 0 ? null : this.#buffer(buffers[0]!));
    return lazyNumbers(double ? 'double' : 'long', this.length, values, validity);
  }

  /** `base + scale * stored`. */
  #scaled(stored: NumericArray, base: number, scale: number): Float64Array {
    const memory = this.#memory;
    const values = memory?.float64(this.length) ?? new Float64Array(this.length);
    if (memory?.holds(stored) && memory.holds(values)) {
      const { byteOffset, BYTES_PER_ELEMENT: width } = stored;
      memory.exports.scaleInts(this.length, width, byteOffset, base, scale, values.byteOffset);
    } else for (let row = 0; row < this.length; row++) values[row] = base + scale * stored[row]!;
    return values;
  }

  #boolean(number: number): FlatColumn {
    if (number < 0) return constantColumn(null, this.length);
    const { nulls, buffers } = this.segment.index.columns[number]!.blocks[this.block]!;
    if (nulls === this.length) return constantColumn(null, this.length);
    const validity = nulls === 0 ? null : this.#buffer(buffers[0]!);
    const bits = this.#buffer(buffers[1]!);
    const values = new Uint8Array(this.length);
    for (let row = 0; row < this.length; row++) {
      values[row] = !isSet(validity, row) ? UNKNOWN : isSet(bits, row) ? TRUE : FALSE;
    }
    return { kind: 'boolean', length: this.length, values };
  }

  #words(column: number): Words {
    return this.segment.words(column, this.#counter);
  }

  #buffer(place: BufferPlace): Uint8Array<ArrayBuffer> {
    return this.segment.buffer(place, this.#counter, this.#memory);
  }

  #array(column: PhysicalColumn, buffer: number): NumericArray {
    const bytes = this.#buffer(column.blocks[this.block]!.buffers[buffer]!);
    switch (column.width) {
      case 1:
        return bytes;
      case 2:
        return new Uint16Array(bytes.buffer, bytes.byteOffset, this.length);
      case 4:
        return new Uint32Array(bytes.buffer, bytes.byteOffset, this.length);
      case 8:
        return new Float64Array(bytes.buffer, bytes.byteOffset, this.length);
    }
  }
}

/** Calls `visit` with the rows whose bit is clear. */
function forEachClear(bitmap: Uint8Array, length: number, visit: (row: number) => void): void {
  for (let byte = 0; byte * 8 < length; byte++) {
    const bits = bitmap[byte]!;
    if (bits === 0xff) continue;
    const to = Math.min(byte * 8 + 8, length);
    for (let row = byte * 8; row < to; row++) if (((bits >> (row & 7)) & 1) === 0) visit(row);
  }
}

function isNull(column: FlatColumn): boolean {
  return column.kind === 'constant' && column.value === null;
}

/** The numbers of a slot times `scale`; null where the slot holds another text. */
function numbersOfSlot(slot: FlatColumn, scale: number): FlatColumn {
  if (slot.kind === 'constant') return constantColumn(Number(slot.value) * scale, slot.length);
  if (slot.kind !== 'digits') return constantColumn(null, slot.length);
  const values = new Float64Array(slot.length);
  let odd = false;
  for (let row = 0; row < slot.length; row++) {
    const value = slot.values[row]!;
    if (value < 0) odd = true;
    values[row] = value * scale;
  }
  let { validity } = slot;
  if (odd) {
    validity = validity?.slice() ?? new Uint8Array((slot.length + 7) >> 3).fill(0xff);
    for (let row = 0; row < slot.length; row++) {
      if (slot.values[row]! < 0) validity[row >> 3]! &= ~(1 << (row & 7));
    }
  }
  return { kind: 'number', type: 'long', length: slot.length, values, validity };
}

/** The rows that pass, ascending. */
function rowsOf(length: number, passes: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (passes(row)) rows[count++] = row;
  return rows.slice(0, count);
}
