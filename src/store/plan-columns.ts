import { NOTHING, type TextCollector, writeNumber } from './collect-text.ts';
import type { BooleanCollector, NumberCollector } from './collect-values.ts';
import type { FieldCollector } from './field-collector.ts';
import { type FormCoder, type FormTarget, newArray } from './forms.ts';
import type { FieldAliases } from './resolve-aliases.ts';
import type { SegmentCollector } from './segment-collector.ts';
import type { Alias, StoredField, StoredShape } from './segment-index.ts';

/** The column of one block as Arrow buffers: validity (empty when there are no nulls), then values. */
export interface EncodedColumn {
  readonly nulls: number;
  readonly min: number;
  readonly max: number;
  readonly buffers: readonly Uint8Array[];
}

/** A column of the Arrow file before it is written. */
export interface ColumnPlan {
  readonly name: string;
  readonly kind: 'int' | 'double' | 'boolean' | 'dictionary' | 'text';
  readonly width: 1 | 2 | 4 | 8;
  readonly base: number;
  readonly scale: number;
  /** The dictionary with index 0 for null: Arrow's offsets and bytes. */
  readonly words: { readonly count: number; readonly offsets: Uint8Array; readonly data: Uint8Array } | null;
  encode(from: number, to: number): EncodedColumn;
}

export interface SegmentPlan {
  readonly columns: readonly ColumnPlan[];
  readonly shapes: readonly StoredShape[];
  readonly fields: readonly StoredField[];
  readonly otherRaw: number;
}

/** A text column is stored as numbers from this share on, and as a dictionary up to this share of distinct words. */
const MOSTLY_NUMBERS = 0.75;
const REPEATING = 0.5;
const SMALL = 4096;

/** Decides how each column is stored: its Arrow type, width and dictionary. What columns encode is valid until the next one is. */
export function planColumns(
  collector: SegmentCollector,
  aliases: ReadonlyMap<FieldCollector, FieldAliases>,
  coder: FormCoder,
): SegmentPlan {
  const columns: ColumnPlan[] = [];
  const names = new Set<string>();
  const add = (plans: readonly ColumnPlan[]): number[] =>
    plans.map((plan) => {
      let name = plan.name;
      for (let more = 2; names.has(name); more++) name = `${plan.name}~${more}`;
      names.add(name);
      return columns.push({ ...plan, name }) - 1;
    });
  const rows = collector.rows;
  const shapes = collector.shapes.map(
    ({ shape, slots }, number): StoredShape => ({
      pieces: shape.pieces.map((piece) => Buffer.from(piece).toString('base64')),
      slots: slots.map((slot, position) =>
        add(planText(slot, slotName(number, position, aliases), rows, coder)),
      ),
    }),
  );
  const fields = [...aliases].map(([field, { sets, blocks }]): StoredField => {
    const text = field.text === null ? [] : add(planText(field.text, field.name, rows, coder));
    const numbers = field.number === null ? [] : add([planNumbers(field.number, field.name, rows)]);
    const booleans = field.boolean === null ? [] : add([planBooleans(field.boolean, field.name)]);
    return {
      name: field.name,
      text,
      number: numbers[0] ?? -1,
      boolean: booleans[0] ?? -1,
      double: field.number?.double ?? false,
      aliasSets: sets,
      blockAliases: blocks,
    };
  });
  const [otherRaw = -1] = add(planText(collector.otherRaw, '_raw', rows, coder));
  return { columns, shapes, fields, otherRaw };
}

/** The name of the field that is an alias of the slot, or one made of its position. */
function slotName(shape: number, slot: number, aliases: ReadonlyMap<FieldCollector, FieldAliases>): string {
  for (const [field, { sets }] of aliases) {
    for (const set of sets) {
      if (set.some((alias) => isSlot(alias, shape, slot))) {
        return field.name;
      }
    }
  }
  return `_raw.${shape}.${slot}`;
}

function isSlot(alias: Alias, shape: number, slot: number): boolean {
  return alias.kind === 'text' && alias.shape === shape && alias.slot === slot && alias.last === slot;
}

