import {
  type FlatColumn,
  isNullAt,
  isSet,
  type TextColumn,
  TRUE,
  UNKNOWN,
  valueAt,
} from '../engine/columns/column.ts';
import type { Value } from '../engine/columns/value.ts';
import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { aliasFor } from './alias.ts';
import { NOTHING, TextCollector } from './collect-text.ts';
import { BooleanCollector, NumberCollector } from './collect-values.ts';
import { type Cuts, NO_SHAPE } from './cuts.ts';
import type { ShapeCollector } from './segment-collector.ts';
import type { Alias } from './segment-index.ts';

/** The messages of the batch whose fields are being added. */
export interface MessageRows {
  readonly raw: TextColumn;
  readonly shapeOf: Uint8Array;
  readonly shapes: readonly ShapeCollector[];
  readonly cuts: readonly (Cuts | null)[];
  /** The batch's rows of each shape. */
  readonly rows: readonly Uint32Array[];
  readonly memory: MessageMemory | null;
}

/** Kernel memory in which the messages lie, and the shapes of the batch's rows there. */
export interface MessageMemory {
  readonly kernels: KernelMemory;
  readonly shapeOf: Uint8Array;
}

/** Rows `[from, to)` whose values follow from their messages, but for those that are set otherwise. */
export interface AliasRun {
  readonly from: number;
  to: number;
  /** At most one alias per shape; rows of other shapes are set in the collectors. */
  readonly aliases: readonly Alias[];
}

const encoder = new TextEncoder();

/** One field while a segment is collected: its values by type, where they do not follow from the message. */
export class FieldCollector {
  readonly name: string;
  text: TextCollector | null = null;
  number: NumberCollector | null = null;
  boolean: BooleanCollector | null = null;
  readonly runs: AliasRun[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Adds a column whose rows are the segment's rows from `from` on. */
  add(column: FlatColumn, from: number, messages: MessageRows): void {
    const last = this.runs.at(-1);
    const { aliases, rows } = aliasFor(column, from, messages, last?.aliases ?? []);
    if (last !== undefined && last.to === from && sameAliases(last.aliases, aliases)) {
      last.to = from + column.length;
    } else this.runs.push({ from, to: from + column.length, aliases });
    if (rows === 'none') return;
    this.#store(column, from, rows === 'all' ? null : rows);
  }

  /** Stores the rows (all when null) of a column. */
  #store(column: FlatColumn, from: number, rows: readonly number[] | null): void {
    const count = rows?.length ?? column.length;
    const rowAt = rows === null ? (index: number) => index : (index: number) => rows[index]!;
    switch (column.kind) {
      case 'text': {
        const text = this.textFor(from + column.length);
        for (let index = 0; index < count; index++) {
          const row = rowAt(index);
          if (isSet(column.validity, row)) {
            text.set(from + row, column.data, column.starts[row]!, column.ends[row]!);
          }
        }
        return;
      }
      case 'dictionary': {
        const text = this.textFor(from + column.length);
        // What each word was stored as: 0 is never the form of a row that is not yet known, so it is kept one up.
        const known = text.words.distinct ? new Int32Array(column.words.count + 1) : null;
        for (let index = 0; index < count; index++) {
          const row = rowAt(index);
          const code = column.codes[row]!;
          if (code === 0) continue;
          if (known !== null && known[code] !== 0) {
            const form = known[code]!;
            text.rows[from + row] = form > 0 ? form - 1 : form;
            continue;
          }
          const { words } = column;
          text.set(from + row, words.data, words.start(code), words.end(code));
          const form = text.rows[from + row]!;
          if (known !== null && form < 0x7fffffff) known[code] = form >= 0 ? form + 1 : form;
        }
        return;
      }
      case 'number': {
        const number = this.#numberFor(column.type === 'double');
        for (let index = 0; index < count; index++) {
          const row = rowAt(index);
          if (isSet(column.validity, row)) number.set(from + row, column.values[row]!);
        }
        return;
      }
      case 'digits': {
        const text = this.textFor(from + column.length);
        for (let index = 0; index < count; index++) {
          const row = rowAt(index);
          if (!isSet(column.validity, row)) continue;
          const value = column.values[row]!;
          if (value >= 0 && value <= 0x7fffffff) text.rows[from + row] = value;
          else this.setText(from + row, value >= 0 ? String(value) : column.exceptions[-value - 1]!);
        }
        return;
      }
      case 'constant':
        this.#storeConstant(column.value, from, column.length, rows);
        return;
      case 'boolean':
        for (let index = 0; index < count; index++) {
          const row = rowAt(index);
          const value = column.values[row]!;
          if (value !== UNKNOWN) this.#booleans().set(from + row, value === TRUE);
        }
        return;
      case 'values':
        for (let index = 0; index < count; index++) {
          const row = rowAt(index);
          if (!isNullAt(column, row)) this.#setValue(from + row, valueAt(column, row), from + column.length);
        }
        return;
    }
  }

  #storeConstant(value: Value, from: number, length: number, rows: readonly number[] | null): void {
    if (value === null) return;
    if (typeof value === 'string' && rows === null && length > 0) {
      this.textFor(from + length).fill(from, encoder.encode(value));
      return;
    }
    if (typeof value === 'number' && rows === null) {
      this.#numberFor(!Number.isInteger(value)).fill(from, from + length, value);
      return;
    }
    for (let index = 0; index < (rows?.length ?? length); index++) {
      this.#setValue(from + (rows === null ? index : rows[index]!), value, from + length);
    }
  }

  #setValue(row: number, value: Value, length: number): void {
    if (typeof value === 'string') {
      this.textFor(length);
      this.setText(row, value);
    } else if (typeof value === 'number') this.#numberFor(!Number.isInteger(value)).set(row, value);
    else if (value !== null) this.#booleans().set(row, value);
  }

  /** Sets a row to a text; the text collector must have room for it. */
  setText(row: number, value: string): void {
    const bytes = encoder.encode(value);
    this.text?.set(row, bytes, 0, bytes.length);
  }

  /** Sets a row to a whole number. */
  setNumber(row: number, value: number): void {
    this.#numberFor(false).set(row, value);
  }

  /** Stores what rows `[from, to)` left to an alias, so that the alias is not needed there. `size` is not for here. */
  materialise(alias: Alias, from: number, to: number, collector: Materialised): void {
    const { shapes, shapeOf, otherRaw } = collector;
    const shape = shapeOfAlias(alias);
    let scratch = new Uint8Array(256);
    for (let row = from; row < to; row++) {
      if (shapeOf[row] !== shape || this.has(row)) continue;
      if (alias.kind === 'number') {
        const value = shapes[alias.shape]!.slots[alias.slot]!.rows[row]!;
        this.#numberFor(false).set(row, value * alias.scale);
        continue;
      }
      const parts =
        alias.kind === 'text' ? partsOf(shapes[alias.shape]!, alias.slot, alias.last) : [otherRaw];
      let size = 0;
      for (const part of parts) size += part instanceof Uint8Array ? part.length : part.sizeOf(row);
      if (size > scratch.length) scratch = new Uint8Array(size * 2);
      let at = 0;
      for (const part of parts) {
        if (part instanceof Uint8Array) {
          scratch.set(part, at);
          at += part.length;
        } else at = part.write(row, scratch, at);
      }
      this.textFor(to).set(row, scratch, 0, size);
    }
  }

  /** Whether the row has a value of its own. */
  has(row: number): boolean {
    return (
      (this.text !== null && row < this.text.length && this.text.rows[row] !== NOTHING) ||
      this.number?.has(row) === true ||
      (this.boolean !== null && this.boolean.at(row) !== 0)
    );
  }

  /** The text collector with room for `length` rows. */
  textFor(length: number): TextCollector {
    this.text ??= new TextCollector();
    this.text.grow(length);
    return this.text;
  }

  #numberFor(double: boolean): NumberCollector {
    this.number ??= new NumberCollector();
    if (double) this.number.double = true;
    return this.number;
  }

  #booleans(): BooleanCollector {
    this.boolean ??= new BooleanCollector();
    return this.boolean;
  }
}

/** Whether two sets of aliases say the same. */
export function sameAliases(a: readonly Alias[], b: readonly Alias[]): boolean {
  return a.length === b.length && a.every((alias, index) => sameAlias(alias, b[index]!));
}

function sameAlias(a: Alias, b: Alias): boolean {
  switch (a.kind) {
    case 'text':
      return b.kind === 'text' && a.shape === b.shape && a.slot === b.slot && a.last === b.last;
    case 'number':
      return b.kind === 'number' && a.shape === b.shape && a.slot === b.slot && a.scale === b.scale;
    default:
      return a.kind === b.kind;
  }
}

/** What aliases are resolved against. */
export interface Materialised {
  readonly shapes: readonly ShapeCollector[];
  readonly shapeOf: Uint8Array;
  readonly otherRaw: TextCollector;
}

/** The shape whose rows an alias speaks of; null for all. */
export function shapeOfAlias(alias: Alias): number | null {
  if (alias.kind === 'size') return null;
  return alias.kind === 'other' ? NO_SHAPE : alias.shape;
}

function partsOf(
  { shape, slots }: ShapeCollector,
  first: number,
  last: number,
): (TextCollector | Uint8Array)[] {
  const parts: (TextCollector | Uint8Array)[] = [slots[first]!];
  for (let slot = first + 1; slot <= last; slot++) parts.push(shape.pieces[slot]!, slots[slot]!);
  return parts;
}