/** No column when every row is null; numbers and a dictionary of the rest; or all as dictionary or as text. */
function planText(text: TextCollector, name: string, rows: number, coder: FormCoder): ColumnPlan[] {
  text.grow(rows);
  const { numbers, others, min, max } = coder.survey(text, rows);
  if (numbers + others === 0) return [];
  if (numbers >= (numbers + others) * MOSTLY_NUMBERS) {
    const ints = textInts(text, name, narrowest(min, max), coder);
    if (others === 0) return [ints];
    const rest = text.words.distinct ? wordColumn(text, name, false, coder) : textColumn(text, name, false);
    return [ints, rest];
  }
  if (text.words.distinct && numbers > 0) wordsForNumbers(text, rows);
  const repeating = text.words.count <= Math.max(SMALL, rows * REPEATING);
  return text.words.distinct && repeating
    ? [wordColumn(text, name, true, coder)]
    : [textColumn(text, name, true)];
}

/** Makes words of all numbers. */
function wordsForNumbers(text: TextCollector, rows: number): void {
  const scratch = new Uint8Array(16);
  const forms = text.rows;
  for (let row = 0; row < rows; row++) {
    const value = forms[row]!;
    if (value < 0) continue;
    const end = writeNumber(value, scratch, 0);
    forms[row] = -1 - text.words.add(scratch, 0, end);
  }
}

/** The fewest bytes for `[min, max]`; the true value is kept where it costs no wider column. */
function narrowest(min: number, max: number): { width: 1 | 2 | 4; base: number } {
  const widthOf = (value: number): 1 | 2 | 4 => (value < 256 ? 1 : value < 65536 ? 2 : 4);
  const width = widthOf(max - min);
  return min >= 0 && widthOf(max) === width && max < 2 ** 32 ? { width, base: 0 } : { width, base: min };
}

/** The whole numbers of a text column, null where it has other text. */
function textInts(
  text: TextCollector,
  name: string,
  { width, base }: { readonly width: 1 | 2 | 4; readonly base: number },
  coder: FormCoder,
): ColumnPlan {
  return {
    ...intPlan(name, width, base, 1),
    encode: (from, to) => encodedForms(text, from, to, { kind: 'numbers', base, width }, coder),
  };
}

function encodedForms(
  text: TextCollector,
  from: number,
  to: number,
  target: FormTarget,
  coder: FormCoder,
): EncodedColumn {
  const { nulls, min, max, validity, values } = coder.encode(text, from, to, target);
  return { nulls, ...rangeOf(min, max), buffers: [validity, values] };
}

/** Whole numbers as `base + scale * stored`. */
function numberInts(
  numbers: NumberCollector,
  name: string,
  width: 1 | 2 | 4,
  base: number,
  scale: number,
): ColumnPlan {
  return {
    ...intPlan(name, width, base, scale),
    encode: (from, to) => encodedNumbers(numbers, from, to, newArray(width, to - from), base, scale),
  };
}

function intPlan(name: string, width: 1 | 2 | 4, base: number, scale: number): Omit<ColumnPlan, 'encode'> {
  return { name, kind: 'int', width, base, scale, words: null };
}

function wordColumn(text: TextCollector, name: string, all: boolean, coder: FormCoder): ColumnPlan {
  const { words } = text;
  const count = words.count;
  const width = count < 256 ? 1 : count < 65536 ? 2 : 4;
  const offsets = new Int32Array(count + 2);
  offsets.set(words.ends.subarray(0, count + 1), 1);
  return {
    name: all ? name : `${name}.text`,
    kind: 'dictionary',
    width,
    base: 0,
    scale: 1,
    words: { count, offsets: bytesOf(offsets), data: words.data.subarray(0, words.size) },
    encode: (from, to) => encodedForms(text, from, to, { kind: 'words', base: 0, width }, coder),
  };
}

function textColumn(text: TextCollector, name: string, all: boolean): ColumnPlan {
  return {
    name: all ? name : `${name}.text`,
    kind: 'text',
    width: 4,
    base: 0,
    scale: 1,
    words: null,
    encode(from, to) {
      const offsets = new Int32Array(to - from + 1);
      const validity = new Validity(to - from);
      const inOrder = textsInOrder(text, from, to, offsets);
      if (inOrder !== null) {
        return { ...validity.range(0, 0), buffers: [validity.bytes(), bytesOf(offsets), inOrder] };
      }
      const kept = (row: number): boolean => text.rows[row] !== NOTHING && (all || text.rows[row]! < NOTHING);
      let size = 0;
      for (let row = from; row < to; row++) {
        if (kept(row)) size += text.sizeOf(row);
        else validity.clear(row - from);
        offsets[row - from + 1] = size;
      }
      const data = new Uint8Array(size);
      let at = 0;
      for (let row = from; row < to; row++) if (kept(row)) at = text.write(row, data, at);
      return { ...validity.range(0, 0), buffers: [validity.bytes(), bytesOf(offsets), data] };
    },
  };
}

/** The bytes of rows whose words lie one after the other, as those of messages kept whole do, with `offsets` filled; null for others. */
function textsInOrder(
  { rows, words }: TextCollector,
  from: number,
  to: number,
  offsets: Int32Array,
): Uint8Array | null {
  const first = -1 - rows[from]!;
  if (first <= 0) return null;
  const { data, ends } = words;
  const start = ends[first - 1]!;
  for (let row = from; row < to; row++) {
    const code = -1 - rows[row]!;
    if (code !== first + row - from) return null;
    offsets[row - from + 1] = ends[code]! - start;
  }
  return data.subarray(start, start + offsets[to - from]!);
}

function planNumbers(numbers: NumberCollector, name: string, rows: number): ColumnPlan {
  const { whole, seconds, min, max } = numbers.survey(rows);
  if (whole && seconds && max - min > 255 && (max - min) / 1000 < 2 ** 32) {
    const { width } = narrowest(0, (max - min) / 1000);
    return numberInts(numbers, name, width, min, 1000);
  }
  if (whole && max - min < 2 ** 32) {
    const { width, base } = narrowest(min, max);
    return numberInts(numbers, name, width, base, 1);
  }
  return {
    name,
    kind: 'double',
    width: 8,
    base: 0,
    scale: 1,
    words: null,
    encode(from, to) {
      const values = new Float64Array(to - from);
      return encodedNumbers(numbers, from, to, values, 0, 1);
    },
  };
}

/** Rows as `base + scale * stored`, in `values`. */
function encodedNumbers(
  numbers: NumberCollector,
  from: number,
  to: number,
  values: Uint8Array | Uint16Array | Uint32Array | Float64Array,
  base: number,
  scale: number,
): EncodedColumn {
  const validity = new Validity(to - from);
  const only = numbers.runs?.only(from, to) ?? null;
  if (only?.[0] !== undefined) {
    values.fill((only[0] - base) / scale);
    return { ...validity.range(only[0], only[0]), buffers: [validity.bytes(), bytesOf(values)] };
  }
  const source = numbers.values;
  const all = numbers.hasAll(from, to);
  let min = Infinity;
  let max = -Infinity;
  for (let row = from; row < to; row++) {
    if (!all && !numbers.has(row)) {
      validity.clear(row - from);
      continue;
    }
    const value = source[row]!;
    values[row - from] = scale === 1 ? value - base : (value - base) / scale;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { ...validity.range(min, max), buffers: [validity.bytes(), bytesOf(values)] };
}

function planBooleans(booleans: BooleanCollector, name: string): ColumnPlan {
  return {
    name,
    kind: 'boolean',
    width: 1,
    base: 0,
    scale: 1,
    words: null,
    encode(from, to) {
      const bits = new Uint8Array((to - from + 7) >> 3);
      const validity = new Validity(to - from);
      for (let row = from; row < to; row++) {
        const value = booleans.at(row);
        const at = row - from;
        if (value === 0) validity.clear(at);
        else if (value === 2) bits[at >> 3]! |= 1 << (at & 7);
      }
      return { ...validity.range(0, 1), buffers: [validity.bytes(), bits] };
    },
  };
}

/** A validity bitmap that exists only once a row was null. */
class Validity {
  readonly #length: number;
  #bitmap: Uint8Array | null = null;
  #nulls = 0;

  constructor(length: number) {
    this.#length = length;
  }

  clear(row: number): void {
    if (this.#bitmap === null) {
      this.#bitmap = new Uint8Array((this.#length + 7) >> 3).fill(0xff);
      const spare = this.#bitmap.length * 8 - this.#length;
      if (spare > 0) this.#bitmap[this.#bitmap.length - 1] = 0xff >> spare;
    }
    this.#bitmap[row >> 3]! &= ~(1 << (row & 7));
    this.#nulls++;
  }

  bytes(): Uint8Array {
    return this.#bitmap ?? new Uint8Array(0);
  }

  /** The block's statistics. */
  range(min: number, max: number): { nulls: number; min: number; max: number } {
    return { nulls: this.#nulls, ...rangeOf(min, max) };
  }
}

/** A range without values is `[0, 0]`; so is one with NaN or infinities, which JSON cannot say. */
function rangeOf(min: number, max: number): { min: number; max: number } {
  const known = min <= max && Number.isFinite(min) && Number.isFinite(max);
  return { min: known ? min : 0, max: known ? max : 0 };
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
